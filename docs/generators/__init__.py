"""Writes the pages of `docs/reference` that follow from the code: `make docs`, `make evidence`. A module a page.

What belongs here: reading what is declared elsewhere and laying it out. What does not: any fact of its own.
"""
