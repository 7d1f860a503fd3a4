"""Fetching and parsing of exchange, archive, vendor and file data into landing batches.

What belongs here: clients, pure parsers, the record schemas and the landing writer. What does not: DuckDB, dbt and
Dagster (tests/architecture/test_python_layers.py).
"""
