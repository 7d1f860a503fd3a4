"""The liquidation collector on a real WebSocket server: its landed rows after breaks, garbage, silence and stops."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from stream_support import (
    API_IDS,
    FAST,
    bybit_message,
    collecting,
    gaps,
    instrument,
    landed,
    list_instruments,
    serving,
    until,
)

from common.errors import InputError, TransientError
from ingestion.records import LIQUIDATION_EVENT, STREAM_COVERAGE

LINEAR = "/bybit/v5/public/linear"
INVERSE = "/bybit/v5/public/inverse"
FIRST_MS = 1_767_225_600_000
MESSAGES = {
    "/binance_um/market/ws/!forceOrder@arr": {
        "e": "forceOrder",
        "E": FIRST_MS,
        "o": {"s": "BTCUSDT", "S": "SELL", "q": "2", "p": "90", "ap": "91", "l": "1", "z": "2", "T": FIRST_MS, "st": 1},
    },
    "/binance_cm/market/ws/!forceOrder@arr": {
        "e": "forceOrder",
        "E": FIRST_MS,
        "o": {
            "s": "BTCUSD_PERP", "ps": "BTCUSD", "S": "BUY", "q": "3", "p": "90", "ap": "91", "l": "3", "z": "3",
            "T": FIRST_MS, "st": 2,
        },
    },
    LINEAR: json.loads(bybit_message(FIRST_MS)),
    INVERSE: json.loads(bybit_message(FIRST_MS, symbol="BTCUSD", side="Sell", size="700")),
    "/okx/ws/v5/public": {
        "arg": {"channel": "liquidation-orders", "instType": "SWAP"},
        "data": [
            {
                "instId": "BTC-USDT-SWAP",
                "details": [
                    {"side": "sell", "posSide": "long", "sz": "4", "bkPx": "89", "ts": str(FIRST_MS)},
                    {"side": "buy", "posSide": "short", "sz": "5", "bkPx": "93", "ts": str(FIRST_MS)},
                ],
            }
        ],
    },
    "/bitget/v3/ws/public": {
        "action": "update",
        "arg": {"instType": "usdt-futures", "topic": "liquidation"},
        "data": [{"symbol": "BTCUSDT", "side": "sell", "price": "92", "amount": "600", "ts": str(FIRST_MS)}],
    },
    "/gate/v4/ws/usdt": {
        "channel": "futures.public_liquidates",
        "event": "update",
        "result": [{"contract": "BTC_USDT", "size": "6", "price": "88", "time": FIRST_MS}],
    },
    "/gate/v4/ws/btc": {
        "channel": "futures.public_liquidates",
        "event": "update",
        "result": [{"contract": "BTC_USD", "size": "-7", "price": "94", "time": FIRST_MS}],
    },
}  # fmt: skip


def events(landing_dir):
    return landed(landing_dir, "liquidation_event")


def coverage(landing_dir, api_id="bybit"):
    return [row for row in landed(landing_dir, "stream_coverage") if row["symbol"] == api_id]


def test_every_venue_is_subscribed_to_and_its_events_land(tmp_path):
    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, *API_IDS) as said:
            await until(lambda: len(said) == len(MESSAGES))
            assert all("subscribed to 1 instruments" in line for line in said)
            for path, message in MESSAGES.items():
                await (await venues.open_socket(path)).send_str(json.dumps(message))
            await until(lambda: len(events(tmp_path)) == 9)
            await until(lambda: {row["symbol"] for row in landed(tmp_path, "stream_coverage")} == set(API_IDS))

    asyncio.run(scenario())
    found = {
        (row["collector"], row["symbol"], row["position_side"], row["quantity_native"], row["native_unit"])
        for row in events(tmp_path)
    }
    assert found == {
        ("binance_um_liquidation_stream", "BTCUSDT", "long", 2.0, "base"),
        ("binance_cm_liquidation_stream", "BTCUSD_PERP", "short", 3.0, "contract"),
        ("bybit_liquidation_stream", "BTCUSDT", "long", 0.5, "base"),
        ("bybit_liquidation_stream", "BTCUSD", "short", 700.0, "usd"),
        ("okx_liquidation_stream", "BTC-USDT-SWAP", "long", 4.0, "contract"),
        ("okx_liquidation_stream", "BTC-USDT-SWAP", "short", 5.0, "contract"),
        ("bitget_liquidation_stream", "BTCUSDT", "short", 600.0, "usd"),
        ("gate_liquidation_stream", "BTC_USDT", "short", 6.0, "contract"),
        ("gate_liquidation_stream", "BTC_USD", "long", 7.0, "contract"),
    }
    assert {row["stamped_at"] for row in events(tmp_path)} == {datetime.fromisoformat("2026-01-01")}
    assert {row["source_mode"] for row in [*events(tmp_path), *landed(tmp_path, "stream_coverage")]} == {"live"}


def test_bybit_subscription_has_one_topic_per_symbol(tmp_path):
    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, "bybit"):
            await venues.open_socket(INVERSE)
            await venues.open_socket(LINEAR)
            return [(path, json.loads(data)["args"]) for path, data in venues.received if "subscribe" in data]

    assert sorted(asyncio.run(scenario())) == [
        (INVERSE, ["allLiquidation.BTCUSD"]),
        (LINEAR, ["allLiquidation.BTCUSDT"]),
    ]


def test_events_of_other_instruments_do_not_land(tmp_path):
    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, "bybit"):
            socket = await venues.open_socket(LINEAR)
            await socket.send_str(bybit_message(FIRST_MS, symbol="DOGEUSDT"))
            await socket.send_str(bybit_message(FIRST_MS))
            await until(lambda: events(tmp_path))

    asyncio.run(scenario())
    assert [row["symbol"] for row in events(tmp_path)] == ["BTCUSDT"]


def test_a_dropped_connection_is_resumed_with_a_gap(tmp_path):
    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, "bybit") as said:
            await venues.open_socket(INVERSE)
            socket = await venues.open_socket(LINEAR)
            await until(lambda: coverage(tmp_path))
            await socket.close(code=1012)
            await until(lambda: any("closed by the venue with code 1012" in line for line in said))
            socket = await venues.open_socket(LINEAR)
            await socket.send_str(bybit_message(FIRST_MS))
            await until(lambda: events(tmp_path) and gaps(tmp_path, "bybit"))

    asyncio.run(scenario())
    ((gap_begins, gap_ends),) = gaps(tmp_path, "bybit")
    assert gap_begins < gap_ends
    assert len(events(tmp_path)) == 1


def test_coverage_without_a_break_has_adjacent_rows(tmp_path):
    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, "bybit"):
            await until(lambda: len(coverage(tmp_path)) >= 4)

    asyncio.run(scenario())
    rows = coverage(tmp_path)
    assert all(row["covered_from"] < row["stamped_at"] <= row["observed_at"] for row in rows)
    assert gaps(tmp_path, "bybit") == []


@pytest.mark.parametrize(
    ("garbage", "line"),
    [
        (bybit_message(FIRST_MS)[:60], "not JSON"),
        ("\x00\x01", "not JSON"),
        ('{"topic": "something.new", "data": []}', "no documented kind"),
        (bybit_message(FIRST_MS).replace('"v"', '"size"'), "no field v"),
        (bybit_message(FIRST_MS).replace("Buy", "Both"), "expected buy or sell"),
    ],
)
def test_an_unreadable_message_is_reported_and_leaves_a_gap(tmp_path, garbage, line):
    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, "bybit") as said:
            socket = await venues.open_socket(LINEAR)
            await until(lambda: coverage(tmp_path))
            await socket.send_str(garbage)
            await until(lambda: any(line in text for text in said))
            await socket.send_str(bybit_message(FIRST_MS))
            await until(lambda: events(tmp_path) and gaps(tmp_path, "bybit"))
            assert venues.connections == 2, "the connection goes on"
            return said

    said = asyncio.run(scenario())
    assert all("\n" not in text for text in said)
    assert len(gaps(tmp_path, "bybit")) == 1


def test_an_unreadable_event_costs_no_other_event_at_any_venue(tmp_path):
    def with_a_broken_event(message):
        field = next(field for field in ("o", "data", "result") if field in message)
        event = message[field][0] if isinstance(message[field], list) else message[field]
        return {**message, field: [event, _broken(event)]}

    def _broken(event):
        if "details" in event:
            return {**event, "details": [{**event["details"][0], "sz": "none"}]}
        return {key: "none" if key in {"z", "v", "amount", "size"} else value for key, value in event.items()}

    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, *API_IDS) as said:
            await until(lambda: all(coverage(tmp_path, api_id) for api_id in API_IDS))
            for path, message in MESSAGES.items():
                await (await venues.open_socket(path)).send_str(json.dumps(with_a_broken_event(message)))
            await until(lambda: len(events(tmp_path)) == 9)
            await until(lambda: sum("unreadable events: 1 (newest: field" in line for line in said) == len(MESSAGES))
            await until(lambda: all(gaps(tmp_path, api_id) for api_id in API_IDS))
            assert venues.connections == len(MESSAGES), "the connections go on"

    asyncio.run(scenario())
    assert {row["quantity_native"] for row in events(tmp_path)} == {2, 3, 0.5, 700, 4, 5, 600, 6, 7}


def test_unreadable_events_are_counted(tmp_path):
    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, "bybit") as said:
            socket = await venues.open_socket(LINEAR)
            for number in range(3):
                await socket.send_str(bybit_message(FIRST_MS + number, size="none"))
            await socket.send_str("garbage")
            await until(lambda: any("unreadable events: 3, messages: 1 (newest: not JSON" in line for line in said))
            await socket.send_str(bybit_message(FIRST_MS, size="-1"))
            await until(lambda: any("unreadable events: 4, messages: 1 (newest: field v" in line for line in said))

    asyncio.run(scenario())


def test_garbage_before_the_response_to_a_subscription_does_not_end_the_connection(tmp_path):
    async def scenario():
        async with serving() as venues:
            venues.greetings[LINEAR] = ["garbage", bybit_message(FIRST_MS), bybit_message(FIRST_MS + 1, size="none")]
            async with collecting(venues, tmp_path, "bybit") as said:
                await until(lambda: events(tmp_path) and coverage(tmp_path))
                assert venues.connections == 2
            return said

    assert any("unreadable events: 1, messages: 1" in line for line in asyncio.run(scenario()))


# Per venue with several topics: an instrument whose topic is refused, one that goes on, and the address.
REFUSALS = {
    "bybit": ("allLiquidation.BTC-26DEC26", instrument("BTC-26DEC26", market_type="dated"), "BTCUSDT", LINEAR),
    "okx": ("FUTURES", instrument("BTC-USDT-261225", market_type="dated"), "BTC-USDT-SWAP", "/okx/ws/v5/public"),
    "bitget": ("usdc-futures", instrument("BTCPERP", settle="USDC"), "BTCUSDT", "/bitget/v3/ws/public"),
}


@pytest.mark.parametrize("venue", REFUSALS)
def test_a_refused_topic_is_named_and_the_others_go_on(tmp_path, venue):
    topic, refused, other, path = REFUSALS[venue]

    def lister(_venue):
        return {refused.symbol: refused, other: instrument(other)}

    async def scenario():
        async with serving() as venues:
            venues.refused_topics.add(topic)
            timings = replace(FAST, instruments=0.5)
            async with collecting(venues, tmp_path, venue, lister=lister, timings=timings) as said:
                await (await venues.open_socket(path)).send_str(json.dumps(MESSAGES[path]))
                await until(lambda: events(tmp_path) and coverage(tmp_path, venue))
                # The refused topic is requested again with each list of instruments.
                await until(lambda: sum(f'"{topic}"' in data for _, data in venues.received) >= 3)
                refused_until = len(coverage(tmp_path, venue))
                venues.refused_topics.clear()
                await until(lambda: any("subscribed to 2 instruments" in line for line in said))
                await until(lambda: coverage(tmp_path, venue)[-1]["payload"] is None)
                assert venues.connections == 1, "the connection goes on"
            return said, refused_until

    said, refused_until = asyncio.run(scenario())
    (line,) = [line for line in said if "refused" in line]
    assert f"subscribed to 1 instruments; the venue refused {topic}: {{" in line
    assert line.endswith("; the others go on")
    # Coverage does not claim the instrument that the venue refused.
    payloads = [row["payload"] for row in coverage(tmp_path, venue)]
    assert payloads[0] == json.dumps({"refused": [refused.symbol]})
    assert set(payloads[:refused_until]) == {payloads[0]}
    assert payloads[-1] is None


def test_a_new_instrument_that_is_refused_ends_no_connection(tmp_path):
    listed = {"BTCUSDT": instrument("BTCUSDT")}

    async def scenario():
        timings = replace(FAST, instruments=0.2)
        async with serving() as venues:
            venues.refused_topics.add("allLiquidation.BTC-26DEC26")
            async with collecting(
                venues, tmp_path, "bybit", lister=lambda _venue: dict(listed), timings=timings
            ) as said:
                socket = await venues.open_socket(LINEAR)
                listed["BTC-26DEC26"] = instrument("BTC-26DEC26", market_type="dated")
                await until(lambda: any("allLiquidation.BTC-26DEC26: {" in line for line in said))
                await socket.send_str(bybit_message(FIRST_MS))
                await until(lambda: events(tmp_path))
                await until(lambda: coverage(tmp_path)[-1]["payload"] == '{"refused": ["BTC-26DEC26"]}')
                assert venues.connections == 1

    asyncio.run(scenario())


def test_a_venue_that_answers_no_ping_has_no_coverage_and_ever_longer_waits(tmp_path):
    async def scenario():
        timings = replace(FAST, stale=0.3, longest_retry=100, first_retry=0.2)
        async with serving() as venues:
            venues.is_answering_pings = False
            async with collecting(venues, tmp_path, *API_IDS, timings=timings) as said:
                await asyncio.sleep(4)
            return said, venues.connections

    said, connections = asyncio.run(scenario())
    assert sum("not connected (no message for 0.3 s); retrying" in line for line in said) >= len(MESSAGES)
    # Attempts of 0.4 s with waits of at least 0.1, 0.2, 0.4, 0.8 and 1.6 s.
    assert len(MESSAGES) < connections <= 6 * len(MESSAGES)
    covered = [row["stamped_at"] - row["covered_from"] for row in landed(tmp_path, "stream_coverage")]
    assert sum(covered, timedelta()) < timedelta(seconds=0.1), "only the responses to the subscriptions count"


def test_liquidations_that_a_venue_replays_at_each_connection_are_the_same_events(tmp_path):
    def message(number):
        at_ms = FIRST_MS + 1000 * number
        return json.dumps(MESSAGES["/okx/ws/v5/public"]).replace(str(FIRST_MS), str(at_ms))

    async def scenario():
        async with serving() as venues:
            venues.greetings["/okx/ws/v5/public"] = [message(number) for number in range(50)]
            for run in (1, 2):
                async with collecting(venues, tmp_path, "okx"):
                    await until(lambda run=run: len(events(tmp_path)) >= 100 * run)

    asyncio.run(scenario())
    keys = {tuple(row[column] for column in LIQUIDATION_EVENT.key) for row in events(tmp_path)}
    # Two liquidations in each of 50 messages.
    assert len(keys) == 100


def test_silence_is_a_break_and_coverage_ends_at_the_last_frame(tmp_path):
    async def scenario():
        timings = replace(FAST, stale=0.4)
        async with serving() as venues, collecting(venues, tmp_path, "bybit", timings=timings) as said:
            await venues.open_socket(INVERSE)
            await venues.open_socket(LINEAR)
            await until(lambda: coverage(tmp_path))
            venues.is_answering = False
            await until(lambda: any("no message for 0.4 s" in line for line in said))
            await asyncio.sleep(0.3)
            venues.is_answering = True
            await until(lambda: gaps(tmp_path, "bybit"))

    asyncio.run(scenario())
    gap_begins, gap_ends = gaps(tmp_path, "bybit")[0]
    assert gap_ends - gap_begins >= timedelta(seconds=0.4)


def test_an_api_has_coverage_only_while_all_its_channels_are_connected(tmp_path):
    async def scenario():
        async with serving() as venues:
            venues.refused_paths.add(INVERSE)
            async with collecting(venues, tmp_path, "bybit") as said:
                socket = await venues.open_socket(LINEAR)
                await until(lambda: any("refused the subscription" in line for line in said))
                await socket.send_str(bybit_message(FIRST_MS))
                await until(lambda: events(tmp_path))
                await asyncio.sleep(3 * FAST.coverage)

    asyncio.run(scenario())
    assert len(events(tmp_path)) == 1
    assert coverage(tmp_path) == []


def test_coverage_does_not_need_a_channel_without_followed_instruments(tmp_path):
    def only_linear(_venue):
        return {"BTCUSDT": instrument("BTCUSDT")}

    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, "bybit", lister=only_linear) as said:
            await until(lambda: coverage(tmp_path))
            assert venues.connections == 1
            return said

    assert any("no followed instruments" in line for line in asyncio.run(scenario()))


@pytest.mark.parametrize("error", [TransientError("no network"), InputError("answer of another shape")])
def test_a_failed_list_of_instruments_is_retried(tmp_path, error):
    failures = [error, error]

    def fails_at_first(venue):
        if failures:
            raise failures.pop()
        return list_instruments(venue)

    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, "okx", lister=fails_at_first) as said:
            await until(lambda: coverage(tmp_path, "okx"))
            return said

    said = asyncio.run(scenario())
    assert said == [
        f"okx /ws/v5/public: not connected ({error}); retrying",
        "okx /ws/v5/public: subscribed to 1 instruments",
    ]


def test_a_new_instrument_is_subscribed_without_a_break(tmp_path):
    listed = {"BTCUSDT": instrument("BTCUSDT")}

    def lister(_venue):
        return dict(listed)

    async def scenario():
        timings = replace(FAST, instruments=0.2)
        async with serving() as venues, collecting(venues, tmp_path, "bybit", lister=lister, timings=timings):
            socket = await venues.open_socket(LINEAR)
            listed["BTC-26DEC26"] = instrument("BTC-26DEC26", market_type="dated")
            await until(lambda: any("allLiquidation.BTC-26DEC26" in data for _, data in venues.received))
            await socket.send_str(bybit_message(FIRST_MS, symbol="BTC-26DEC26"))
            await until(lambda: events(tmp_path))

    asyncio.run(scenario())
    assert [row["symbol"] for row in events(tmp_path)] == ["BTC-26DEC26"]
    assert gaps(tmp_path, "bybit") == []


def test_garbage_while_a_new_instrument_is_subscribed_leaves_it_covered(tmp_path):
    listed = {"BTCUSDT": instrument("BTCUSDT")}

    async def scenario():
        timings = replace(FAST, instruments=0.3)
        async with (
            serving() as venues,
            collecting(venues, tmp_path, "bybit", lister=lambda _venue: dict(listed), timings=timings) as said,
        ):
            await venues.open_socket(LINEAR)
            venues.greetings[LINEAR] = ["garbage"]
            listed["BTC-26DEC26"] = instrument("BTC-26DEC26", market_type="dated")
            await until(lambda: any("subscribed to 2 instruments" in line for line in said))
            venues.greetings.clear()
            covered_before = len(coverage(tmp_path))
            await until(lambda: len(coverage(tmp_path)) > covered_before + 3)

    asyncio.run(scenario())
    assert coverage(tmp_path)[-1]["payload"] is None


def test_a_failed_connection_is_retried_and_reported_once(tmp_path):
    async def scenario():
        async with serving() as venues:
            venues.base = "http://127.0.0.1:9"
            async with collecting(venues, tmp_path, "okx") as said:
                await until(lambda: said)
                await asyncio.sleep(1)
            return said

    said = asyncio.run(scenario())
    assert len(said) == 1
    assert "not connected" in said[0]
    assert list(tmp_path.iterdir()) == []


def test_the_same_message_twice_is_one_row_of_a_batch(tmp_path):
    async def scenario():
        timings = replace(FAST, flush=600)
        async with serving() as venues, collecting(venues, tmp_path, "bybit", timings=timings):
            socket = await venues.open_socket(LINEAR)
            for _ in range(2):
                await socket.send_str(bybit_message(FIRST_MS))

    asyncio.run(scenario())
    assert len(events(tmp_path)) == 1


def test_the_same_message_in_a_later_batch_has_the_same_key(tmp_path):
    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, "bybit"):
            socket = await venues.open_socket(LINEAR)
            for rows in (1, 2):
                await socket.send_str(bybit_message(FIRST_MS))
                await until(lambda rows=rows: len(events(tmp_path)) == rows)

    asyncio.run(scenario())
    assert len({tuple(row[column] for column in LIQUIDATION_EVENT.key) for row in events(tmp_path)}) == 1


def test_files_have_the_frozen_schema_and_a_quiet_market_lands_no_events(tmp_path):
    async def scenario():
        async with serving() as venues, collecting(venues, tmp_path, "bybit"):
            await until(lambda: len(coverage(tmp_path)) >= 2)

    asyncio.run(scenario())
    assert not (tmp_path / "liquidation_event").exists()
    row = coverage(tmp_path)[0]
    assert set(row) == set(STREAM_COVERAGE.schema.names)
    assert (row["collector"], row["scope"], row["venue_native"]) == (
        "bybit_liquidation_stream",
        "venue_segment",
        "bybit",
    )
