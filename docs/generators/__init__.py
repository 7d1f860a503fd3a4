"""Write the generated pages and pictures of the documentation: `make docs`, `make evidence`, `make picture`.

What belongs here: reading facts that are declared elsewhere, and laying them out. What does not: facts.
"""
