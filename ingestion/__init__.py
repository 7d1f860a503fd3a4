"""Fetching and parsing of data from exchanges, archives, vendors and files into landing batches.

What belongs here: clients, pure parsers, the schemas of the datasets and the landing writer. What does not: DuckDB, dbt
and Dagster (tests/architecture/test_python_layers.py).
"""
