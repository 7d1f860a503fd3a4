"""Parsers of the Binance archive: expected values written by hand, bad input, recognition of headers and epochs."""

import json
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InputError
from ingestion.archives.binance.catalogue import ArchiveFile
from ingestion.archives.binance.parsers import PARSERS
from ingestion.archives.binance.rows import parse_epoch
from ingestion.records import DATASETS

utc = datetime.fromisoformat

OBSERVED_AT = utc("2026-11-01 12:30:00")
METRICS_HEADER = (
    "create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,"
    "sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio"
)
KLINES_HEADER = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore"
)
FUNDING_HEADER = "calc_time,funding_interval_hours,last_funding_rate"
METRICS_ROW = "2024-01-02 00:05:00,BTCUSDT,1000.5,45000000,1.1,1.2,1.3,0.9"
# 1704153600000 is 2024-01-02 00:00:00 UTC.
KLINE_ROW = "1704153600000,45000.1,45100,44900.5,45050,12.5,1704153899999,562500,321,6.5,292500,0"


def file_of(dataset, market="um", symbol="BTCUSDT", interval=None, day=date(2024, 1, 2)):
    return ArchiveFile(market, dataset, symbol, "daily", interval, day)


METRICS_FILE = file_of("metrics")
KLINES_FILE = file_of("klines", interval="5m")


def parse(file, *lines, observed_at=OBSERVED_AT):
    return PARSERS[file.dataset].parse(file, "\n".join(lines).encode(), observed_at)


def test_um_metrics_golden():
    tables = parse(METRICS_FILE, METRICS_HEADER, METRICS_ROW)
    assert tables["open_interest"].to_pylist() == [
        {
            "source": "exchanges",
            "source_mode": "archive",
            "collector": "binance_archive_um_metrics",
            "scope": "instrument",
            "venue_native": "binance",
            "symbol": "BTCUSDT",
            "stamped_at": utc("2024-01-02 00:05:00"),
            "label_convention": "dated",
            "interval_seconds": 300,
            "observed_at": OBSERVED_AT,
            "native_field": "sum_open_interest",
            "oi_native": 1000.5,
            "native_unit": "base",
            "value_usd_native": 45000000.0,
            "price_usd_native": None,
            "payload": '{"create_time":"2024-01-02 00:05:00","symbol":"BTCUSDT","sum_open_interest":"1000.5",'
            '"sum_open_interest_value":"45000000","count_toptrader_long_short_ratio":"1.1",'
            '"sum_toptrader_long_short_ratio":"1.2","count_long_short_ratio":"1.3",'
            '"sum_taker_long_short_vol_ratio":"0.9"}',
        }
    ]
    ratios = tables["long_short_ratio"].to_pylist()
    assert {row["basis"]: row["ratio_native"] for row in ratios} == {
        "top_accounts": 1.1,
        "top_positions": 1.2,
        "accounts": 1.3,
        "taker_flow": 0.9,
    }
    assert {(row["long_native"], row["short_native"], row["label_convention"]) for row in ratios} == {
        (None, None, "dated")
    }


def test_cm_metrics_are_contracts_and_their_coin_value_is_not_usd():
    row = "2024-01-02 00:00:00,BTCUSD_PERP,9000000,20000.25,1,1,1,1"
    tables = parse(file_of("metrics", "cm", "BTCUSD_PERP"), METRICS_HEADER, row)
    (record,) = tables["open_interest"].to_pylist()
    assert (record["oi_native"], record["native_unit"], record["value_usd_native"]) == (9000000.0, "contract", None)
    assert record["label_convention"] == "start"
    assert json.loads(record["payload"])["sum_open_interest_value"] == "20000.25"


@pytest.mark.parametrize(
    ("market", "symbol", "unit", "turnover_usd"),
    [("um", "BTCUSDT", "base", 562500.0), ("cm", "BTCUSD_PERP", "contract", None)],
)
def test_klines_golden(market, symbol, unit, turnover_usd):
    (record,) = parse(file_of("klines", market, symbol, "5m"), KLINES_HEADER, KLINE_ROW)["candle"].to_pylist()
    assert record["stamped_at"] == utc("2024-01-02")
    assert (record["label_convention"], record["interval_seconds"], record["price_kind"]) == ("start", 300, "trade")
    assert [record[f"{price}_usd"] for price in ("open", "high", "low", "close")] == [
        45000.1,
        45100.0,
        44900.5,
        45050.0,
    ]
    assert (record["volume_native"], record["native_unit"], record["turnover_usd"]) == (12.5, unit, turnover_usd)
    assert record["collector"] == f"binance_archive_{market}_klines_5m"


@pytest.mark.parametrize(("dataset", "kind"), [("markPriceKlines", "mark"), ("indexPriceKlines", "index")])
def test_mark_and_index_prices_have_no_volume(dataset, kind):
    header = "open_time,open,high,low,close,ignore,close_time,ignore,count,ignore,ignore,ignore"
    (record,) = parse(file_of(dataset, interval="5m"), header, KLINE_ROW)["candle"].to_pylist()
    assert (record["price_kind"], record["close_usd"]) == (kind, 45050.0)
    assert (record["volume_native"], record["native_unit"], record["turnover_usd"]) == (None, None, None)


def test_funding_rate_golden():
    file = ArchiveFile("um", "fundingRate", "BTCUSDT", "monthly", None, date(2024, 1, 1))
    rows = parse(file, FUNDING_HEADER, "1704067200003,8,0.00037409", "1704096000000,4,-0.0001")["funding_rate"]
    first, second = rows.to_pylist()
    assert first["stamped_at"] == utc("2024-01-01 00:00:00.003000")
    assert (first["rate_native"], first["native_unit"], first["funding_interval_hours"]) == (
        0.00037409,
        "fraction",
        8.0,
    )
    assert (first["is_settled"], first["label_convention"], first["interval_seconds"]) == (True, "instant", None)
    assert (second["rate_native"], second["funding_interval_hours"]) == (-0.0001, 4.0)


@pytest.mark.parametrize(
    ("file", "lines"),
    [(METRICS_FILE, (METRICS_HEADER, METRICS_ROW)), (KLINES_FILE, (KLINES_HEADER, KLINE_ROW))],
)
def test_tables_have_the_schema_of_their_dataset(file, lines):
    for name, table in parse(file, *lines).items():
        assert table.schema == DATASETS[name].schema


def test_an_empty_cell_is_null_and_a_zero_stays_zero():
    tables = parse(METRICS_FILE, METRICS_HEADER, '2024-01-02 00:05:00,BTCUSDT,,0,"",1.2,0,0.9')
    (record,) = tables["open_interest"].to_pylist()
    assert (record["oi_native"], record["value_usd_native"]) == (None, 0.0)
    assert tables["long_short_ratio"]["ratio_native"].to_pylist() == [None, 1.2, 0.0, 0.9]


def test_columns_are_found_by_name_where_there_is_a_header():
    tables = parse(
        METRICS_FILE,
        "create_time,extra,sum_open_interest_value,symbol,sum_open_interest,count_toptrader_long_short_ratio,"
        "sum_toptrader_long_short_ratio,count_long_short_ratio,sum_taker_long_short_vol_ratio",
        "2024-01-02 00:05:00,x,7,BTCUSDT,3,1,1,1,1",
    )
    (record,) = tables["open_interest"].to_pylist()
    assert (record["oi_native"], record["value_usd_native"]) == (3.0, 7.0)


def test_identical_rows_of_one_label_collapse():
    assert parse(METRICS_FILE, METRICS_HEADER, METRICS_ROW, METRICS_ROW)["open_interest"].num_rows == 1


def test_the_midnight_after_the_day_belongs_to_the_file():
    row = METRICS_ROW.replace("2024-01-02 00:05:00", "2024-01-03 00:00:00")
    (stamp,) = parse(METRICS_FILE, METRICS_HEADER, row)["open_interest"]["stamped_at"].to_pylist()
    assert stamp == utc("2024-01-03")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([""], "no rows"),
        ([METRICS_HEADER], "a header and no rows"),
        (
            [METRICS_HEADER.replace("symbol", "pair"), METRICS_ROW],
            "line 1: the header must have symbol exactly once; it is",
        ),
        ([METRICS_HEADER, METRICS_ROW + ",1"], "line 2: 9 cells instead of 8"),
        (
            [METRICS_HEADER, METRICS_ROW.replace("1000.5", "abc")],
            "line 2, column sum_open_interest: 'abc' is not a number",
        ),
        ([METRICS_HEADER, METRICS_ROW.replace("1000.5", "NaN")], "column sum_open_interest: 'NaN' is not a number"),
        ([METRICS_HEADER, METRICS_ROW.replace("1000.5", "1_0")], "column sum_open_interest: '1_0' is not a number"),
        ([METRICS_HEADER, METRICS_ROW.replace("BTCUSDT", "ETHUSDT")], "column symbol: 'ETHUSDT' in a file of BTCUSDT"),
        ([METRICS_HEADER, METRICS_ROW.replace(":00,", ":00+02:00,")], r"column create_time: .* is not 'YYYY-MM-DD"),
        ([METRICS_HEADER, METRICS_ROW.replace("2024-01-02", "2024-13-02")], "column create_time: .*month must be"),
        ([METRICS_HEADER, METRICS_ROW.replace("2024-01-02", "2014-01-02")], "outside the period of the file"),
        (
            [METRICS_HEADER, METRICS_ROW, METRICS_ROW.replace("1000.5", "1000.6")],
            "line 3: a second, different row of 2024-01-02 00:05:00",
        ),
        ([METRICS_HEADER, '"2024-01-02 00:05:00'], "not a CSV file"),
    ],
)
def test_bad_metrics_name_file_line_and_column(lines, message):
    with pytest.raises(InputError, match=message) as caught:
        parse(METRICS_FILE, *lines)
    assert str(caught.value).startswith(METRICS_FILE.path)
    assert "\n" not in str(caught.value)


def test_a_label_after_the_observation_is_refused():
    with pytest.raises(InputError, match=r"line 2, column create_time: .* is after the time of observation"):
        parse(METRICS_FILE, METRICS_HEADER, METRICS_ROW, observed_at=utc("2024-01-02 00:04:00"))


def test_epoch_seconds_are_refused():
    with pytest.raises(InputError, match="line 1, column open_time: '1704153600' is not milliseconds or microseconds"):
        parse(KLINES_FILE, KLINE_ROW.replace("1704153600000", "1704153600", 1))


# From 1 May 1973 on, milliseconds have twelve digits or more.
EPOCH_TIMES = st.datetimes(utc("1973-05-01"), utc("2100-01-01"))


@given(EPOCH_TIMES)
def test_milliseconds_and_microseconds_give_the_same_instant(time):
    microseconds = (time - utc("1970-01-01")) // timedelta(microseconds=1)
    milliseconds = microseconds // 1000
    assert parse_epoch(str(microseconds)) == time
    assert parse_epoch(str(milliseconds)) == time - timedelta(microseconds=time.microsecond % 1000)


@given(
    bars=st.lists(st.integers(0, 287), min_size=1, max_size=20, unique=True),
    unit=st.sampled_from([1, 1000]),
    newline=st.sampled_from(["\n", "\r\n"]),
    is_marked=st.booleans(),
    has_blank_end=st.booleans(),
)
def test_a_header_row_unit_newline_or_byte_order_mark_change_nothing(bars, unit, newline, is_marked, has_blank_end):
    rows = []
    for bar in bars:
        open_time = (1704153600000 + bar * 300_000) * unit
        rows.append(f"{open_time},{bar},2,3,4,5,0,6,7,8,9,0")
    tail = 2 * newline if has_blank_end else ""
    mark = "\ufeff" if is_marked else ""
    bare = (mark + newline.join(rows) + tail).encode()
    headed = (mark + newline.join([KLINES_HEADER, *rows]) + tail).encode()
    parser = PARSERS["klines"].parse
    table = parser(KLINES_FILE, bare, OBSERVED_AT)["candle"]
    assert table.equals(parser(KLINES_FILE, headed, OBSERVED_AT)["candle"])
    assert table["open_usd"].to_pylist() == [float(bar) for bar in bars]
    assert table["stamped_at"].to_pylist() == [utc("2024-01-02") + timedelta(minutes=5 * bar) for bar in bars]


@given(
    st.text(max_size=200) | st.lists(st.floats(), min_size=6, max_size=6).map(lambda cells: ",".join(map(str, cells)))
)
def test_any_cells_are_records_or_a_clear_error(text):
    content = f"{METRICS_HEADER}\n2024-01-02 00:05:00,BTCUSDT,{text}".encode("utf-8", "surrogatepass")
    try:
        rows = PARSERS["metrics"].parse(METRICS_FILE, content, OBSERVED_AT)["open_interest"].num_rows
    except InputError as error:
        rows, message = 0, str(error)
    assert rows == 1 or message.startswith(METRICS_FILE.path)


def test_recorded_metrics_sample(shared_data):
    content = (shared_data / "binance_archive_metrics_sample/BTCUSDT-metrics-2023-11-14.head.csv").read_bytes()
    file = file_of("metrics", day=date(2023, 11, 14))
    tables = PARSERS["metrics"].parse(file, content, OBSERVED_AT)
    open_interest = tables["open_interest"].to_pylist()
    assert [row["stamped_at"] for row in open_interest] == [
        utc("2023-11-14") + timedelta(minutes=5 * step) for step in range(13)
    ]
    assert (open_interest[1]["oi_native"], open_interest[1]["value_usd_native"]) == (80390.219, 2931348945.616)
    assert all(36_268 <= row["value_usd_native"] / row["oi_native"] <= 36_485 for row in open_interest)
    ratios = tables["long_short_ratio"].to_pylist()
    assert len(ratios) == 4 * 13
    assert {row["basis"]: row["ratio_native"] for row in ratios if row["stamped_at"] == utc("2023-11-14")} == {
        "top_accounts": 1.09433416,
        "top_positions": 1.37975481,
        "accounts": 1.09030379,
        "taker_flow": 0.56294739,
    }
