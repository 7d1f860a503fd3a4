"""The sample's files: units, labels, clocks and defects, compared with the market that the files show."""

import gzip
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sample_files import END, write_sample
from sample_market import BARS_A_DAY, BARS_AN_HOUR, Market, simulate

PROJECT_ROOT = Path(__file__).resolve().parents[3]
START = END - timedelta(days=45)


@pytest.fixture(scope="module")
def market() -> Market:
    return simulate(seed=7, days=45, end=END)


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    return folder


def _instants(milliseconds: pd.Series) -> list[datetime]:
    return list(pd.to_datetime(milliseconds, unit="ms", utc=True))


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    for name, seed in (("one", 7), ("again", 7), ("other", 8)):
        write_sample(tmp_path / name, seed=seed, days=2)

    one, again, other = (_digests(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    # A gzip header has the time of writing in seconds, so two fast writes could agree by chance.
    assert (tmp_path / "one/market_cap/BTC_coingecko_daily.csv.gz").read_bytes()[4:8] == bytes(4)
    assert one.keys() == other.keys()
    assert not set(one.values()) & set(other.values())


def test_binance_labels_a_level_by_its_end_and_bybit_adds_both_sides(sample, market):
    venues = market.assets["BTC"].venues
    binance = pd.read_parquet(sample / "binance_bybit_15m/BTCUSDT_binance_oi_15m.parquet")
    bybit = pd.read_parquet(sample / "binance_bybit_15m/BTCUSDT_bybit_oi_15m.parquet")

    assert _instants(binance["open_time"])[0] == START + timedelta(minutes=15)
    assert _instants(binance["open_time"])[-1] == END
    assert binance["oi"].to_numpy() == pytest.approx(venues["binance"].oi_base[3::3], abs=0.001)
    assert bybit["oi"].to_numpy() == pytest.approx(2 * venues["bybit"].oi_base[3::3], abs=0.001)


def test_taker_volumes_and_candles_are_labelled_by_their_start(sample, market):
    venue = market.assets["ETH"].venues["binance"]
    taker = pd.read_parquet(sample / "binance_bybit_15m/ETHUSDT_binance_taker_ratio_15m.parquet")
    candles = pd.read_parquet(sample / "binance_bybit_15m/ETHUSDT_bybit_perp_15m.parquet")

    assert _instants(taker["open_time"])[0] == _instants(candles["open_time"])[0] == START
    assert taker["taker_buy_vol"][0] + taker["taker_sell_vol"][0] == pytest.approx(
        venue.volume_base[:3].sum(), abs=0.01
    )
    assert list(candles["perp_open"][1:]) == list(candles["perp_close"][:-1])
    assert (candles["perp_high"] >= candles[["perp_open", "perp_close"]].max(axis=1)).all()
    assert (candles["perp_low"] <= candles[["perp_open", "perp_close"]].min(axis=1)).all()


def test_coinalyze_is_headerless_and_six_hours_ahead(sample, market):
    prefix = sample / "coinalyze"
    oi = pd.read_csv(prefix / "BTCUSDT_PERP.A_open-interest-history.csv", header=None)
    liquidations = pd.read_csv(prefix / "BTCUSDT_PERP.A_liquidation-history.csv", header=None)

    assert oi[0][0] == "2026-04-16 06:00:00"
    assert len(oi) == 45 * 24
    assert oi[4][0] == pytest.approx(market.assets["BTC"].venues["binance"].oi_base[BARS_AN_HOUR], abs=0.001)
    longs = market.assets["BTC"].long_liquidated_base
    assert liquidations[1].sum() == pytest.approx(longs.sum(), rel=1e-5)
    # The cascade begins 96 hours before the end: 2026-05-27 00:00 UTC.
    assert liquidations[0][liquidations[1].nlargest(3).index].min() == "2026-05-27 06:00:00"


def test_coinglass_renames_a_column_adds_one_late_and_loses_two_rows(sample, market):
    table = pd.read_parquet(sample / "coinglass/oi_by_exchange_4h_BTC.parquet")
    instants = _instants(table["timestamp"])

    assert instants[0] == START
    assert instants[-1] == END
    gaps = [(instants[i], after - instants[i]) for i, after in enumerate(instants[1:])]
    assert [gap for gap in gaps if gap[1] != timedelta(hours=4)] == [
        (START + timedelta(hours=4 * 119), timedelta(hours=12))
    ]
    assert table["GATE.IO"].first_valid_index() == 0
    assert (table["GATE.IO"].isna() == table["GATE"].notna()).all()
    assert instants[table["GATE"].first_valid_index()] == START + timedelta(days=10)
    assert instants[table["KUCOIN"].first_valid_index()] == START + timedelta(days=15)
    bybit = market.assets["BTC"].venues["bybit"]
    assert table["BYBIT"][0] == pytest.approx(2 * 1.15 * bybit.oi_base[0] * bybit.price_usd[0], abs=1)


def test_coinglass_total_is_the_sum_of_its_venues(sample):
    venues = pd.read_parquet(sample / "coinglass/oi_by_exchange_4h_ETH.parquet").set_index("timestamp")
    total = pd.read_parquet(sample / "coinglass/oi_all_exchanges_ohlc_4h_ETH.parquet").set_index("time")

    reported = venues.drop(columns=["price", "snapshot_commit"]).sum(axis=1)
    # The last row opens a bar that has not ended.
    closed = reported[reported.index.isin(total.index)]
    assert len(closed) == len(reported) - 1 == 45 * 6 - 2
    assert total["open"].loc[closed.index].to_numpy() == pytest.approx(closed.to_numpy())


def test_okx_counts_volume_in_contracts_and_hyperliquid_both_sides_in_usd(sample, market):
    candles = pd.read_parquet(sample / "multi_venue/candles_1h.parquet")
    oi = pd.read_parquet(sample / "multi_venue/open_interest_1h_hyperliquid.parquet")

    okx = candles[(candles["venue"] == "okx") & (candles["coin"] == "ETH")]
    volume_base = market.assets["ETH"].venues["okx"].volume_base
    # One contract is 0.1 ETH.
    assert okx["v"].iloc[0] == pytest.approx(volume_base[:BARS_AN_HOUR].sum() / 0.1, abs=0.01)
    assert okx["timestamp"].iloc[0] == START
    bnb = market.assets["BNB"].venues["hyperliquid"]
    first = oi[oi["coin"] == "BNB"].iloc[0]
    assert first["timestamp"] == START
    assert first["oi_usd"] == pytest.approx(2 * bnb.oi_base[0] * bnb.price_usd[0])


def test_funding_is_settled_every_8_hours_and_every_hour_on_hyperliquid(sample, market):
    funding = pd.read_parquet(sample / "multi_venue/funding_rates.parquet")
    btc = funding[funding["coin"] == "BTC"].groupby("venue")

    assert {venue: len(rows) for venue, rows in btc} == {
        "binance": 45 * 3 + 1, "bybit": 45 * 3 + 1, "okx": 45 * 3 + 1, "hyperliquid": 45 * 24 + 1,
    }  # fmt: skip
    hyperliquid = btc.get_group("hyperliquid")["funding_rate"].to_numpy()
    rate_8h = market.assets["BTC"].venues["hyperliquid"].funding_8h_ratio[::BARS_AN_HOUR]
    assert hyperliquid == pytest.approx(rate_8h / 8, abs=1e-8)


def test_market_cap_is_supply_times_price_at_the_start_of_the_day(sample, market):
    with gzip.open(sample / "market_cap/BTC_coingecko_daily.csv.gz", "rt") as file:
        daily = pd.read_csv(file)

    assert daily["date"][0] == "2026-04-16 00:00:00+00:00"
    assert daily["price"].to_numpy() == pytest.approx(market.assets["BTC"].price_usd[::BARS_A_DAY])
    assert np.allclose(daily["market_cap"] / daily["price"], 19_950_000)
