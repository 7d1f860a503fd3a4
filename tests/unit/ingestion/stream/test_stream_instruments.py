"""The choice of the landed contracts that the collector follows."""

from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from common.errors import InputError, TransientError
from ingestion.api.landed_instruments import landed_instruments
from ingestion.landing import Batch, content_sha256, write_batch
from ingestion.records import INSTRUMENT
from ingestion.stream.catalogue import CHANNELS, STREAM_VENUES, channels_of

NOON = datetime.fromisoformat("2026-01-01 12:00:00")


def land(landing_dir, symbol, *, observed_at=NOON, **changes):
    row = {
        "source": "exchanges", "source_mode": "live", "collector": "okx_instrument", "scope": "instrument",
        "venue_native": "okx", "symbol": symbol, "stamped_at": observed_at, "label_convention": "instant",
        "interval_seconds": None, "observed_at": observed_at, "symbol_native": "BTC", "quote": "USDT", "settle": "USDT",
        "market_type": "perpetual", "settlement": "linear", "contract_unit": "base", "contract_size": 0.01,
        "listed_at": None, "expiry_at": None, "is_trading": True, "payload": '{"ctVal":"0.01"}', **changes,
    }  # fmt: skip
    batch = Batch("instrument", "okx", "okx/instrument", content_sha256(repr(row)), observed_at)
    assert write_batch(landing_dir, batch, INSTRUMENT, pa.Table.from_pylist([row], schema=INSTRUMENT.schema))


def followed(landing_dir, *, venue="okx", now=NOON, source_mode="live"):
    return landed_instruments(landing_dir, venue, source_mode=source_mode, now=now)


def test_the_newest_state_of_each_contract_counts(tmp_path):
    second = timedelta(seconds=1)
    land(tmp_path, "BTC-USDT-SWAP", contract_size=0.01)
    land(tmp_path, "BTC-USDT-SWAP", contract_size=0.1, observed_at=NOON + second)
    land(tmp_path, "ETH-USDT-SWAP", observed_at=NOON + 2 * second)
    land(tmp_path, "ETH-USDT-SWAP", is_trading=False, observed_at=NOON + 3 * second)
    (instrument,) = followed(tmp_path).values()
    assert (instrument.symbol, instrument.contract_size, instrument.payload) == (
        "BTC-USDT-SWAP",
        0.1,
        {"ctVal": "0.01"},
    )


def test_a_contract_is_followed_until_it_expires(tmp_path):
    land(tmp_path, "BTC-USD-260327", market_type="dated", expiry_at=NOON)
    assert set(followed(tmp_path, now=NOON - timedelta(seconds=1))) == {"BTC-USD-260327"}
    assert followed(tmp_path, now=NOON) == {}


def test_a_venue_without_landed_instruments_is_an_error_with_the_command_to_run(tmp_path):
    with pytest.raises(TransientError, match="no instruments of okx have landed; run `oiw ingest live`"):
        followed(tmp_path)
    land(tmp_path, "BTC-USDT-SWAP")
    with pytest.raises(TransientError, match="no instruments of gate"):
        followed(tmp_path, venue="gate")


def test_simulated_and_live_are_never_mixed(tmp_path):
    land(tmp_path, "BTC-USDT-SWAP", source_mode="simulated")
    with pytest.raises(InputError, match="has simulated instruments, not live; use another OIW_HOME"):
        followed(tmp_path)
    assert set(followed(tmp_path, source_mode="simulated")) == {"BTC-USDT-SWAP"}


def test_channels_are_chosen_by_venue():
    assert channels_of(STREAM_VENUES) == CHANNELS
    assert [channel.api_id for channel in channels_of(["binance", "okx"])] == ["binance_um", "binance_cm", "okx"]
    with pytest.raises(InputError, match="no liquidation stream of kraken; choose from binance, bybit, okx"):
        channels_of(["okx", "kraken"])
    with pytest.raises(InputError, match="no liquidation stream of any followed venue"):
        channels_of([])
