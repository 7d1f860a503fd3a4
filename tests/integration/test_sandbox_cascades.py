"""The warehouse finds the staged cascades of a simulated market, and their stabilization."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from marts_support import build_models, load_everything
from sandbox_support import Warehouse, scenery, seconds

from sandbox.market import truth
from sandbox.market.scenes import SCRIPT

pytestmark = pytest.mark.xdist_group("sandbox_cascades")

NOW = datetime.fromisoformat("2026-03-20T12:00:00")
# The threshold of a cascade needs 70 % of the month before it.
DAYS = 24
# Late enough for that history, and early enough for the horizon of 48 hours after it.
STAGED = tuple(
    replace(scene, hours_before_end=50) for scene in SCRIPT if scene.name in {"cascade_absorbed", "cascade_exhausted"}
)
# Only this venue publishes all past forced closes, by side and bar.
VENUE = "gate"
HORIZONS_HOURS = (1, 4, 24, 48)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A month of BTC and SOL at one venue, with one cascade per asset."""
    home = tmp_path_factory.mktemp("cascades")
    with scenery(NOW, days=DAYS, ahead=timedelta(hours=1), script=STAGED, retention=None) as scene:
        settings = scene.settings(home, assets=("BTC", "SOL"), venues=(VENUE,), backfill_days=DAYS)
        assert {name: report.failures for name, report in scene.tick(settings).items() if report.failures} == {}
    load_everything(settings)
    build_models(settings)
    return Warehouse(scene.market, settings.build_file)


def test_exactly_the_staged_cascades_are_found(found):
    expected = truth.cascades(found.market, [VENUE])
    rows = found.frame(
        "select asset, epoch(started_at)::bigint as started_at, epoch(cascade.event_at)::bigint as ended_at, "
        "dominant_side, short_liquidated_usd, (select sum(long_liquidated_base) from fct_liquidation as bar "
        "where bar.asset = cascade.asset and bar.timeframe = '5m' and bar.event_at > started_at "
        "and bar.event_at <= cascade.event_at) as long_liquidated_base from fct_liquidation_cascade as cascade "
        "where timeframe = '5m' and detected_by <> 'oi_drop' order by asset, started_at"
    )

    assert [(one.asset, one.short_liquidated_base) for one in expected] == [("BTC", 0), ("SOL", 0)]
    assert rows[["asset", "started_at", "ended_at"]].to_numpy().tolist() == [
        [one.asset, one.started_at, one.ended_at] for one in expected
    ]
    assert set(rows.dominant_side) == {"long"}
    assert (rows.short_liquidated_usd == 0).all()
    bitcoin, solana = rows.long_liquidated_base
    np.testing.assert_allclose(solana, expected[1].long_liquidated_base, rtol=1e-9)
    # A small part is in contracts of USD. The venue publishes their number, but not their prices.
    np.testing.assert_allclose(bitcoin, expected[0].long_liquidated_base, rtol=1e-3)


def test_the_stabilization_of_each_cascade_is_the_true_one(found):
    rows = found.frame(
        "select asset, horizon_hours, verdict, oi_before_base, oi_trough_base, oi_at_horizon_base, drawdown_ratio, "
        "stabilization_ratio, recovered_ratio from fct_post_liquidation_stabilization as what_followed "
        "join fct_liquidation_cascade as cascade using (cascade_id, asset) "
        "where cascade.timeframe = '5m' and detected_by <> 'oi_drop' order by asset, horizon_hours"
    )
    expected = [
        truth.stabilization(level.oi_base.to_numpy(), level["at"].to_numpy(), cascade, hours)
        for cascade in truth.cascades(found.market, [VENUE])
        for total in [truth.valued_open_interest(found.market, VENUE, cascade.asset, cascade.started_at)]
        for level in [total[total["at"] <= seconds(NOW)]]
        for hours in HORIZONS_HOURS
    ]

    assert rows.horizon_hours.tolist() == [one.horizon_hours for one in expected] == list(HORIZONS_HOURS) * 2
    assert rows.verdict.tolist() == [one.verdict for one in expected]
    assert rows[rows.horizon_hours == 24].verdict.tolist() == ["absorbed", "exhausted"]
    for column in rows.columns[3:]:
        np.testing.assert_allclose(rows[column], [getattr(one, column) for one in expected], rtol=1e-9)
