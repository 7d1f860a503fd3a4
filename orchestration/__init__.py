"""The warehouse as Dagster assets, checks, jobs and schedules: declared here, implemented in the layers below.

What belongs here: definitions.py (all of it together), defs/ (declarations), lib/ (their helpers), run.py (one run in this
process). What does not: fetching, loading, formulas, publishing; each of these also runs alone, without Dagster.
"""
