"""Public bulk archives: the files that an exchange publishes for each day or month.

What belongs here: the paths of an archive's files, and how they are fetched, verified, parsed and landed.
What does not: live exchange endpoints (venues), vendors, and the meaning of a number beyond its native unit (dbt).
"""
