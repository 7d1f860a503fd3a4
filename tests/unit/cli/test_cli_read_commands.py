"""`oiw status`, `sql`, `manifests`: tables for people, CSV and JSON for programs."""

import csv
import io
import json

import pytest

from cli.output_formats import duration_text
from warehouse.publish import publish


@pytest.fixture
def published(built):
    publish(built.build_file, built.published_file, run_id="run-1")
    return built


@pytest.mark.usefixtures("published")
def test_sql_as_json(oiw):
    sql = (
        "select symbol, event_at, oi_base, null as nothing, 1.50::decimal(9, 2) as price, 'inf'::double as endless, "
        "interval 90 minute as length, [date '2025-01-02'] as days, {'a': 1} as inner, true as flag "
        "from core.fct_open_interest order by event_at"
    )
    done = oiw("sql", sql, "--format", "json")
    assert (done.exit_code, done.err) == (0, "")
    assert json.loads(done.out)[0] == {
        "symbol": "BTCUSDT",
        "event_at": "2025-07-01T00:00:00",
        "oi_base": 1000.0,
        "nothing": None,
        "price": 1.5,
        "endless": None,
        "length": 5400.0,
        "days": ["2025-01-02"],
        "inner": {"a": 1},
        "flag": True,
    }
    assert len(done.out.splitlines()) == 4
    assert oiw("sql", "select 1 as a where false", "-f", "json").out == "[]\n"


@pytest.mark.usefixtures("published")
def test_sql_as_json_needs_distinct_names(oiw):
    done = oiw("sql", "select 1 as a, 2 as a", "-f", "json")
    assert (done.exit_code, done.out) == (3, "")
    assert (
        done.err == "error: JSON needs a different name for each column, but the columns are a, a; rename with `as`\n"
    )


@pytest.mark.usefixtures("published")
def test_sql_as_csv(oiw):
    done = oiw(
        "sql", "select timestamp '2025-07-01 00:00' as t, null as n, 'a,\"b' as s, true as f, [1] as l", "-f", "csv"
    )
    assert list(csv.reader(io.StringIO(done.out))) == [
        ["t", "n", "s", "f", "l"],
        ["2025-07-01T00:00:00", "", 'a,"b', "true", "[1]"],
    ]


@pytest.mark.usefixtures("published")
def test_sql_as_table_shows_missing_as_a_dash_and_nothing_folded(oiw):
    done = oiw("sql", f"select '{'x' * 300}' as long, null as nothing, '[red]' as markup, 7 as number")
    header, _, row = (line for line in done.out.splitlines() if line.strip())
    assert header.split() == ["long", "nothing", "markup", "number"]
    assert row.split() == ["x" * 300, "-", "[red]", "7"]


@pytest.mark.usefixtures("published")
def test_a_table_ends_after_200_rows_and_says_so(oiw):
    done = oiw("sql", "from range(201)")
    assert "199" in done.out.split()
    assert "200" not in done.out.split()
    assert done.err == "only the first 200 rows are shown; --format csv or json prints all\n"
    assert oiw("sql", "from range(200)").err == ""


@pytest.mark.usefixtures("published")
def test_sql_from_standard_input(oiw, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"select 42 as answer")))
    assert oiw("sql", "-", "-f", "csv").out == "answer\n42\n"


@pytest.mark.usefixtures("published")
def test_wrong_sql_is_one_line(oiw):
    done = oiw("sql", "select nope\nfrom core.fct_open_interest")
    assert (done.exit_code, done.out, done.err.count("\n")) == (3, "", 1)
    assert done.err.startswith('error: Binder Error: Referenced column "nope" not found')


def test_status_for_people(oiw, published):
    done = oiw("status")
    lines = [line.split() for line in done.out.splitlines()]
    assert ["home", str(published.home)] in lines
    assert ["unmapped", "0"] in lines
    (row,) = (line for line in lines if line[:1] == ["open_interest"])
    assert row[:8] == ["open_interest", "exchanges", "binance", "2", "2025-07-01", "00:00:00", "2025-07-01", "01:00:00"]


@pytest.mark.usefixtures("published")
def test_status_for_programs(oiw):
    found = json.loads(oiw("status", "--json").out)
    assert (found["facts_from"], found["last_publish_run_id"], found["as_of"]) == (
        "published",
        "run-1",
        "2025-07-01T01:00:00",
    )
    assert found["datasets"][0]["rows"] == 2
    assert found["datasets"][0]["freshness_seconds"] > 0


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59.9, "59s"), (61, "1m 1s"), (3600, "1h 0m"), (90_061, "1d 1h"), (-5, "0s")]
)
def test_durations_are_in_their_two_largest_units(seconds, text):
    assert duration_text(seconds) == text


def test_manifests_are_listed_with_what_they_are(oiw):
    lines = oiw("manifests").out.splitlines()
    assert any(line.startswith("coinglass_open_interest_by_exchange: open_interest, ") for line in lines)
    assert lines == sorted(lines)
