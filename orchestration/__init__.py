"""The warehouse as Dagster assets, checks, jobs and schedules: declared here, implemented in the layers below.

What belongs here: definitions.py (the whole), run.py (one run in this process), defs/ (declarations), lib/ (helpers).
What does not: fetching, loading, formulas, publishing; each of these also runs alone, without Dagster.
"""
