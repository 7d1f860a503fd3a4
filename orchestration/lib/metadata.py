"""Rows and columns as Dagster metadata."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from dagster import MetadataValue, TableColumn, TableColumnConstraints, TableMetadataValue, TableRecord, TableSchema


def rows_metadata(rows: Sequence[Mapping[str, Any]]) -> TableMetadataValue:
    """Return ``rows`` as a table; values of types that Dagster lacks become text, and missing values an empty text."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    records = [TableRecord({column: _cell(row.get(column)) for column in columns}) for row in rows]
    return MetadataValue.table(records, schema=TableSchema([TableColumn(column) for column in columns]))


def lines_metadata(lines: Iterable[str]) -> TableMetadataValue:
    """Return messages as a table with one column."""
    return rows_metadata([{"message": line} for line in lines])


def columns_metadata(schema: pa.Schema) -> TableSchema:
    """Return the columns of an Arrow schema: names, types and whether a value may be missing."""
    return TableSchema(
        [
            TableColumn(field.name, str(field.type), constraints=TableColumnConstraints(nullable=field.nullable))
            for field in schema
        ]
    )


def _cell(value: Any) -> str | int | float | bool:  # noqa: ANN401  # whatever a database column holds
    if value is None:
        return ""
    return value if isinstance(value, str | int | float | bool) else str(value)
