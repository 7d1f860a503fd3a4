"""The protocol of channels: kinds of messages, addresses below a base URL, frames that subscribe."""

import json

import pytest

from ingestion.api.channel import Kind, channel_url
from ingestion.stream.catalogue import CHANNELS


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
        ("gate", {"channel": "futures.pong", "event": "", "error": None, "result": None}, Kind.CONTROL),
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


def test_every_channel_subscribes_as_documented():
    frames = {
        channel.name: [json.loads(frame) for frame in channel.subscribe(["BTCUSD", "ETHUSD"], 1735689600)]
        for channel in CHANNELS
    }
    gate = {"time": 1735689600, "channel": "futures.public_liquidates", "event": "subscribe", "payload": ["!all"]}
    bybit = {"op": "subscribe", "args": ["allLiquidation.BTCUSD", "allLiquidation.ETHUSD"]}
    okx = [{"channel": "liquidation-orders", "instType": kind} for kind in ("SWAP", "FUTURES")]
    bitget = [{"instType": f"{kind}-futures", "topic": "liquidation"} for kind in ("usdt", "usdc", "coin")]
    assert frames == {
        "binance_um /market/ws/!forceOrder@arr": [],
        "binance_cm /market/ws/!forceOrder@arr": [],
        "bybit /v5/public/linear": [bybit],
        "bybit /v5/public/inverse": [bybit],
        "okx /ws/v5/public": [{"op": "subscribe", "args": okx}],
        "bitget /v3/ws/public": [{"op": "subscribe", "args": bitget}],
        "gate /v4/ws/usdt": [gate],
        "gate /v4/ws/btc": [gate],
    }
