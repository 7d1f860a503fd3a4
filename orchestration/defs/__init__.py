"""The declarations that Dagster shows: one module per layer of the graph. ``load_from_defs_folder`` loads them.

A module that reads from disk declares a function ``defs``; the other modules declare their objects. Importing a module
reads nothing.
"""
