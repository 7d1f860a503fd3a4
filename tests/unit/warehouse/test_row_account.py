"""The landed rows that count in no total, in sentences."""

import duckdb
import pytest

from warehouse.row_account import WHY_COMMAND, RowsLeftOut, rows_left_out

ACCOUNT = [
    ("good", "in_core", None, 90),
    ("good", "superseded", "older_observation", 7),
    ("good", "quarantined", "zero", 3),
    ("good", "unmapped", "unknown_instrument", 1200),
    ("good", "unmapped", "unknown_venue", 34),
    ("useless", "unused", "scope_without_model", 500),
]


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("create schema quality")
        con.execute(
            "create table quality.dq_row_account (collector varchar, state varchar, reason varchar, row_count bigint)"
        )
        yield con


def test_rows_left_out_are_counted_by_state_and_reason(con):
    con.executemany("insert into quality.dq_row_account values (?, ?, ?, ?)", ACCOUNT)
    found = rows_left_out(con)
    assert found is not None
    assert found.counts == (
        ("unmapped", "unknown_instrument", 1200),
        ("unmapped", "unknown_venue", 34),
        ("unused", "scope_without_model", 500),
        ("quarantined", "zero", 3),
    )
    assert found.lines() == [
        "1,737 landed rows count in no total: 1,234 unmapped (unknown_instrument, unknown_venue), "
        "500 unused (scope_without_model), 3 quarantined (zero)",
        "no row of useless is in core",
        f"{WHY_COMMAND} shows why",
    ]


def test_nothing_is_said_when_every_row_is_in_core(con):
    con.executemany("insert into quality.dq_row_account values (?, ?, ?, ?)", ACCOUNT[:2])
    found = rows_left_out(con)
    assert found is not None
    assert found.lines() == []


def test_many_useless_collectors_are_counted():
    left_out = RowsLeftOut((("unused", "no_value", 7),), tuple("abcdefg"))
    assert left_out.lines()[1] == "no row of a, b, c, d, e and 2 more is in core"


def test_a_file_without_an_account_has_none():
    with duckdb.connect() as con:
        assert rows_left_out(con) is None
