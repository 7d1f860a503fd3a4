"""Rows and columns as Dagster shows them."""

from datetime import datetime
from decimal import Decimal

import pyarrow as pa

from orchestration.lib.metadata import columns_metadata, lines_metadata, rows_metadata


def test_rows_keep_numbers_and_show_the_rest_as_text():
    table = rows_metadata(
        [
            {"n": 1, "x": 0.5, "is_a": True, "at": datetime.fromisoformat("2025-07-01T04:00")},
            {"n": None, "d": Decimal("1.20")},
        ]
    )
    assert [dict(record.data) for record in table.records] == [
        {"n": 1, "x": 0.5, "is_a": True, "at": "2025-07-01 04:00:00", "d": ""},
        {"n": "", "x": "", "is_a": "", "at": "", "d": "1.20"},
    ]
    assert [column.name for column in table.schema.columns] == ["n", "x", "is_a", "at", "d"]


def test_no_rows_are_an_empty_table():
    assert rows_metadata([]).records == []


def test_lines_are_one_column():
    assert [dict(record.data) for record in lines_metadata(["a", "b"]).records] == [{"message": "a"}, {"message": "b"}]


def test_columns_say_what_may_be_missing():
    schema = pa.schema([pa.field("oi_native", pa.float64()), pa.field("symbol", pa.string(), nullable=False)])
    columns = {column.name: column for column in columns_metadata(schema).columns}
    assert (columns["oi_native"].type, columns["oi_native"].constraints.nullable) == ("double", True)
    assert (columns["symbol"].type, columns["symbol"].constraints.nullable) == ("string", False)
