"""Public bulk archives: files that an exchange publishes by the day or month, verified and landed.

What belongs here: where an archive's files lie, how they are fetched, verified and parsed.
What does not: live exchange endpoints (venues), vendors, and any meaning of a number beyond its native unit (dbt).
"""
