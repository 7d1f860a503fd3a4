"""The protocol of channels: kinds of messages, addresses below a base URL, frames that subscribe."""

import json

import pytest

from ingestion.api.channel import Kind, channel_url
from ingestion.api.feed import Instrument
from ingestion.stream.catalogue import CHANNELS


def instrument(symbol, settle="USDT", market_type="perpetual"):
    return Instrument(
        symbol=symbol, symbol_native="BTC", quote="USD", settle=settle, market_type=market_type, settlement="linear",
        contract_unit="base", contract_size=1.0, listed_at=None, expiry_at=None, is_trading=True, payload={},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("api_id", "message", "kind"),
    [
        ("binance_um", {"result": None, "id": 1}, Kind.CONTROL),
        ("binance_um", {"error": {"code": 2, "msg": "Invalid request"}}, Kind.REFUSED),
        ("bybit", {"success": True, "ret_msg": "", "op": "subscribe"}, Kind.ACCEPTED),
        ("bybit", {"success": False, "ret_msg": "handler not found", "op": "subscribe"}, Kind.REFUSED),
        ("bybit", {"success": True, "ret_msg": "pong", "op": "ping"}, Kind.CONTROL),
        ("okx", {"event": "subscribe", "arg": {"channel": "liquidation-orders"}}, Kind.ACCEPTED),
        ("okx", {"event": "error", "code": "60012", "msg": "Illegal request"}, Kind.REFUSED),
        ("okx", {"event": "notice", "code": "64008", "msg": "The connection will soon be closed"}, Kind.CONTROL),
        ("bitget", {"event": "subscribe", "arg": {"topic": "liquidation"}}, Kind.ACCEPTED),
        ("bitget", {"event": "error", "code": 30001, "msg": "doesn't exist"}, Kind.REFUSED),
        ("bybit", {"success": False, "ret_msg": "Invalid request", "op": ""}, Kind.REFUSED),
        ("bitget", {"event": "notice", "msg": "The connection will soon be closed"}, Kind.CONTROL),
        ("gate", {"channel": "futures.pong", "event": "", "error": None, "result": None}, Kind.CONTROL),
        ("gate", {"channel": "", "event": "upgrade", "result": {"message": "please reconnect"}}, Kind.CONTROL),
        (
            "gate",
            {
                "channel": "futures.public_liquidates",
                "event": "subscribe",
                "error": None,
                "result": {"status": "success"},
            },
            Kind.ACCEPTED,
        ),
        (
            "gate",
            {"channel": "futures.public_liquidates", "event": "subscribe", "error": {"code": 2}, "result": None},
            Kind.REFUSED,
        ),
    ],
)
def test_responses_are_distinguished_from_events(api_id, message, kind):
    channel = next(channel for channel in CHANNELS if channel.api_id == api_id)
    assert channel.classify(message) is kind


def test_a_base_url_keeps_the_path_of_the_venue():
    base_urls = {"okx": "http://127.0.0.1:8000/okx", "bitget": "https://example.org"}
    urls = {channel.url: channel_url(channel, base_urls) for channel in CHANNELS}
    assert {url: used for url, used in urls.items() if url != used} == {
        "wss://ws.okx.com:8443/ws/v5/public": "ws://127.0.0.1:8000/okx/ws/v5/public",
        "wss://ws.bitget.com/v3/ws/public": "wss://example.org/v3/ws/public",
    }


def test_every_channel_subscribes_to_each_topic_as_documented():
    instruments = {
        "bybit": [instrument("BTCUSDT"), instrument("BTC-26DEC25", market_type="dated")],
        "okx": [instrument("BTC-USDT-SWAP"), instrument("BTC-USD-261225", market_type="dated"),
                instrument("BTC-USDT-XPERP")],
        "bitget": [instrument("BTCUSDT"), instrument("BTCPERP", settle="USDC"), instrument("BTCUSD", settle="BTC")],
        "gate": [instrument("BTC_USDT"), instrument("ETH_USDT")],
        "binance": [instrument("BTCUSDT")],
    }  # fmt: skip
    frames = {
        channel.name: [
            json.loads(channel.subscribe(topic, 1735689600))
            for topic in dict.fromkeys(channel.topic(listed) for listed in instruments[channel.venue])
        ]
        if channel.subscribe
        else None
        for channel in CHANNELS
    }
    gate = {"time": 1735689600, "channel": "futures.public_liquidates", "event": "subscribe", "payload": ["!all"]}
    bybit = [{"op": "subscribe", "args": [f"allLiquidation.{symbol}"]} for symbol in ("BTCUSDT", "BTC-26DEC25")]
    okx = [{"channel": "liquidation-orders", "instType": kind} for kind in ("SWAP", "FUTURES")]
    bitget = [{"instType": f"{kind}-futures", "topic": "liquidation"} for kind in ("usdt", "usdc", "coin")]
    assert frames == {
        "binance_um /market/ws/!forceOrder@arr": None,
        "binance_cm /market/ws/!forceOrder@arr": None,
        "bybit /v5/public/linear": bybit,
        "bybit /v5/public/inverse": bybit,
        "okx /ws/v5/public": [{"op": "subscribe", "args": [arg]} for arg in okx],
        "bitget /v3/ws/public": [{"op": "subscribe", "args": [arg]} for arg in bitget],
        "gate /v4/ws/usdt": [gate],
        "gate /v4/ws/btc": [gate],
    }
