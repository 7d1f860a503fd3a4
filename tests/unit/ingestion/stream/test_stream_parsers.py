"""Parsers of liquidation streams: golden values by hand, recorded messages, sides and units, messages of another shape.

The messages written here are from the venues' documentation; those of ``shared_data`` were recorded.
"""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InputError
from ingestion.api.channel import Kind, read_events
from ingestion.api.rows import identified
from ingestion.records import LIQUIDATION_EVENT
from ingestion.stream.catalogue import CHANNELS

utc = datetime.fromisoformat


def parse(channel, message):
    return identified(channel.read(event) for event in channel.events(message))


PARSERS_BY_NAME = {channel.name: partial(parse, channel) for channel in CHANNELS}
parse_binance = PARSERS_BY_NAME["binance_um /market/ws/!forceOrder@arr"]
parse_bybit_linear = PARSERS_BY_NAME["bybit /v5/public/linear"]
parse_bybit_inverse = PARSERS_BY_NAME["bybit /v5/public/inverse"]
parse_okx = PARSERS_BY_NAME["okx /ws/v5/public"]
parse_bitget = PARSERS_BY_NAME["bitget /v3/ws/public"]
parse_gate = PARSERS_BY_NAME["gate /v4/ws/usdt"]


def binance(**changes):
    order = {
        "s": "BTCUSDT", "S": "SELL", "o": "LIMIT", "f": "IOC", "q": "0.020", "p": "9910", "ap": "9905.5",
        "X": "PARTIALLY_FILLED", "l": "0.004", "z": "0.014", "T": 1568014460893,
    }  # fmt: skip
    return {"e": "forceOrder", "E": 1568014460900, "o": {**order, **changes}}


def bybit(**changes):
    row = {"T": 1739502302929, "s": "ROSEUSDT", "S": "Sell", "v": "20000", "p": "0.04499"}
    return {"topic": "allLiquidation.ROSEUSDT", "type": "snapshot", "ts": 1739502303204, "data": [{**row, **changes}]}


def okx(*details):
    return {
        "arg": {"channel": "liquidation-orders", "instType": "SWAP"},
        "data": [{"details": list(details), "instId": "IOST-USDT-SWAP", "instType": "SWAP"}],
    }


def okx_detail(**changes):
    detail = {"bkLoss": "0", "bkPx": "0.007831", "posSide": "short", "side": "buy", "sz": "13", "ts": "1692266434010"}
    return {**detail, **changes}


def bitget(**changes):
    row = {"symbol": "APEUSDT", "side": "buy", "price": "0.1649", "amount": "13.70319", "ts": "1777358886549"}
    arg = {"instType": "usdt-futures", "topic": "liquidation"}
    return {"action": "update", "arg": arg, "data": [{**row, **changes}], "ts": 1777358897167}


def gate(**changes):
    row = {"price": "215.1", "size": "-124.5", "time": 1541486601123, "contract": "BTC_USDT"}
    return {
        "channel": "futures.public_liquidates",
        "event": "update",
        "time": 1541505434,
        "result": [{**row, **changes}],
    }


def stated(row):
    return {column: value for column, value in row.items() if column not in {"event_id", "payload"}}


def test_binance_golden():
    (row,) = parse_binance(binance())
    assert stated(row) == {
        "symbol": "BTCUSDT",
        "stamped_at": utc("2019-09-09 07:34:20.893"),
        "position_side": "long",
        # The filled quantity: not that of the last fill (0.004) and not that of the order (0.020).
        "quantity_native": 0.014,
        "native_unit": "base",
        "price_usd_native": 9905.5,
        "price_kind": "fill",
        "coverage": "sampled",
    }
    assert row["payload"]["q"] == "0.020"


@pytest.mark.parametrize("average", ["0", "", None])
def test_binance_has_the_price_of_the_order_before_the_first_fill(average):
    (row,) = parse_binance(binance(ap=average))
    assert (row["price_usd_native"], row["price_kind"]) == (9910.0, "order")


@pytest.mark.parametrize(
    ("changes", "unit"),
    [
        ({"st": 1}, "base"),
        ({"st": 2, "s": "BTCUSD_PERP"}, "contract"),
        ({"st": "2", "s": "BTCUSD_PERP"}, "contract"),
        ({"s": "BTCUSDT_261225"}, "base"),
        ({"s": "BTCUSD_261225"}, "contract"),
        ({"s": "ETHUSD_PERP"}, "contract"),
    ],
)
def test_binance_counts_contracts_of_coin_margined_futures(changes, unit):
    (row,) = parse_binance(binance(**changes))
    assert row["native_unit"] == unit


@pytest.mark.parametrize(("parse", "unit"), [(parse_bybit_linear, "base"), (parse_bybit_inverse, "usd")])
def test_bybit_golden(parse, unit):
    (row,) = parse(bybit())
    assert stated(row) == {
        "symbol": "ROSEUSDT",
        "stamped_at": utc("2025-02-14 03:05:02.929"),
        "position_side": "short",
        "quantity_native": 20000.0,
        "native_unit": unit,
        "price_usd_native": 0.04499,
        "price_kind": "bankruptcy",
        "coverage": "full",
    }


def test_okx_golden_with_every_detail():
    second = okx_detail(posSide="long", side="sell", sz="700", bkPx="0.0079", ts="1692266433000")
    rows = parse_okx(okx(okx_detail(), second))
    assert stated(rows[0]) == {
        "symbol": "IOST-USDT-SWAP",
        "stamped_at": utc("2023-08-17 10:00:34.010"),
        "position_side": "short",
        "quantity_native": 13.0,
        "native_unit": "contract",
        "price_usd_native": 0.007831,
        "price_kind": "bankruptcy",
        "coverage": "sampled",
    }
    assert [(row["position_side"], row["quantity_native"]) for row in rows] == [("short", 13.0), ("long", 700.0)]
    assert rows[1]["payload"] == {**second, "instId": "IOST-USDT-SWAP"}


@pytest.mark.parametrize("position", ["net", "", "long"])
def test_okx_takes_the_side_from_the_order(position):
    (row,) = parse_okx(okx(okx_detail(side="sell", posSide=position)))
    assert row["position_side"] == "long"


def test_okx_sides_that_contradict_each_other_are_refused():
    with pytest.raises(InputError, match="a sell order cannot close a short"):
        parse_okx(okx(okx_detail(side="sell", posSide="short")))


def test_bitget_golden():
    (row,) = parse_bitget(bitget())
    assert stated(row) == {
        "symbol": "APEUSDT",
        "stamped_at": utc("2026-04-28 06:48:06.549"),
        "position_side": "long",
        "quantity_native": 13.70319,
        "native_unit": "usd",
        "price_usd_native": 0.1649,
        "price_kind": "bankruptcy",
        "coverage": "sampled",
    }
    # The amount is in the quote coin: divided by the price, it is a round number of coins.
    assert round(13.70319 / 0.1649, 6) == 83.1


def test_gate_golden():
    (row,) = parse_gate(gate())
    assert stated(row) == {
        "symbol": "BTC_USDT",
        "stamped_at": utc("2018-11-06 06:43:21.123"),
        "position_side": "long",
        "quantity_native": 124.5,
        "native_unit": "contract",
        "price_usd_native": 215.1,
        "price_kind": "order",
        "coverage": "full",
    }


def test_gate_times_of_every_documented_form_are_the_same_instant():
    whole_second = utc("2018-11-06 06:43:21")
    forms = [{"time": 1541486601}, {"time": 1541486601000}, {"time": 1541486601, "time_ms": 1541486601000}]
    assert {parse_gate(gate(**form))[0]["stamped_at"] for form in forms} == {whole_second}


def test_gate_size_without_the_decimal_header_is_a_number():
    (row,) = parse_gate(gate(size=124))
    assert (row["position_side"], row["quantity_native"]) == ("short", 124.0)


SIDES = [
    # A sell order of the exchange closes a long. A position that was opened by a buy is a long.
    (parse_binance, lambda side: binance(S=side.upper()), "sell"),
    (parse_okx, lambda side: okx(okx_detail(side=side, posSide="net")), "sell"),
    (parse_bybit_linear, lambda side: bybit(S=side.title()), "buy"),
    (parse_bitget, lambda side: bitget(side=side), "buy"),
]


@pytest.mark.parametrize(("parse", "message", "side_of_long"), SIDES)
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_every_venue_states_the_side_of_the_position(parse, message, side_of_long, side):
    (row,) = parse(message(side))
    assert row["position_side"] == ("long" if side == side_of_long else "short")


PARSERS = {
    "binance": (parse_binance, lambda size, price, at: binance(z=size, ap=price, T=int(at)), 1),
    "bybit": (parse_bybit_linear, lambda size, price, at: bybit(v=size, p=price, T=int(at)), 1),
    "okx": (parse_okx, lambda size, price, at: okx(okx_detail(sz=size, bkPx=price, ts=at)), 1),
    "bitget": (parse_bitget, lambda size, price, at: bitget(amount=size, price=price, ts=at), 1),
    "gate": (parse_gate, lambda size, price, at: gate(size=f"-{size}", price=price, time=int(at)), 1),
}


@pytest.mark.parametrize("venue", PARSERS)
@given(
    size=st.decimals("0.000001", "1e9", places=6),
    price=st.decimals("0.000001", "1e6", places=6),
    at_ms=st.integers(10**12, 4 * 10**12),
)
def test_numbers_and_instants_come_through_exactly(venue, size, price, at_ms):
    parse, message, _ = PARSERS[venue]
    (row,) = parse(message(f"{size:f}", f"{price:f}", str(at_ms)))
    assert (row["quantity_native"], row["price_usd_native"]) == (float(size), float(price))
    assert row["stamped_at"] - utc("1970-01-01") == timedelta(milliseconds=at_ms)
    assert set(row) == {field.name for field in LIQUIDATION_EVENT.fields} | {"symbol", "stamped_at", "payload"}


@pytest.mark.parametrize("venue", PARSERS)
@given(first=st.integers(1, 10**6), second=st.integers(1, 10**6))
def test_the_same_message_has_the_same_identity_and_another_one_has_not(venue, first, second):
    parse, message, _ = PARSERS[venue]
    ids = [parse(message(str(size), "5", "1777358886549"))[0]["event_id"] for size in (first, first, second)]
    assert ids[0] == ids[1]
    assert (ids[1] == ids[2]) == (first == second)


def test_two_equal_closes_in_one_message_are_two_events():
    message = okx(okx_detail(), okx_detail())
    ids = [row["event_id"] for row in parse_okx(message)]
    assert len(set(ids)) == 2
    assert ids == [row["event_id"] for row in parse_okx(message)]


@pytest.mark.parametrize(
    ("parse", "message", "line"),
    [
        (parse_binance, binance(S="BOTH"), "field S holds 'BOTH'; expected buy or sell"),
        (parse_binance, binance(z=""), "field z holds ''; expected a quantity"),
        (parse_binance, binance(z="-1"), "field z holds '-1'; expected a quantity"),
        (parse_binance, binance(st=3), "field st holds 3; expected 1 or 2"),
        (parse_binance, binance(T="soon"), "field T holds 'soon'"),
        (parse_binance, {"e": "forceOrder"}, "no field o in"),
        (parse_bybit_linear, bybit(v=True), "field v holds True"),
        (parse_bybit_linear, {"topic": "allLiquidation.X", "data": "none"}, "expected a list at data"),
        (parse_okx, okx("text"), "no field instId in 'text'"),
        (parse_okx, {"data": [{"details": [okx_detail()]}]}, "no field instId"),
        (parse_okx, {"data": [{"instId": "BTC-USDT-SWAP", "details": None}]}, "no field ts"),
        (parse_bitget, bitget(price="nan"), "field price holds 'nan'; expected a number"),
        (parse_gate, gate(size="0"), "field size holds '0'; expected a size with a sign"),
        (parse_gate, gate(time=None), "field time is empty"),
    ],
)
def test_a_message_of_another_shape_is_an_error_that_names_the_field(parse, message, line):
    with pytest.raises(InputError, match=line) as caught:
        parse(message)
    assert "\n" not in str(caught.value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)
MESSAGES = {
    "binance_um": binance(),
    "binance_cm": binance(),
    "bybit": bybit(),
    "okx": okx(okx_detail()),
    "bitget": bitget(),
    "gate": gate(),
}


RECEIVED_AT = utc("2026-06-01")


class EverySymbol(list):
    """Contains every symbol."""

    def __contains__(self, _symbol):
        return True


EVERY_SYMBOL = EverySymbol()


def is_possible(row):
    """Whether the raw checks accept the row. They block the publication of all rows because of one that they refuse."""
    price = row["price_usd_native"]
    is_in_time = utc("2015-01-01") <= row["stamped_at"] <= RECEIVED_AT + timedelta(days=1)
    return row["quantity_native"] > 0 and (price is None or price > 0) and is_in_time


@st.composite
def broken_messages(draw, message):
    """A documented message with one changed value at any place."""
    value, keys = message, []
    while isinstance(value, (dict, list)) and value and (not keys or draw(st.booleans())):
        keys.append(draw(st.sampled_from(list(value) if isinstance(value, dict) else range(len(value)))))
        value = value[keys[-1]]
    copy = json.loads(json.dumps(message))
    place = copy
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = draw(JSON_VALUES)
    return copy


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
@given(data=st.data())
def test_any_json_is_events_or_a_clear_error(channel, data):
    message = data.draw(JSON_VALUES | broken_messages(MESSAGES[channel.api_id]))
    with suppress(InputError):
        is_events = channel.classify(message) is Kind.EVENTS
        rows, _ = read_events(channel, message, EVERY_SYMBOL, RECEIVED_AT) if is_events else ([], [])
        assert all(is_possible(row) for row in rows)


SEVERAL = {
    "binance_um": ("o", binance(T=1767225600000)["o"]),
    "binance_cm": ("o", binance(T=1767225600000, s="BTCUSD_PERP")["o"]),
    "bybit": ("data", bybit(T=1767225600000)["data"][0]),
    "okx": ("data", okx(okx_detail(ts="1767225600000"))["data"][0]),
    "bitget": ("data", bitget(ts="1767225600000")["data"][0]),
    "gate": ("result", gate(time=1767225600000)["result"][0]),
}
MISSING = object()
GARBAGE = [MISSING, None, "", "garbage", "NaN", "0", "-1", 0, -7, 1.5, True, [], {}, [1], {"a": 1}, 10**30, "1e400"]


def message_of(channel, *events):
    """A message of the channel with ``events``."""
    field, _ = SEVERAL[channel.api_id]
    return {**MESSAGES[channel.api_id], field: list(events)}


def places_of(value, keys=()):
    """The keys to every value of an event that is no collection, and to the collections."""
    yield keys
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places_of(child, (*keys, key))


def with_garbage(event, keys, garbage):
    if not keys:
        return None if garbage is MISSING else garbage
    copy = json.loads(json.dumps(event))
    place = copy
    for key in keys[:-1]:
        place = place[key]
    if garbage is MISSING:
        del place[keys[-1]]
    else:
        place[keys[-1]] = garbage
    return copy


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda garbage: "missing" if garbage is MISSING else repr(garbage))
@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_an_unreadable_event_costs_no_other_event_of_its_message(channel, garbage):
    _, event = SEVERAL[channel.api_id]
    first, last = (
        json.loads(json.dumps(event).replace("1767225600", second)) for second in ("1767225601", "1767225602")
    )
    (followed,) = {row["symbol"] for row in parse(channel, message_of(channel, first))}
    whole, _ = read_events(channel, message_of(channel, first, last), {followed}, RECEIVED_AT)
    assert [row["stamped_at"] for row in whole] == [utc("2026-01-01 00:00:01"), utc("2026-01-01 00:00:02")]
    refusals = 0
    for keys in places_of(event):
        message = message_of(channel, first, with_garbage(event, keys, garbage), last)
        rows, errors = read_events(channel, message, {followed}, RECEIVED_AT)
        (third,) = [row for row in rows if row not in whole] or [None]
        assert [row for row in rows if row != third] == whole, keys
        assert third is None or is_possible(third), keys
        assert len(errors) + (third is not None) <= 1, keys
        refusals += len(errors)
    assert refusals, "no place of the event was read"


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_one_event_as_an_object_is_the_same_as_a_list_of_one(channel):
    field, event = SEVERAL[channel.api_id]
    as_object = {**MESSAGES[channel.api_id], field: event}
    assert channel.classify(as_object) is Kind.EVENTS
    assert parse(channel, as_object) == parse(channel, message_of(channel, event)) != []


@pytest.mark.parametrize("unit", ["1767225600", "1767225600000", "1767225600000000", "1767225600000000000"])
@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_an_instant_in_another_unit_is_the_same_instant(channel, unit):
    _, event = SEVERAL[channel.api_id]
    message = json.loads(json.dumps(message_of(channel, event)).replace("1767225600000", unit))
    assert [row["stamped_at"] for row in parse(channel, message)] == [utc("2026-01-01")]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"v": "0"}, "the quantity is 0.0; expected a number above 0"),
        ({"p": "-1"}, "the price is -1.0; expected a number above 0"),
        ({"T": 1}, "the time is 1970-01-01 00:00:00.001000; expected 2015 or later, and at most a day after its"),
        ({"T": 1780444800000}, "the time is 2026-06-03 00:00:00; expected"),
    ],
)
def test_a_value_that_the_raw_checks_refuse_is_unreadable(changes, line):
    channel = next(channel for channel in CHANNELS if channel.api_id == "bybit")
    rows, (error,) = read_events(channel, bybit(**changes), {"ROSEUSDT"}, RECEIVED_AT)
    assert rows == []
    assert line in str(error)


def test_an_unreadable_event_of_another_instrument_is_no_error():
    channel = next(channel for channel in CHANNELS if channel.api_id == "binance_um")
    assert read_events(channel, binance(st=3), {"ETHUSDT"}, RECEIVED_AT) == ([], [])


def recorded(shared_data, name):
    path = shared_data / "exchange_fixtures/raw_ws_messages" / f"{name}.json"
    return json.loads(path.read_text())["messages"]


def test_recorded_binance_orders(shared_data):
    (linear,) = [
        message["data"] for message in recorded(shared_data, "binance_futures") if "force" in message["stream"]
    ]
    (inverse,) = [m["data"] for m in recorded(shared_data, "binance_delivery") if "force" in m["stream"]]
    (row,) = parse_binance(linear)
    assert (row["symbol"], row["position_side"], row["quantity_native"]) == ("BTCUSDT", "short", 0.014)
    assert (row["price_usd_native"], row["native_unit"]) == (4706.04, "base")
    (row,) = parse_binance(inverse)
    assert (row["symbol"], row["position_side"], row["quantity_native"]) == ("BTCUSD_200925", "long", 3.0)
    assert (row["price_usd_native"], row["native_unit"]) == (9352.7, "contract")


def test_recorded_bybit_message_that_came_twice_is_one_event(shared_data):
    messages = [m for m in recorded(shared_data, "bybit") if m["topic"].startswith("allLiquidation.")]
    first, second = (parse_bybit_linear(message) for message in messages)
    assert first == second
    (row,) = first
    assert stated(row) == {
        "symbol": "PIPPINUSDT",
        "stamped_at": utc("2025-02-25 10:43:27.110"),
        "position_side": "short",
        "quantity_native": 2846.0,
        "native_unit": "base",
        "price_usd_native": 0.02456,
        "price_kind": "bankruptcy",
        "coverage": "full",
    }


def test_recorded_bitget_message(shared_data):
    (message,) = [m for m in recorded(shared_data, "bitget_futures_v3") if m["arg"]["topic"] == "liquidation"]
    rows = parse_bitget(message)
    assert [(row["symbol"], row["position_side"], row["quantity_native"]) for row in rows] == [
        ("APEUSDT", "long", 13.70319),
        ("IPUSDT", "long", 143.330431857868),
    ]
