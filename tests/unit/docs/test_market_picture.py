"""The picture of the README: which numbers it shows, and whose."""

from datetime import datetime

import duckdb
import pytest

from docs.generators.market_picture import PICTURE, draw, main, read

# Venue b joins at 01:00 and counts both sides. Between full hours only the newest instant is shown.
_REPORTED = """
select 'instrument' as scope, 'BTC' as asset, * from (values
    ('a', timestamp '2026-01-01 00:00:00', 1, 100::double, 1000000000::double),
    ('a', timestamp '2026-01-01 00:30:00', 1, 900, 9000000000),
    ('a', timestamp '2026-01-01 01:00:00', 1, 110, 1100000000),
    ('b', timestamp '2026-01-01 01:00:00', 2, 50, 500000000),
    ('a', timestamp '2026-01-01 01:05:00', 1, 120, 1200000000),
    ('b', timestamp '2026-01-01 01:05:00', 2, 40, 400000000)
) as reported (venue, event_at, sides, oi_base, oi_usd)
"""
# A chain that ended before the hole of a month is not drawn.
_MARKET = """
select 'BTC' as asset, '1h' as timeframe, * from (values
    (timestamp '2025-12-01 00:00:00', 77::double, timestamp '2025-12-01 00:00:00'),
    (timestamp '2026-01-01 00:00:00', 200, timestamp '2026-01-01 00:00:00'),
    (timestamp '2026-01-01 01:00:00', 220, timestamp '2026-01-01 00:00:00'),
    (timestamp '2026-01-01 02:00:00', 110, timestamp '2026-01-01 00:00:00')
) as market (event_at, oi_linked_base, chain_started_at)
"""


@pytest.fixture
def published_file(tmp_path):
    return _publish(tmp_path, "simulated")


def test_it_compares_the_reported_sum_with_growth_like_for_like(published_file):
    market = read(published_file)

    hours = [datetime(2026, 1, 1, hour) for hour in range(3)]  # noqa: DTZ001 - DuckDB's timestamps are UTC without saying so
    assert [(at, round(change, 9), sorted(venues)) for at, change, venues in market.reported] == [
        (hours[0], 0, ["a"]),
        (hours[1], 1.1, ["a", "b"]),
        (hours[1].replace(minute=5), 1.0, ["a", "b"]),
    ]
    assert [(at, round(change, 9)) for at, change in market.normalised] == [
        (hours[0], 0),
        (hours[1], 0.1),
        (hours[2], -0.45),
    ]
    assert market.venues == [("a", 1.2, 1.2), ("b", 0.8, 0.4)]


def test_it_is_drawn_the_same_each_time(published_file, tmp_path):
    assert main([str(published_file)], root=tmp_path) == 0
    assert (tmp_path / PICTURE).read_text() == draw(read(published_file))


def test_recorded_rows_are_not_drawn(tmp_path, capsys):
    assert main([str(_publish(tmp_path, "simulated, vendor"))], root=tmp_path) != 0

    assert "only simulated rows" in capsys.readouterr().err
    assert not (tmp_path / PICTURE).exists()


def test_a_missing_file_says_what_to_run(tmp_path, capsys):
    assert main([str(tmp_path / "oi.duckdb")], root=tmp_path) == 6
    assert "make demo" in capsys.readouterr().err


def _publish(folder, source_modes):
    path = folder / "oi.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema reporting; create schema quality")
        con.execute(f"create table reporting.rpt_publication as select '{source_modes}' as source_modes")
        con.execute(f"create table quality.dq_open_interest_as_reported as {_REPORTED}")
        con.execute(f"create table reporting.rpt_market_history as {_MARKET}")
    return path
