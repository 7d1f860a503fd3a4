"""The simulated market as files, each in the format of a real file of its source.

What belongs here: paths, columns, units, labels and clocks of the files, and their typical defects. What does not: the
market itself (sample_market.py).
"""

import gzip
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sample_market import (
    BARS_A_DAY,
    BARS_AN_HOUR,
    AssetMarket,
    Floats,
    Market,
    VenueMarket,
    simulate,
)

Instants = NDArray[np.int64]

# A fixed day, so that the same seed writes the same bytes. From 2026-06-11 on it is unknown whether the vendor counts
# one side of Bybit or both (dbt_project/seeds/oi_methodology.csv), so the sample ends before.
END = datetime(2026, 5, 31, tzinfo=UTC)

_QUARTER = BARS_AN_HOUR // 4
_4H = 4 * BARS_AN_HOUR

# Hourly candles and settled funding: coins per contract of OKX's volume, hours between settlements.
_OKX_CONTRACT_BASE = {"BTC": 0.01, "ETH": 0.1, "BNB": 0.01}
_FUNDING_HOURS = {"binance": 8, "bybit": 8, "okx": 8, "hyperliquid": 1}
# Venues whose published open interest is the sum of both sides.
_SIDES = {"bybit": 2, "hyperliquid": 2}

# The vendor renamed a column, added a venue later and lost two rows.
_GATE_RENAMED_AFTER_ROWS = 60
_KUCOIN_FROM_ROW = 90
_LOST_ROWS = (120, 121)

_COINALYZE_ZONE = timezone(timedelta(hours=6))


def write_sample(folder: Path, *, seed: int = 7, days: int = 45) -> None:
    """Write the market of the ``days`` before 2026-05-31 below ``folder``. The same seed writes the same bytes."""
    market = simulate(seed=seed, days=days, end=END)
    for path, table in _files(market):
        _write(folder / path, table)


def _files(market: Market) -> Iterator[tuple[str, pa.Table]]:
    for name, asset in market.assets.items():
        yield from _binance_bybit_15m(market.bar_ends, f"{name}USDT", asset)
        yield from _coinalyze(market.bar_ends, f"{name}USDT", asset)
        yield from _coinglass(market.bar_ends, name, asset)
        yield f"market_cap/{name}_coingecko_daily.csv.gz", _coingecko_daily(market.bar_ends, asset)
    yield "market_cap/coingecko_snapshots_simulated.csv.gz", _coingecko_snapshots(market)
    yield "multi_venue/candles_1h.parquet", _multi_venue_candles(market)
    yield "multi_venue/funding_rates.parquet", _multi_venue_funding(market)
    yield "multi_venue/open_interest_1h_hyperliquid.parquet", _multi_venue_hyperliquid(market)


def _binance_bybit_15m(bar_ends: Instants, symbol: str, asset: AssetMarket) -> Iterator[tuple[str, pa.Table]]:
    folder = f"binance_bybit_15m/{symbol}"
    label_ms = bar_ends[_QUARTER::_QUARTER] * 1000
    binance, bybit = asset.venues["binance"], asset.venues["bybit"]
    oi, price = binance.oi_base[_QUARTER::_QUARTER], binance.price_usd[_QUARTER::_QUARTER]
    yield (
        f"{folder}_binance_oi_15m.parquet",
        pa.table({"open_time": label_ms, "oi": oi.round(3), "oi_value_usd": (oi.round(3) * price).round(4)}),
    )
    accounts = binance.long_share_ratio[_QUARTER::_QUARTER]
    shares = {"top_ls_acc": accounts + 0.03, "top_ls_pos": accounts / 2 + 0.25, "global_ls": accounts}
    yield (
        f"{folder}_binance_long_short_15m.parquet",
        pa.table({"open_time": label_ms}
            | {f"{name}_{side}": values for name, share in shares.items() for side, values in _sides(share).items()}),
    )  # fmt: skip
    buy, volume = _sum(binance.taker_buy_base, _QUARTER), _sum(binance.volume_base, _QUARTER)
    yield (
        f"{folder}_binance_taker_ratio_15m.parquet",
        pa.table({"open_time": label_ms - 900_000, "taker_buy_vol": buy.round(3),
                  "taker_sell_vol": (volume - buy).round(3), "taker_buy_sell_ratio": (buy / (volume - buy)).round(4)}),
    )  # fmt: skip
    # Settlement times of Binance are a few milliseconds late.
    for venue, jitter_ms in (("binance", 3), ("bybit", 0)):
        seconds, rate = _settlements(bar_ends, asset.venues[venue], hours=8)
        yield (
            f"{folder}_{venue}_funding.parquet",
            pa.table({"funding_time": seconds * 1000 + jitter_ms, "funding_rate": rate}),
        )
    yield (
        f"{folder}_bybit_oi_15m.parquet",
        pa.table({"open_time": label_ms, "oi": (_SIDES["bybit"] * bybit.oi_base[_QUARTER::_QUARTER]).round(3)}),
    )
    ratio = _sides(bybit.long_share_ratio[_QUARTER::_QUARTER])
    yield (
        f"{folder}_bybit_long_short_15m.parquet",
        pa.table({"open_time": label_ms, "ls_buy_ratio": ratio["long"], "ls_sell_ratio": ratio["short"],
                  "ls_ratio": ratio["ratio"]}),
    )  # fmt: skip
    candles = {f"perp_{name}": values for name, values in _candles(bybit, _QUARTER).items()}
    yield (
        f"{folder}_bybit_perp_15m.parquet",
        pa.table({"open_time": label_ms - 900_000} | candles
            | {"perp_quote_volume": candles["perp_volume"] * candles["perp_close"]}),
    )  # fmt: skip


def _coinalyze(bar_ends: Instants, symbol: str, asset: AssetMarket) -> Iterator[tuple[str, pa.Table]]:
    """Yield files without a header, with times six hours ahead of UTC, labelled by the start of the hour."""
    prefix = f"coinalyze/{symbol}_PERP.A"
    venue = asset.venues["binance"]
    starts = bar_ends[:-1:BARS_AN_HOUR]
    time = [f"{datetime.fromtimestamp(start, _COINALYZE_ZONE):%Y-%m-%d %H:%M:%S}" for start in starts]
    oi = _open_high_low_close(venue.oi_base, BARS_AN_HOUR, digits=3)
    yield f"{prefix}_open-interest-history.csv", pa.table({"time": time} | oi)
    buy = _sum(venue.taker_buy_base, BARS_AN_HOUR)
    candles = _candles(venue, BARS_AN_HOUR)
    trades = candles["volume"].astype(np.int64)
    yield (
        f"{prefix}_ohlcv-history.csv",
        pa.table({"time": time} | candles | {"buy_volume": buy, "trades": trades, "buy_trades": trades // 2}),
    )
    longs, shorts = (_sum(side, BARS_AN_HOUR) for side in (asset.long_liquidated_base, asset.short_liquidated_base))
    yield (
        f"{prefix}_liquidation-history.csv",
        pa.table({"time": time, "long": longs.round(3), "short": shorts.round(3)}),
    )
    share = _sides(venue.long_share_ratio[BARS_AN_HOUR::BARS_AN_HOUR])
    yield (
        f"{prefix}_long-short-ratio-history.csv",
        pa.table({"time": time, "ratio": share["ratio"], "long": 100 * share["long"], "short": 100 * share["short"]}),
    )


def _coinglass(bar_ends: Instants, name: str, asset: AssetMarket) -> Iterator[tuple[str, pa.Table]]:
    """Yield the published total of each venue every 4 hours, and the vendor's candles of their sum."""
    columns = {
        venue: np.round((one.oi_base * one.price_usd)[::_4H] * _SIDES.get(venue, 1) * one.venue.all_contracts_ratio)
        for venue, one in asset.venues.items()
    }
    columns["kucoin"][:_KUCOIN_FROM_ROW] = np.nan
    total = np.nansum(list(columns.values()), axis=0)
    is_old_name = np.arange(len(total)) < _GATE_RENAMED_AFTER_ROWS
    gate = columns.pop("gate")
    columns |= {"gate.io": np.where(is_old_name, gate, np.nan), "gate": np.where(is_old_name, np.nan, gate)}
    by_exchange = pa.table(
        {"timestamp": bar_ends[::_4H] * 1000, "price": asset.price_usd[::_4H].round(2)}
        | {venue.upper(): pa.array(values, from_pandas=True) for venue, values in columns.items()}
        | {"snapshot_commit": ["simulated"] * len(total)}
    )
    kept = [row for row in range(len(total)) if row not in _LOST_ROWS]
    yield f"coinglass/oi_by_exchange_4h_{name}.parquet", by_exchange.take(kept)
    yield (
        f"coinglass/oi_all_exchanges_ohlc_4h_{name}.parquet",
        pa.table({"time": bar_ends[:-1:_4H] * 1000, "open": total[:-1], "high": np.maximum(total[:-1], total[1:]),
                  "low": np.minimum(total[:-1], total[1:]), "close": total[1:]}),
    )  # fmt: skip


def _coingecko_daily(bar_ends: Instants, asset: AssetMarket) -> pa.Table:
    price = asset.price_usd[::BARS_A_DAY]
    return pa.table(
        {
            "date": [f"{_utc(at):%Y-%m-%d %H:%M:%S}+00:00" for at in bar_ends[::BARS_A_DAY]],
            "price": price,
            "market_cap": price * asset.asset.supply_base,
            "volume_24h": np.full(len(price), asset.asset.supply_base * 0.02) * price,
        }
    )


def _coingecko_snapshots(market: Market) -> pa.Table:
    """Return price and supply every 4 hours, some minutes after the hour, as a scheduled job records them."""
    at = slice(5, None, _4H)
    tables = [
        pa.table(
            {
                "timestamp": [f"{_utc(seconds):%Y-%m-%dT%H:%M:%SZ}" for seconds in market.bar_ends[at] + 103],
                "symbol": [f"{name}USDT"] * len(market.bar_ends[at]),
                "price": asset.price_usd[at],
                "market_cap": asset.price_usd[at] * asset.asset.supply_base,
                "circulating_supply": np.full(len(market.bar_ends[at]), asset.asset.supply_base),
                "total_supply": np.full(len(market.bar_ends[at]), asset.asset.supply_base),
            }
        )
        for name, asset in market.assets.items()
    ]
    return pa.concat_tables(tables)


def _multi_venue_candles(market: Market) -> pa.Table:
    tables = []
    for name, asset in market.assets.items():
        for venue in _FUNDING_HOURS:
            candles = _candles(asset.venues[venue], BARS_AN_HOUR)
            unit_base = _OKX_CONTRACT_BASE[name] if venue == "okx" else 1.0
            named = zip("ohlcv", [*list(candles.values())[:4], candles["volume"] / unit_base], strict=True)
            tables.append(_long_form(market.bar_ends[:-1:BARS_AN_HOUR], venue, name, dict(named)))
    return pa.concat_tables(tables)


def _multi_venue_funding(market: Market) -> pa.Table:
    tables = []
    for name, asset in market.assets.items():
        for venue, hours in _FUNDING_HOURS.items():
            seconds, rate = _settlements(market.bar_ends, asset.venues[venue], hours=hours)
            tables.append(_long_form(seconds, venue, name, {"funding_rate": rate}))
    return pa.concat_tables(tables)


def _multi_venue_hyperliquid(market: Market) -> pa.Table:
    tables = []
    for name, asset in market.assets.items():
        venue = asset.venues["hyperliquid"]
        oi_usd = _SIDES["hyperliquid"] * (venue.oi_base * venue.price_usd)[::BARS_AN_HOUR]
        tables.append(_long_form(market.bar_ends[::BARS_AN_HOUR], "hyperliquid", name, {"oi_usd": oi_usd}))
    return pa.concat_tables(tables)


def _long_form(seconds: Instants, venue: str, coin: str, columns: dict[str, Floats]) -> pa.Table:
    count = len(seconds)
    timestamp = pa.array(seconds * 1_000_000).cast(pa.timestamp("us", "UTC"))
    return pa.table({"timestamp": timestamp, "venue": [venue] * count, "coin": [coin] * count} | columns)


def _settlements(bar_ends: Instants, venue: VenueMarket, *, hours: int) -> tuple[Instants, Floats]:
    """Return the instants in seconds and the rates of ``hours`` of all settlements."""
    at = slice(None, None, hours * BARS_AN_HOUR)
    return bar_ends[at], (venue.funding_8h_ratio[at] * hours / 8).round(8)


def _candles(venue: VenueMarket, bars: int) -> dict[str, Floats]:
    prices = _open_high_low_close(venue.price_usd, bars, digits=2)
    return prices | {"volume": _sum(venue.volume_base, bars).round(3)}


def _open_high_low_close(levels: Floats, bars: int, *, digits: int) -> dict[str, Floats]:
    """Return the candles of a level over ``bars`` bars each. A candle opens at the close of the one before."""
    rows = np.column_stack([levels[:-1].reshape(-1, bars), levels[bars::bars]]).round(digits)
    return {"open": rows[:, 0], "high": rows.max(axis=1), "low": rows.min(axis=1), "close": rows[:, -1]}


def _sum(flow: Floats, bars: int) -> Floats:
    return np.asarray(flow.reshape(-1, bars).sum(axis=1))


def _sides(long_share: Floats) -> dict[str, Floats]:
    long = long_share.round(4)
    return {"long": long, "short": (1 - long).round(4), "ratio": (long / (1 - long)).round(4)}


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _write(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(table, path)
        return
    text = io.BytesIO()
    has_header = path.parent.name != "coinalyze"
    pa_csv.write_csv(table, text, pa_csv.WriteOptions(include_header=has_header, quoting_style="none"))
    content = text.getvalue()
    # mtime=0: a time of writing would change the bytes.
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
