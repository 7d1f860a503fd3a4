"""The documentation: pages for people, and `generators/`, which writes the pages that follow from the code."""
