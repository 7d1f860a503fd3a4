"""Code that every layer uses and no layer owns: settings, errors, clock, files, retry.

It imports no other package of this project.
"""
