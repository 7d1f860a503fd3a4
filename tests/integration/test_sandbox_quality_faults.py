"""Wrong values in valid responses: the quality models report them, and the totals exclude them."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from marts_support import build_home, load_everything
from sandbox_support import Warehouse, scenery, seconds

from sandbox.faults import ContractSize, Fault, Renamed, Restated, StaleOi, ZeroOi

pytestmark = pytest.mark.xdist_group("sandbox_quality_faults")

FIRST_TICK = datetime.fromisoformat("2026-03-20T12:00:00")
FAULTY_TICK = FIRST_TICK + timedelta(minutes=10)
RESTATED_FROM = FIRST_TICK - timedelta(minutes=5)
# A venue is stale after 24 hours with the same value.
STALE_FROM = FIRST_TICK - timedelta(hours=28)
ASSETS = ("ETH", "PEPE")
VENUES = ("binance", "bybit", "gate", "hyperliquid", "okx")
FAULTS = (
    Fault(ZeroOi(), "bybit"),
    Fault(ContractSize(10), "binance_cm"),
    Fault(Renamed("1000PEPEUSDT", "1000PEPE2USDT"), "binance_um"),
    Fault(Restated(seconds(RESTATED_FROM), seconds(FIRST_TICK), 1.1), "okx"),
)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A day of five venues. One repeats its value; in the last tick each of the other four has a different fault."""
    home = tmp_path_factory.mktemp("quality_faults")
    with scenery(FIRST_TICK, days=1.5, seed=5) as scene:
        settings = scene.settings(home, assets=ASSETS, venues=VENUES, backfill_days=1.25, overlap_minutes=10)
        scene.sandbox.faults.add(Fault(StaleOi(seconds(STALE_FROM)), "gate"))
        scene.tick(settings)
        scene.now = FAULTY_TICK
        for fault in FAULTS:
            scene.sandbox.faults.add(fault)
        assert {name: report.status for name, report in scene.tick(settings).items() if report.status != "ok"} == {}
    load_everything(settings)
    # The faults do not block publishing: every data test passes.
    build_home(settings)
    return Warehouse(scene.market, settings.build_file)


def findings(found, rule, venue):
    frame = found.frame(f"select * from quality.dq_finding where rule = '{rule}' and venue = '{venue}'")
    return frame.set_index("asset").sort_index()


def facts(found, venue, where="true"):
    """The rows of a venue; ``ratio`` is their open interest divided by the true one."""
    rows = found.of_contracts(
        "fct_open_interest",
        "measured_at",
        "symbol, fact.event_at, oi_base, quality_flag, is_quarantined",
        f"fact.venue = '{venue}' and fact.event_at >= timestamp '{RESTATED_FROM}' and {where}",
    )
    return rows.assign(ratio=rows.oi_base / found.latent(rows, "oi_base"))


def test_zero_is_quarantined_and_excluded_from_totals(found):
    zeros = facts(found, "bybit", f"fact.event_at > timestamp '{FIRST_TICK}'")
    totals = found.frame(
        "select asset, venue_count from fct_market_open_interest "
        f"where timeframe = '5m' and event_at = timestamp '{FAULTY_TICK}'"
    )

    assert set(zeros.quality_flag) == {"zero"}
    assert zeros.is_quarantined.all()
    assert set(findings(found, "zero_open_interest", "bybit").index) == set(ASSETS)
    assert dict(zip(totals.asset, totals.venue_count, strict=True)) == dict.fromkeys(ASSETS, len(VENUES) - 1)


def test_a_later_zero_does_not_replace_a_sound_value(found):
    # The first tick fetched the current value and the history. The zeros came later.
    rows = facts(found, "bybit", f"fact.event_at = timestamp '{FIRST_TICK}'")

    assert rows.quality_flag.isna().all()
    np.testing.assert_allclose(rows.ratio, 1, rtol=1e-9)


def test_a_venue_that_repeats_its_value_is_reported(found):
    stale = findings(found, "stale_open_interest", "gate")

    assert list(stale.index) == list(ASSETS)
    assert (stale.row_count > 24).all()
    assert (stale.first_event_at <= STALE_FROM + timedelta(hours=2)).all()
    for venue in VENUES:
        assert venue == "gate" or findings(found, "stale_open_interest", venue).empty


def test_restated_values_are_used_and_reported(found):
    rows = facts(found, "okx")
    restated = found.frame("select * from quality.dq_restatement where venue_native = 'okx'")

    is_inside = (rows["at"] >= seconds(RESTATED_FROM)) & (rows["at"] <= seconds(FIRST_TICK))
    assert set(restated.first_event_at) == {RESTATED_FROM - timedelta(minutes=5)}
    np.testing.assert_allclose(restated.median_restatement_ratio, 1.1, rtol=1e-9)
    np.testing.assert_allclose(rows[is_inside].ratio, 1.1, rtol=1e-9)
    np.testing.assert_allclose(rows[~is_inside].ratio, 1, rtol=1e-9)
    assert set(findings(found, "restated_history", "okx").handling) == {"newest observation used"}


def test_a_contract_is_counted_by_its_size_at_that_time(found):
    specs = found.frame(
        "select contract_size, valid_from, valid_to from dim_instrument "
        "where venue = 'binance' and symbol = 'ETHUSD_PERP' order by valid_from"
    )
    rows = facts(found, "binance", f"symbol = 'ETHUSD_PERP' and fact.event_at = timestamp '{FAULTY_TICK}'")

    assert specs.contract_size.tolist() == [10, 100]
    assert specs.valid_from[1] == specs.valid_to[0] == FAULTY_TICK
    np.testing.assert_allclose(rows.ratio, 1, rtol=1e-9)
    # The venue has restated its history in new contracts, so the numbers are a tenth. The finding shows the ratio.
    restated = findings(found, "restated_history", "binance")
    np.testing.assert_allclose(restated.observed_value, 0.1, rtol=1e-9)


def test_a_renamed_symbol_continues_under_its_new_name(found):
    rows = facts(found, "binance", "fact.asset = 'PEPE'").set_index(["event_at", "symbol"]).ratio
    specs = found.frame("select distinct asset from dim_instrument where symbol = '1000PEPE2USDT'")

    assert specs.asset.tolist() == ["PEPE"]
    assert dict(rows[FAULTY_TICK]) == {"1000PEPE2USDT": pytest.approx(1, rel=1e-9)}
    assert rows[FIRST_TICK]["1000PEPEUSDT"] == pytest.approx(1, rel=1e-9)
