"""Any CSV, Parquet or JSON file becomes raw records by a declared YAML manifest (docs/reference/manifest.md).

What belongs here: the manifest's model, the reading of files and the pure parsing of their tables.
What does not: downloading (``ingestion.archives``), and any knowledge of one source beside its manifest.
"""
