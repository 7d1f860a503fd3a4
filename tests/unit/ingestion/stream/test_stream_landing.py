"""Rows of the stream to batches: identity, repetitions, folders."""

from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest

from ingestion.api.channel import read_events
from ingestion.landing import list_batches, read_batch
from ingestion.records import LIQUIDATION_EVENT, STREAM_COVERAGE
from ingestion.stream.catalogue import CHANNELS
from ingestion.stream.coverage import CoveredInterval
from ingestion.stream.stream_landing import StreamLanding

BYBIT = next(channel for channel in CHANNELS if channel.api_id == "bybit")
OKX = next(channel for channel in CHANNELS if channel.api_id == "okx")
NOON = datetime.fromisoformat("2026-01-01 12:00:00")


@pytest.fixture
def landing(tmp_path):
    return StreamLanding(tmp_path, "simulated")


def event_row(landing, observed_at=NOON, channel=BYBIT):
    row = {"T": 1767268799000, "s": "BTCUSDT", "S": "Buy", "v": "2", "p": "50000"}
    (event,), _ = read_events(BYBIT, {"data": [row]}, {"BTCUSDT"}, observed_at)
    return landing.event_row(channel, event, observed_at)


def tables(landing_dir):
    return {path.relative_to(landing_dir).parts[:2]: pq.read_table(path) for path in list_batches(landing_dir)}


def test_an_event_is_a_whole_record(landing, tmp_path):
    landing.land_events([event_row(landing)], NOON + timedelta(seconds=5))
    ((place, table),) = tables(tmp_path).items()
    assert place == ("liquidation_event", "bybit_liquidation_stream")
    assert table.schema.names == LIQUIDATION_EVENT.schema.names
    (row,) = table.to_pylist()
    assert row.pop("event_id")
    assert row == {
        "source": "exchanges",
        "source_mode": "simulated",
        "collector": "bybit_liquidation_stream",
        "scope": "instrument",
        "venue_native": "bybit",
        "symbol": "BTCUSDT",
        "stamped_at": datetime.fromisoformat("2026-01-01 11:59:59"),
        "label_convention": "instant",
        "interval_seconds": None,
        "observed_at": NOON,
        "position_side": "long",
        "quantity_native": 2.0,
        "native_unit": "base",
        "price_usd_native": 50000.0,
        "price_kind": "bankruptcy",
        "coverage": "full",
        "payload": '{"T":1767268799000,"s":"BTCUSDT","S":"Buy","v":"2","p":"50000"}',
    }


def test_a_batch_an_api_and_a_folder_a_day(landing, tmp_path):
    rows = [event_row(landing), event_row(landing, channel=OKX)]
    landing.land_events(rows, NOON)
    landing.land_events([event_row(landing, NOON + timedelta(days=1))], NOON + timedelta(days=1))
    origins = sorted(read_batch(path).origin for path in list_batches(tmp_path))
    assert origins == [
        "bybit_liquidation_stream/2026-01-01",
        "bybit_liquidation_stream/2026-01-02",
        "okx_liquidation_stream/2026-01-01",
    ]


def test_landing_the_same_rows_again_adds_nothing(landing, tmp_path):
    rows = [event_row(landing)]
    landing.land_events(rows, NOON)
    landing.land_events(rows, NOON + timedelta(seconds=5))
    assert len(list(list_batches(tmp_path))) == 1


def test_intervals_of_all_apis_are_one_file(landing, tmp_path):
    second = timedelta(seconds=1)
    intervals = [
        CoveredInterval("okx", "okx", OKX.collector, NOON - 60 * second, NOON - second),
        CoveredInterval(
            "binance_cm", "binance", "binance_cm_liquidation_stream", NOON - 50 * second, NOON - 2 * second
        ),
    ]
    landing.land_intervals(intervals, NOON)
    landing.land_intervals([], NOON + second)
    ((place, table),) = tables(tmp_path).items()
    assert place == ("stream_coverage", "liquidation_stream")
    assert table.schema.names == STREAM_COVERAGE.schema.names
    assert [
        (row["collector"], row["venue_native"], row["symbol"], row["covered_from"], row["stamped_at"])
        for row in table.to_pylist()
    ] == [
        ("okx_liquidation_stream", "okx", "okx", NOON - 60 * second, NOON - second),
        ("binance_cm_liquidation_stream", "binance", "binance_cm", NOON - 50 * second, NOON - 2 * second),
    ]
