"""The only Python that opens DuckDB: load landed batches, run dbt and the checks, publish, report.

What belongs here: connections, the loader, the build (dbt), the raw-boundary checks, the publisher.
What does not: fetching or parsing (ingestion/), formulas (dbt_project/), scheduling (orchestration/).
"""
