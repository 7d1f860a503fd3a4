"""Position sizing: the articles' numbers, what holds for any numbers, and what is refused."""

import csv
import math

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.settings import PROJECT_ROOT
from warehouse.migrations import create_macros
from warehouse.publish import publish
from warehouse.query import query

prices = st.floats(min_value=1e-6, max_value=1e7)
equities = st.floats(min_value=1, max_value=1e10)
caps = st.floats(min_value=1e-4, max_value=1)
moves = st.floats(min_value=1e-4, max_value=0.9)
leverages = st.floats(min_value=0.1, max_value=150)
sides = st.sampled_from(["long", "short"])
trades = st.tuples(prices, moves, sides)
# At the largest leverage above the margin still exceeds the maintenance margin.
margins = st.floats(min_value=0, max_value=0.006)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as connection:
        create_macros(connection)
        yield connection


@pytest.fixture(scope="module")
def call(con):
    """``call("position_size(?, ?, ?)", 1, 2, 3)`` is what the macro gives."""

    def run(macro, *arguments):
        return con.execute(f"select risk.{macro}", arguments).fetchall()[0][0]

    return run


def _stop(entry, move, side):
    return entry * (1 - move) if side == "long" else entry * (1 + move)


def test_two_percent_of_the_account_is_lost_at_the_stop(call):
    # 2 % of 10,000 is 200; from 60,000 to 57,000 a coin loses 3,000.
    assert call("position_size(10000, 60000, 57000)") == pytest.approx(200 / 3000)
    assert call("position_size(10000, 60000, 63000)") == pytest.approx(200 / 3000)
    assert call("position_size(10000, 60000, 57000, risk_cap := 0.01)") == pytest.approx(100 / 3000)


def test_a_move_of_5_percent_liquidates_20x(call):
    assert call("liquidation_price(100, 20, 'long', 0)") == pytest.approx(95)
    assert call("liquidation_price(100, 20, 'short', 0)") == pytest.approx(105)
    # With maintenance margin it comes earlier: 100 x 0.95 / 0.995 and 100 x 1.05 / 1.005.
    assert call("liquidation_price(100, 20, 'long')") == pytest.approx(95.477387)
    assert call("liquidation_price(100, 20, 'short')") == pytest.approx(104.477612)


def test_a_stop_5_percent_away_allows_20x_at_most(call):
    assert call("max_leverage_for_stop(100, 95, 'long', 0)") == pytest.approx(20)
    assert call("max_leverage_for_stop(100, 105, 'short', 0)") == pytest.approx(20)
    # 1 / (1 - 0.95 x 0.995) and 1 / (1.05 x 1.005 - 1).
    assert call("max_leverage_for_stop(100, 95, 'long')") == pytest.approx(18.264840)
    assert call("max_leverage_for_stop(100, 105, 'short')") == pytest.approx(18.099548)


def test_both_readings_of_the_2_percent_cap_agree_at_20x_with_the_liquidation_as_the_stop(call):
    # 2 % of 10,000 as the margin at 20x is a notional of 4,000, which is 40 coins of 100 USD.
    assert call("position_size(10000, 100, 95)") == pytest.approx(10_000 * 0.02 * 20 / 100)


@given(equity=equities, trade=trades, cap=caps)
def test_the_loss_at_the_stop_never_exceeds_the_cap(call, equity, trade, cap):
    entry, stop = trade[0], _stop(*trade)
    size = call("position_size(?, ?, ?, ?)", equity, entry, stop, cap)
    assert size > 0
    assert size * abs(entry - stop) <= equity * cap * (1 + 1e-12)


@given(entry=prices, leverage=leverages, side=sides, margin=margins)
def test_at_liquidation_what_is_left_of_the_margin_is_the_maintenance_margin(call, entry, leverage, side, margin):
    price = call("liquidation_price(?, ?, ?, ?)", entry, leverage, side, margin)
    gain = price - entry if side == "long" else entry - price
    left = entry / leverage + gain
    if side == "long" and leverage <= 1:
        assert price == 0
    else:
        assert left == pytest.approx(margin * price, abs=entry * 1e-9 / min(leverage, 1))


@given(trade=trades, margin=margins, share=st.floats(min_value=0.01, max_value=1))
def test_up_to_the_highest_leverage_the_stop_comes_before_the_liquidation(call, trade, margin, share):
    (entry, _, side), stop = trade, _stop(*trade)
    leverage = share * call("max_leverage_for_stop(?, ?, ?, ?)", entry, stop, side, margin)
    price = call("liquidation_price(?, ?, ?, ?)", entry, leverage, side, margin)
    assert price <= stop * (1 + 1e-9) if side == "long" else price >= stop * (1 - 1e-9)


@given(trade=trades, margin=margins)
def test_beyond_the_highest_leverage_the_liquidation_comes_before_the_stop(call, trade, margin):
    (entry, _, side), stop = trade, _stop(*trade)
    leverage = 1.001 * call("max_leverage_for_stop(?, ?, ?, ?)", entry, stop, side, margin)
    price = call("liquidation_price(?, ?, ?, ?)", entry, leverage, side, margin)
    assert price > stop if side == "long" else price < stop


def test_the_default_maintenance_margin_is_that_of_the_models(call):
    with (PROJECT_ROOT / "dbt_project" / "seeds" / "threshold.csv").open() as seed:
        (value,) = [row["value"] for row in csv.DictReader(seed) if row["threshold"] == "maintenance_margin_ratio"]
    for macro in ("liquidation_price(100, 20, 'long'", "max_leverage_for_stop(100, 95, 'long'"):
        assert call(f"{macro})") == call(f"{macro}, {value})")


def test_without_leverage_no_fall_liquidates_a_long(call):
    assert call("liquidation_price(100, 1, 'long')") == 0
    assert call("liquidation_price(100, 0.5, 'long')") == 0


NULLED = [
    "position_size(null, 100, 95)",
    "position_size(10000, null, 95)",
    "position_size(10000, 100, null)",
    "position_size(10000, 100, 95, null)",
    "liquidation_price(null, 20, 'long')",
    "liquidation_price(100, null, 'long')",
    "liquidation_price(100, 20, null)",
    "liquidation_price(100, 20, 'long', null)",
    "liquidation_price(100, 20, 'short', null)",
    "liquidation_price(100, 0.5, 'long', null)",
    "max_leverage_for_stop(null, 95, 'long')",
    "max_leverage_for_stop(100, null, 'long')",
    "max_leverage_for_stop(100, 95, null)",
    "max_leverage_for_stop(100, 95, 'long', null)",
]


@pytest.mark.parametrize("macro", NULLED)
def test_what_is_unknown_gives_null(call, macro):
    assert call(macro) is None


REFUSED = {
    "position_size(0, 100, 95)": "equity_usd must be a positive number",
    "position_size('inf'::double, 100, 95)": "equity_usd must be a positive number",
    "position_size(10000, -100, 95)": "entry_price must be a positive number",
    "position_size(10000, 'nan'::double, 95)": "entry_price must be a positive number",
    "position_size(10000, 100, 0)": "stop_price must be a positive number",
    "position_size(10000, 100, 100)": "stop_price must differ from entry_price",
    "position_size(10000, 100, 95, 2)": "risk_cap must be a fraction",
    "position_size(10000, 100, 95, 0)": "risk_cap must be a fraction",
    "liquidation_price(0, 20, 'long')": "entry_price must be a positive number",
    "liquidation_price(100, 0, 'long')": "leverage must be a positive number",
    "liquidation_price(100, -5, 'short')": "leverage must be a positive number",
    "liquidation_price(100, 20, 'buy')": "side must be long or short",
    "liquidation_price(100, 20, 'long', 1)": "maintenance_margin_ratio must be a fraction",
    "liquidation_price(100, 20, 'long', -0.1)": "maintenance_margin_ratio must be a fraction",
    "liquidation_price(100, 200, 'long')": "the margin at this leverage does not exceed the maintenance margin",
    "max_leverage_for_stop(-1, 95, 'long')": "entry_price must be a positive number",
    "max_leverage_for_stop(100, 0, 'long')": "stop_price must be a positive number",
    "max_leverage_for_stop(100, 95, 'buy')": "side must be long or short",
    "max_leverage_for_stop(100, 95, 'long', 1)": "maintenance_margin_ratio must be a fraction",
    "max_leverage_for_stop(100, 100, 'long')": "stop_price of a long must be below entry_price",
    "max_leverage_for_stop(100, 105, 'long')": "stop_price of a long must be below entry_price",
    "max_leverage_for_stop(100, 100, 'short')": "stop_price of a short must be above entry_price",
    "max_leverage_for_stop(100, 95, 'short')": "stop_price of a short must be above entry_price",
}


@pytest.mark.parametrize("macro", REFUSED)
def test_what_is_wrong_is_refused(call, macro):
    with pytest.raises(duckdb.InvalidInputException, match=f"^Invalid Input Error: {macro.split('(')[0]}: .*") as error:
        call(macro)
    assert REFUSED[macro] in str(error.value)


def test_a_wrong_row_that_a_case_leaves_out_is_not_an_error(con):
    # Else one row could keep a table that guards against it from being published.
    rows = con.execute(
        "select case when entry > stop then risk.max_leverage_for_stop(entry, stop, 'long', 0) end "
        "from (values (100.0, 95.0), (100.0, 101.0)) as row (entry, stop) order by stop"
    ).fetchall()
    assert rows == [(pytest.approx(20),), (None,)]


def test_the_published_file_has_the_macros_with_their_comments(built):
    publish(built.build_file, built.published_file, run_id="run-1")
    with query(built.published_file, "select risk.position_size(10000, 100, 95)") as result:
        assert math.isclose(next(result.rows)[0], 40)
    macros = "select function_name, comment from duckdb_functions() where schema_name = 'risk' order by 1"
    with query(built.published_file, macros) as result:
        comments = dict(result.rows)
    assert list(comments) == ["liquidation_price", "max_leverage_for_stop", "position_size"]
    assert comments["position_size"].startswith("Coins to hold so that the loss")
