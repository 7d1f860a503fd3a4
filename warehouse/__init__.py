"""The only Python that opens DuckDB: load landing batches, run dbt and the quality gates, publish, report.

What belongs here: connections, the loader, the build (dbt), the raw-boundary checks, the publisher.
What does not: fetching or parsing (ingestion/), formulas (dbt_project/), scheduling (orchestration/).
"""
