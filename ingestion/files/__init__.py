"""Import of any CSV, Parquet or JSON file by a YAML manifest that describes it (docs/reference/manifest.md).

What belongs here: the manifest's model, the reading of files and the pure parsing of their tables.
What does not: downloading (``ingestion.archives``), and code for one source. A source has only its manifest.
"""
