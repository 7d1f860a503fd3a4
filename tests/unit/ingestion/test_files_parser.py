"""Tables become records: every rule of a manifest on small real files, and properties of any input."""

import gzip
import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from files_support import OBSERVED_AT, UNTIMED, import_file, landed_rows, make_manifest, parquet_bytes
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InputError
from ingestion.files.manifest import Manifest
from ingestion.files.parser import parse_source
from ingestion.files.reader import read_source
from ingestion.records import DATASETS

HOURLY = {"column": "t", "unit": "ms", "label_convention": "instant", "interval": "1h"}
MARK = 1747339200000  # 2025-05-15 20:00 UTC
HOUR = 3_600_000
WIDE = {
    "scope": "venue_total",
    "time": HOURLY,
    "venue": {"columns_except": ["t", "price", "note"]},
    "records": [
        {
            "values": {"oi_native": "{venue}", "price_usd_native": "price"},
            "unit": "usd",
            "constants": {"native_field": "venue_total"},
        }
    ],
    "empty": "missing",
}


def test_every_column_of_a_record(tmp_path: Path) -> None:
    report = import_file(tmp_path, f"t,oi,other\n{MARK},75707.535,x\n", time=HOURLY)
    assert report.failures == ()
    assert landed_rows(tmp_path) == [
        {
            "source": "exchanges",
            "source_mode": "file",
            "collector": "sample",
            "scope": "instrument",
            "venue_native": "binance",
            "symbol": "BTCUSDT",
            "stamped_at": datetime(2025, 5, 15, 20),  # noqa: DTZ001 naive UTC
            "label_convention": "instant",
            "interval_seconds": 3600,
            "observed_at": OBSERVED_AT,
            "native_field": "openInterest",
            "oi_native": 75707.535,
            "native_unit": "base",
            "value_usd_native": None,
            "price_usd_native": None,
            "payload": f'{{"t":"{MARK}","oi":"75707.535"}}',
        }
    ]


def test_a_wide_file_makes_a_record_per_venue_that_has_a_value(tmp_path: Path) -> None:
    data = parquet_bytes(
        t=[MARK, MARK + HOUR],
        price=[2.5, None],
        note=["a", "b"],
        **{"GATE.IO": pa.array([10.0, None]), "GATE": pa.array([None, 11.0]), "OKX": pa.array([7, 0])},
    )
    report = import_file(
        tmp_path, data, "oi_{}.parquet".format("SOL"), files=["oi_{asset}.parquet"], **WIDE, symbol={"path": "asset"}
    )
    assert (report.failures, report.rows) == ((), 4)
    rows = landed_rows(tmp_path)
    assert [(row["venue_native"], row["symbol"], row["stamped_at"].hour, row["oi_native"]) for row in rows] == [
        ("GATE.IO", "SOL", 20, 10.0),
        ("GATE", "SOL", 21, 11.0),
        ("OKX", "SOL", 20, 7.0),
        ("OKX", "SOL", 21, 0.0),
    ]
    assert [row["price_usd_native"] for row in rows] == [2.5, None, 2.5, None]
    assert rows[0]["payload"] == f'{{"t":{MARK},"GATE.IO":10,"price":2.5}}'
    assert json.loads(rows[1]["payload"]) == {"t": MARK + HOUR, "GATE": 11.0, "price": None}


def test_listed_venue_columns_must_be_there(tmp_path: Path) -> None:
    report = import_file(tmp_path, f"t,price,A\n{MARK},1,2\n", **(WIDE | {"venue": {"columns": ["A", "B"]}}))
    assert report.failures == (
        "sample: data.csv: column B is missing (it has t, price, A); correct the manifest, or the file",
    )
    report = import_file(tmp_path, f"t,price\n{MARK},1\n", **(WIDE | {"venue": {"columns_except": ["t", "price"]}}))
    assert "the file has no column beside price, t" in report.failures[0]


def test_a_column_that_is_excepted_may_be_absent(tmp_path: Path) -> None:
    excepted = {"venue": {"columns_except": ["t", "price", "note", "snapshot_commit"]}}
    report = import_file(tmp_path, f"t,price,A\n{MARK},1,2\n", **(WIDE | excepted))
    assert (report.failures, report.rows) == ((), 1)


def test_symbols_and_units_follow_the_venue(tmp_path: Path) -> None:
    changes = {
        "time": HOURLY,
        "venue": {"column": "venue"},
        "symbol": {
            "column": "coin",
            "strip": "/USD",
            "rename": {"kraken": {"BTC": "XBT"}},
            "template": {"kraken": "PF_{}USD", "okx": "{}-USDT-SWAP", "default": "{}USDT"},
        },
        "records": [
            {
                "values": {"oi_native": "oi"},
                "unit": {"okx": "contract", "default": "base"},
                "constants": {"native_field": "oi"},
            }
        ],
    }
    rows = [("kraken", "BTC"), ("okx", "BTC"), ("kraken", "ETH"), ("bybit", "BTC"), ("okx", "ETH")]
    data = "t,venue,coin,oi\n" + "".join(f"{MARK},{venue},{coin}/USD,1\n" for venue, coin in rows)
    assert import_file(tmp_path, data, **changes).failures == ()
    assert [(row["venue_native"], row["symbol"], row["native_unit"]) for row in landed_rows(tmp_path)] == [
        ("kraken", "PF_XBTUSD", "base"),
        ("okx", "BTC-USDT-SWAP", "contract"),
        ("kraken", "PF_ETHUSD", "base"),
        ("bybit", "BTCUSDT", "base"),
        ("okx", "ETH-USDT-SWAP", "contract"),
    ]
    report = import_file(tmp_path, f"t,venue,coin,oi\n{MARK},okx,BTCUSDT,1\n", **changes)
    assert "symbol 'BTCUSDT' does not end in /USD; correct 'symbol.strip'" in report.failures[0]


def test_a_venue_that_no_rule_names_is_refused(tmp_path: Path) -> None:
    changes = {"time": HOURLY, "venue": {"column": "venue"}}
    data = f"t,venue,oi\n{MARK},bybit,1\n"
    report = import_file(tmp_path, data, symbol={"fixed": "BTC", "template": {"okx": "{}-SWAP"}}, **changes)
    assert "'symbol.template' has no entry for venue 'bybit'; add it, or a default" in report.failures[0]
    report = import_file(tmp_path, f"t,venue,oi\n{MARK},okx,1\n{MARK},,1\n", **changes)
    assert "line 3, column venue: '' is empty, and every record needs it" in report.failures[0]


def test_path_fields_may_have_choices(tmp_path: Path) -> None:
    for name in ("ETH_okx.csv", "ETH_gate.csv"):
        (tmp_path / name).write_text(f"t,oi\n{MARK},1\n")
    report = import_file(
        tmp_path,
        f"t,oi\n{MARK},1\n",
        "ETH_bybit.csv",
        files=["{asset}_{venue:okx|bybit}.csv"],
        time=HOURLY,
        venue={"path": "venue"},
        symbol={"path": "asset"},
    )
    assert report.landed == 2
    assert sorted(row["venue_native"] for row in landed_rows(tmp_path)) == ["bybit", "okx"]


@pytest.mark.parametrize(
    ("empty", "zero", "expected"),
    [("missing", "value", [0.0, 3.0]), ("missing", "missing", [3.0])],
)
def test_meaning_of_empty_and_zero_cells(tmp_path: Path, empty: str, zero: str, expected: list[float]) -> None:
    data = f"t,oi\n{MARK},0\n{MARK + HOUR},\n{MARK + 2 * HOUR}, 3 \n"
    report = import_file(tmp_path, data, time=HOURLY, empty=empty, zero=zero)
    assert report.failures == ()
    assert [row["oi_native"] for row in landed_rows(tmp_path)] == expected


def test_where_keeps_the_matching_rows_and_their_line_numbers(tmp_path: Path) -> None:
    data = f"t,metric,oi\n{MARK},funding,-\n{MARK},oi,0\n{MARK + HOUR},value,7\n{MARK + HOUR},oi,zero\n"
    report = import_file(tmp_path, data, time=HOURLY, where={"metric": "oi"})
    assert report.failures == ("sample: data.csv: line 5, column oi: 'zero' is not a number; correct it",)
    import_file(
        tmp_path, data.replace("zero", "4"), time=HOURLY, where={"metric": ["oi", "value"]}, symbol={"column": "metric"}
    )
    assert [row["oi_native"] for row in landed_rows(tmp_path)] == [0.0, 7.0, 4.0]


def test_constants_and_several_records_per_row(tmp_path: Path) -> None:
    records = [
        {
            "values": {"long_native": f"{name}_long", "ratio_native": f"{name}_ratio"},
            "unit": "percent",
            "constants": {"basis": basis},
        }
        for name, basis in (("acc", "accounts"), ("top", "top_positions"))
    ]
    data = f"t,acc_long,acc_ratio,top_long,top_ratio\n{MARK},60,1.5,75,3\n"
    import_file(tmp_path, data, time=HOURLY, dataset="long_short_ratio", records=records)
    rows = landed_rows(tmp_path)
    assert [(row["basis"], row["long_native"], row["short_native"], row["ratio_native"]) for row in rows] == [
        ("accounts", 60.0, None, 1.5),
        ("top_positions", 75.0, None, 3.0),
    ]
    assert json.loads(rows[1]["payload"]) == {"t": str(MARK), "top_long": "75", "top_ratio": "3"}


def test_a_market_total_has_no_venue_and_a_row_with_only_a_price_makes_no_record(tmp_path: Path) -> None:
    record = {"values": {"market_cap_usd": "cap", "price_usd": "price"}}
    data = f"t,cap,price\n{MARK},1e12,5\n{MARK + HOUR},,6\n"
    report = import_file(
        tmp_path,
        data,
        time=HOURLY,
        dataset="circulating_supply",
        scope="asset",
        venue=None,
        records=[record],
        empty="missing",
    )
    assert report.failures == ()
    assert [(row["venue_native"], row["market_cap_usd"], row["price_usd"]) for row in landed_rows(tmp_path)] == [
        (None, 1e12, 5.0)
    ]


@pytest.mark.parametrize(
    ("name", "data", "changes"),
    [
        ("data.csv", f"{MARK},2.50\n", {"header": ["t", "oi"]}),
        ("data.csv", b"\xef\xbb\xbft,oi\r\n" + f"{MARK},2.50\r\n\r\n".encode(), {}),
        ("data.csv.gz", gzip.compress(f"t,oi\n{MARK},2.50".encode(), mtime=0), {}),
        ("data.json", f'[{{"t": {MARK}, "oi": 2.50}}]', {}),
        ("data.json", f'{{"data": {{"list": [{{"t": "{MARK}", "oi": "2.50"}}]}}}}', {"rows": "data.list"}),
        ("data.json", f"[[{MARK}, 2.50, true]]", {"header": ["t", "oi"]}),
        ("data.jsonl", f'{{"t": {MARK}, "oi": 2.50}}\n\n', {}),
        ("data.json.gz", gzip.compress(f'[{{"t": {MARK}, "oi": 2.50}}]'.encode(), mtime=0), {}),
    ],
)
def test_text_formats_keep_the_cells_as_written(
    tmp_path: Path, name: str, data: bytes | str, changes: dict[str, object]
) -> None:
    assert import_file(tmp_path, data, name, time=HOURLY, **changes).failures == ()
    (row,) = landed_rows(tmp_path)
    assert (row["oi_native"], row["payload"]) == (2.5, f'{{"t":"{MARK}","oi":"2.50"}}')


@pytest.mark.parametrize(
    ("name", "data", "changes", "message"),
    [
        ("data.json", '{"a": 1}', {}, "the JSON is not a list of rows"),
        ("data.json", "[[1, 2]]", {}, "the rows are not objects; name their columns in 'header'"),
        ("data.json", "[[1]]", {"header": ["t", "oi"]}, "row 1 has no element 2 for column oi"),
        ("data.json", '[{"t": 1, "oi": NaN}]', {}, "NaN is not a JSON number"),
        ("data.json", "[" * 100_000, {}, "cannot be read as JSON"),
        ("data.json", r'[{"t": "\ud800", "oi": 1}]', {}, "cannot be read as JSON"),
        ("data.json", "{}", {"rows": "data.list"}, "the JSON has no 'data.list'"),
        ("data.json", "[]", {}, "the file has no rows"),
        ("data.parquet", "PAR1", {}, "cannot be read as Parquet"),
        ("data.csv", b"t,oi\n\xff\xfe,1\n", {}, "cannot be read as CSV"),
        ("data.csv", f"{MARK},1,2\n", {"header": ["t", "oi"]}, "Expected 2 columns, got 3"),
        ("data.parquet", parquet_bytes(t=[MARK], oi=[True]), {}, "column oi holds bool, not numbers"),
    ],
)
def test_unreadable_files_say_what_is_wrong(
    tmp_path: Path, name: str, data: bytes | str, changes: dict[str, object], message: str
) -> None:
    report = import_file(tmp_path, data, name, time=HOURLY, **changes)
    assert len(report.failures) == 1
    assert message in report.failures[0]
    assert "\n" not in report.failures[0]


@pytest.mark.parametrize("symbols", [['A"B', "A\\B", "Ä", "C"], ['A"B', "A\\B", "A\tB", "Ä"]])
def test_payload_escapes_what_json_must_escape(tmp_path: Path, symbols: list[str]) -> None:
    values = [1.5, 1e10, 2.0, -3e-7]
    data = parquet_bytes(t=[MARK] * 4, oi=values, symbol=symbols)
    assert import_file(tmp_path, data, "data.parquet", time=HOURLY, symbol={"column": "symbol"}).failures == ()
    assert [json.loads(row["payload"]) for row in landed_rows(tmp_path)] == [
        {"t": MARK, "symbol": symbol, "oi": value} for symbol, value in zip(symbols, values, strict=True)
    ]


def test_lines_of_a_file_without_a_header_count_from_one(tmp_path: Path) -> None:
    report = import_file(tmp_path, f"{MARK},x\n", time=HOURLY, header=["t", "oi"])
    assert report.failures == ("sample: data.csv: line 1, column oi: 'x' is not a number; correct it",)


cells = st.one_of(st.none(), st.floats(0, 1e12, allow_nan=False))


@UNTIMED
@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=20))
def test_a_wide_file_loses_and_invents_nothing(rows: list[tuple[float | None, ...]]) -> None:
    columns = {f"V{place}": pa.array([row[place] for row in rows], pa.float64()) for place in range(3)}
    marks = [MARK + number * HOUR for number in range(len(rows))]
    data = parquet_bytes(t=marks, price=[1.0] * len(rows), note=["x"] * len(rows), **columns)
    manifest = make_manifest(**WIDE, files=["data.parquet"])
    source = read_source("data.parquet", data, manifest)
    present = [value for row in rows for value in row if value is not None]
    if not present:
        with pytest.raises(InputError, match="all values are empty"):
            parse_source(source, manifest, {}, OBSERVED_AT)
        return
    table = parse_source(source, manifest, {}, OBSERVED_AT).table
    for place in range(3):
        mine = [row["oi_native"] for row in table.to_pylist() if row["venue_native"] == f"V{place}"]
        assert mine == [row[place] for row in rows if row[place] is not None]
    assert sum(table["oi_native"].to_pylist()) == pytest.approx(sum(present), rel=1e-12)


@UNTIMED
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("AB"), st.integers(0, 2), st.integers(0, 1)),
        min_size=1,
        max_size=12,
    )
)
def test_no_key_comes_out_twice(rows: list[tuple[int, str, int, int]]) -> None:
    lines = [f"{MARK + hour * HOUR},{MARK + (48 + seen) * HOUR},{symbol},{value}" for hour, symbol, seen, value in rows]
    manifest = make_manifest(time=HOURLY, symbol={"column": "symbol"}, observed={"column": "seen", "unit": "ms"})
    source = read_source("data.csv", ("t,seen,symbol,oi\n" + "\n".join(lines)).encode(), manifest)
    contradict = len(set(rows)) != len({row[:3] for row in rows})
    if contradict:
        with pytest.raises(InputError, match="different values"):
            parse_source(source, manifest, {}, OBSERVED_AT)
        return
    parsed = parse_source(source, manifest, {}, OBSERVED_AT)
    key = [*DATASETS["open_interest"].key, "observed_at"]
    keys = [tuple(row[name] for name in key) for row in parsed.table.to_pylist()]
    assert len(keys) == len(set(keys)) == len(set(rows))
    assert parsed.duplicates == len(rows) - len(set(rows))


def assert_table_or_one_line(name: str, data: bytes, manifest: Manifest) -> None:
    refusal = None
    try:
        table = parse_source(read_source(name, data, manifest), manifest, {}, OBSERVED_AT).table
    except InputError as error:
        refusal = str(error)
    if refusal is None:
        assert table.schema == DATASETS["open_interest"].schema
        assert table.num_rows > 0
        assert table["oi_native"].null_count == 0
    else:
        assert refusal.startswith(f"{name}: ")
        assert len(refusal.splitlines()) == 1


csv_like = st.lists(
    st.lists(st.sampled_from(["t", "oi", str(MARK), "1", "-2.5", "", '"', "x", "é", "\x00", "1e400"]), max_size=3).map(
        ",".join
    )
).map(lambda lines: "\n".join(lines).encode())


@UNTIMED
@given(
    st.one_of(st.binary(max_size=200), csv_like, csv_like.map(lambda rows: b"t,oi\n" + rows)),
    st.sampled_from(["data.csv", "data.csv.gz", "data.parquet", "data.json", "data.jsonl"]),
)
def test_any_bytes_make_a_valid_table_or_an_input_error(data: bytes, name: str) -> None:
    assert_table_or_one_line(name, data, make_manifest(files=[name], time=HOURLY, empty="missing"))


@UNTIMED
@given(st.binary(min_size=1, max_size=8), st.integers(0, 10**6))
def test_a_damaged_parquet_file_makes_a_valid_table_or_an_input_error(patch: bytes, place: int) -> None:
    data = bytearray(parquet_bytes(t=[MARK, MARK + HOUR], oi=[1.0, 2.0]))
    place %= len(data)
    data[place : place + len(patch)] = patch
    assert_table_or_one_line("data.parquet", bytes(data), make_manifest(files=["data.parquet"], time=HOURLY))
