"""The landed rows that count in no total, in sentences."""

import duckdb
import pytest

from warehouse.row_account import WHY_COMMAND, RowsLeftOut, rows_left_out

LEFT_OUT = [
    ("good:a.csv", "quarantined", "zero", 3, True),
    ("good:a.csv", "unmapped", "unknown_instrument", 1200, True),
    ("good:a.csv", "unmapped", "unknown_venue", 34, True),
    ("good:b.csv", "unused", "scope_without_model", 400, False),
    ("other:c.csv", "unused", "scope_without_model", 100, False),
    ("other:c.csv", "unused", "no_value", 100, False),
]


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("create schema quality")
        con.execute(
            "create table quality.dq_left_out "
            "(origin varchar, state varchar, reason varchar, row_count bigint, has_rows_in_core boolean)"
        )
        yield con


def test_rows_left_out_are_counted_by_state_and_reason(con):
    con.executemany("insert into quality.dq_left_out values (?, ?, ?, ?, ?)", LEFT_OUT)
    found = rows_left_out(con)
    assert found is not None
    assert found.counts == (
        ("unmapped", "unknown_instrument", 1200),
        ("unmapped", "unknown_venue", 34),
        ("unused", "scope_without_model", 500),
        ("unused", "no_value", 100),
        ("quarantined", "zero", 3),
    )
    assert found.lines() == [
        "1,837 landed rows count in no total:",
        "  unmapped: unknown_instrument 1,200, unknown_venue 34",
        "  unused: scope_without_model 500, no_value 100",
        "  quarantined: zero 3",
        "these files or requests have no row that counts:",
        "  good:b.csv",
        "  other:c.csv",
        f"why: {WHY_COMMAND}",
    ]


def test_nothing_is_said_when_every_row_is_in_core(con):
    found = rows_left_out(con)
    assert found is not None
    assert found.lines() == []


def test_the_lines_fit_eighty_columns_and_name_five_files():
    reasons = ("unknown_instrument", "unknown_venue", "unknown_asset", "unknown_stream", "no_methodology")
    lines = RowsLeftOut(tuple(("unmapped", reason, 123_456_789) for reason in reasons), tuple("abcdefg")).lines()
    assert max(len(line) for line in lines) <= 80
    heading = lines.index("these files or requests have no row that counts:")
    stated = " ".join(line.strip() for line in lines[1:heading])
    assert stated == "unmapped: " + ", ".join(f"{reason} 123,456,789" for reason in reasons)
    assert lines[heading + 1 : -1] == ["  a", "  b", "  c", "  d", "  e", "  and 2 more"]


def test_a_file_without_an_account_has_none():
    with duckdb.connect() as con:
        assert rows_left_out(con) is None
