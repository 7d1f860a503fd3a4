"""What Dagster shows: one module a layer of the graph, found and loaded by ``load_from_defs_folder``.

A module that has to read something first declares a function ``defs``; the others declare their objects. Importing
either reads nothing.
"""
