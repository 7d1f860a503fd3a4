"""Constructors of rows fill exactly the columns of their datasets, with None for a value that a source leaves out."""

from datetime import datetime

import pytest

from ingestion.api.rows import (
    candle,
    circulating_supply,
    funding_rate,
    identified,
    instrument,
    liquidation,
    liquidation_event,
    long_short_ratio,
    open_interest,
    stream_coverage,
)
from ingestion.records import (
    CANDLE,
    CIRCULATING_SUPPLY,
    FUNDING_RATE,
    INSTRUMENT,
    LIQUIDATION,
    LIQUIDATION_EVENT,
    LONG_SHORT_RATIO,
    OPEN_INTEREST,
    STREAM_COVERAGE,
)

AT = datetime.fromisoformat("2026-01-01 00:00")
EVENT = liquidation_event(
    "BTCUSDT",
    AT,
    {"side": "Sell"},
    position_side="long",
    quantity_native=2.0,
    native_unit="base",
    price_usd_native=90000.0,
    price_kind="fill",
    coverage="full",
)
CONTRACT = instrument(
    "BTCUSDT",
    AT,
    {},
    symbol_native="BTC",
    quote="USDT",
    settle="USDT",
    market_type="perpetual",
    settlement="linear",
    contract_unit="base",
    contract_size=1.0,
    is_trading=True,
)
ROWS = [
    (OPEN_INTEREST, open_interest("BTCUSDT", AT, {}, native_field="oi", oi_native=1.0, native_unit="base")),
    (CANDLE, candle("BTCUSDT", AT, {}, prices_usd=(1.0, 2.0, 0.5, 1.5))),
    (FUNDING_RATE, funding_rate("BTCUSDT", AT, {}, rate_native=0.0001, is_settled=True)),
    (LIQUIDATION, liquidation("BTCUSDT", AT, {}, long_native=1.0, short_native=0.0, native_unit="base")),
    (LONG_SHORT_RATIO, long_short_ratio("BTCUSDT", AT, {}, basis="accounts")),
    (CIRCULATING_SUPPLY, circulating_supply("BTC", AT, {}, supply_base=1.0)),
    (INSTRUMENT, CONTRACT),
    (STREAM_COVERAGE, stream_coverage("bybit", AT, covered_from=AT)),
    (LIQUIDATION_EVENT, {**EVENT, "event_id": "1"}),
]


@pytest.mark.parametrize(("dataset", "row"), ROWS, ids=[dataset.name for dataset, _ in ROWS])
def test_a_row_has_the_columns_of_its_dataset(dataset, row):
    assert set(row) == {"symbol", "stamped_at", "payload", *dataset.columns}


def test_prices_are_open_high_low_close():
    row = candle("BTCUSDT", AT, {}, prices_usd=(1.0, 2.0, 0.5, 1.5))
    assert [row[f"{name}_usd"] for name in ("open", "high", "low", "close")] == [1.0, 2.0, 0.5, 1.5]


def test_a_venue_may_identify_its_events_itself():
    assert "event_id" not in EVENT
    own = liquidation_event(**{**EVENT, "event_id": "7"})
    assert own == {**EVENT, "event_id": "7"}


def test_equal_events_of_a_message_are_two_and_the_same_message_twice_is_the_same():
    first, second = identified([EVENT, EVENT])
    assert first["event_id"] != second["event_id"]
    assert identified([EVENT, EVENT]) == [first, second]
