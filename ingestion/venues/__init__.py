"""The venues: a module each, or a folder with a module per dataset, and the catalogue of their APIs.

What belongs here: what a venue serves and how its responses read. What does not: what venues have in common
(ingestion/api), running them (ingestion/live).
"""
