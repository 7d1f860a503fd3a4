"""Binance: the requests that ccxt sends to a server on loopback."""

from datetime import datetime

import payloads_binance as documented
import pytest
from wire_support import against_venue, feed_named, instruments_listed, read, sent_by

from ingestion.api.feed import Window
from ingestion.venues.binance import BINANCE_CM, BINANCE_UM

UM = {m["symbol"]: BINANCE_UM.parse_instrument({"info": m}) for m in documented.UM_EXCHANGE_INFO["symbols"]}
CM = {m["symbol"]: BINANCE_CM.parse_instrument({"info": m}) for m in documented.CM_EXCHANGE_INFO["symbols"]}
BTCUSDT, BTCUSDT_DATED, BTCUSD, ETHUSD_DATED = (
    UM["BTCUSDT"],
    UM["BTCUSDT_261225"],
    CM["BTCUSD_PERP"],
    CM["ETHUSD_261225"],
)
WINDOW = Window(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-01-02"))
SPAN = {"startTime": "1767225600000", "endTime": "1767311999999"}


@pytest.mark.parametrize(
    ("api", "feed", "instrument", "path", "query"),
    [
        (BINANCE_UM, "open_interest", BTCUSDT, "/fapi/v1/openInterest", {"symbol": "BTCUSDT"}),
        (
            BINANCE_UM,
            "open_interest_history",
            BTCUSDT,
            "/futures/data/openInterestHist",
            {"symbol": "BTCUSDT", "period": "5m", "limit": "500", **SPAN},
        ),
        (
            BINANCE_UM,
            "candle_trade",
            BTCUSDT_DATED,
            "/fapi/v1/klines",
            {"symbol": "BTCUSDT_261225", "interval": "5m", "limit": "499", **SPAN},
        ),
        (
            BINANCE_UM,
            "candle_mark",
            BTCUSDT,
            "/fapi/v1/markPriceKlines",
            {"symbol": "BTCUSDT", "interval": "5m", "limit": "499", **SPAN},
        ),
        (
            BINANCE_UM,
            "candle_index",
            BTCUSDT_DATED,
            "/fapi/v1/indexPriceKlines",
            {"pair": "BTCUSDT", "interval": "5m", "limit": "499", **SPAN},
        ),
        (
            BINANCE_UM,
            "funding_rate_history",
            BTCUSDT,
            "/fapi/v1/fundingRate",
            {"symbol": "BTCUSDT", "limit": "1000", **SPAN},
        ),
        (
            BINANCE_UM,
            "long_short_taker_flow",
            BTCUSDT,
            "/futures/data/takerlongshortRatio",
            {"symbol": "BTCUSDT", "period": "5m", "limit": "500", **SPAN},
        ),
        (BINANCE_CM, "open_interest", BTCUSD, "/dapi/v1/openInterest", {"symbol": "BTCUSD_PERP"}),
        (
            BINANCE_CM,
            "open_interest_history",
            ETHUSD_DATED,
            "/futures/data/openInterestHist",
            {"pair": "ETHUSD", "contractType": "CURRENT_QUARTER", "period": "5m", "limit": "500", **SPAN},
        ),
        (
            BINANCE_CM,
            "candle_index",
            BTCUSD,
            "/dapi/v1/indexPriceKlines",
            {"pair": "BTCUSD", "interval": "5m", "limit": "499", **SPAN},
        ),
        (
            BINANCE_CM,
            "long_short_accounts",
            BTCUSD,
            "/futures/data/globalLongShortAccountRatio",
            {"pair": "BTCUSD", "period": "5m", "limit": "500", **SPAN},
        ),
        (
            BINANCE_CM,
            "long_short_taker_flow",
            BTCUSD,
            "/futures/data/takerBuySellVol",
            {"pair": "BTCUSD", "contractType": "PERPETUAL", "period": "5m", "limit": "500", **SPAN},
        ),
    ],
)
def test_what_is_asked(api, feed, instrument, path, query):
    assert sent_by(api, feed_named(api, feed), instrument, WINDOW) == [("GET", path, query)]
    assert path == f"/{feed_named(api, feed).path}"


def test_current_funding_asks_for_all_symbols_and_their_intervals():
    assert sent_by(BINANCE_UM, feed_named(BINANCE_UM, "funding_rate")) == [
        ("GET", "/fapi/v1/premiumIndex", {}),
        ("GET", "/fapi/v1/fundingInfo", {}),
    ]


@pytest.mark.parametrize(("api", "instrument"), [(BINANCE_UM, BTCUSDT), (BINANCE_CM, BTCUSD)])
def test_every_history_feed_asks_its_own_path(api, instrument):
    feeds = [feed for feed in api.feeds if feed.label_spacing is not None]

    async def ask_all(exchange):
        for feed in feeds:
            await feed.request(exchange, instrument, WINDOW)

    _, requests = against_venue(api, (), ask_all)
    assert [(path, query["limit"]) for _, path, query in requests] == [
        (f"/{feed.path}", str(feed.page_rows)) for feed in feeds
    ]


def test_markets_of_ccxt_are_read():
    listed = instruments_listed(BINANCE_UM, documented.UM_EXCHANGE_INFO)
    assert listed == {symbol: instrument for symbol, instrument in UM.items() if instrument}
    assert instruments_listed(BINANCE_CM, documented.CM_EXCHANGE_INFO) == CM


@pytest.mark.parametrize(
    ("feed", "payload"),
    [("open_interest_history", documented.UM_OPEN_INTEREST_HISTORY), ("candle_trade", documented.KLINES)],
)
def test_an_answer_reads_the_same_through_ccxt(feed, payload):
    # ccxt hands numbers on as texts.
    asked = feed_named(BINANCE_UM, feed)
    answer, _ = against_venue(BINANCE_UM, payload, lambda exchange: asked.request(exchange, BTCUSDT, WINDOW))
    for reading in asked.readings:
        through_ccxt, direct = read(reading, answer, BTCUSDT), read(reading, payload, BTCUSDT)
        assert [row | {"payload": None} for row in through_ccxt] == [row | {"payload": None} for row in direct]
        assert len(direct) == 1
