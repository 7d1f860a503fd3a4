"""Archive files to records: the value, the unit and the label convention of each column. Pure.

What belongs here: one parser for each kind of file. What does not: shifting labels and converting units, which dbt does
from dated seeds. A parser keeps the labels and units of the file.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from ingestion.api.rows import Row, candle, funding_rate, long_short_ratio, open_interest
from ingestion.archives.binance.catalogue import INTERVAL_SECONDS, ArchiveFile
from ingestion.archives.binance.rows import parse_datetime, parse_epoch, read_rows
from ingestion.records import (
    CANDLE,
    FUNDING_RATE,
    LONG_SHORT_RATIO,
    OPEN_INTEREST,
    Dataset,
    LabelConvention,
    PriceKind,
    RatioBasis,
    Unit,
)

_METRICS_SECONDS = 300
_METRICS_COLUMNS = (
    "create_time",
    "symbol",
    "sum_open_interest",
    "sum_open_interest_value",
    "count_toptrader_long_short_ratio",
    "sum_toptrader_long_short_ratio",
    "count_long_short_ratio",
    "sum_taker_long_short_vol_ratio",
)
_BASIS_COLUMNS: dict[RatioBasis, str] = {
    "top_accounts": "count_toptrader_long_short_ratio",
    "top_positions": "sum_toptrader_long_short_ratio",
    "accounts": "count_long_short_ratio",
    "taker_flow": "sum_taker_long_short_vol_ratio",
}
_KLINE_COLUMNS = (
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "count",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "ignore",
)
_PRICE_COLUMNS = ("open", "high", "low", "close")
_FUNDING_COLUMNS = ("calc_time", "funding_interval_hours", "last_funding_rate")
_PRICE_KINDS: dict[str, PriceKind] = {"klines": "trade", "markPriceKlines": "mark", "indexPriceKlines": "index"}


def parse_metrics(file: ArchiveFile, content: bytes, observed_at: datetime) -> dict[str, pa.Table]:
    """Return the ``open_interest`` and ``long_short_ratio`` records of a ``metrics`` CSV.

    Open interest is in base coins (um) or contracts (cm). The value column is in USD in um only. In cm it is in coins,
    so it stays in the payload. Raises InputError as :func:`read_rows` does, and when a row is of another symbol.

    Sample::

        create_time,symbol,sum_open_interest,sum_open_interest_value,count_toptrader_long_short_ratio,...
        2026-01-01 00:05:00,BTCUSDT,80000.5,7200045000,1.52,...
    """
    source = read_rows(
        file,
        content,
        columns=_METRICS_COLUMNS,
        needed=_METRICS_COLUMNS,
        parse_time=parse_datetime,
        observed_at=observed_at,
    )
    source.refuse_others("symbol", file.symbol)
    is_linear = file.market == "um"
    payloads = source.payloads()
    values = source.numbers("sum_open_interest_value") if is_linear else source.empty()
    levels = [
        open_interest(
            file.symbol,
            stamped_at,
            payload,
            native_field="sum_open_interest",
            oi_native=oi_native,
            native_unit="base" if is_linear else "contract",
            value_usd_native=value_usd,
        )
        for stamped_at, payload, oi_native, value_usd in zip(
            source.stamped_at, payloads, source.numbers("sum_open_interest"), values, strict=True
        )
    ]
    ratios = [
        long_short_ratio(file.symbol, stamped_at, payload, basis=basis, ratio_native=ratio)
        for basis, column in _BASIS_COLUMNS.items()
        for stamped_at, payload, ratio in zip(source.stamped_at, payloads, source.numbers(column), strict=True)
    ]
    label_convention: LabelConvention = "dated" if is_linear else "start"
    return {
        dataset.name: _table(
            dataset,
            rows,
            file=file,
            observed_at=observed_at,
            label_convention=label_convention,
            interval_seconds=_METRICS_SECONDS,
        )
        for dataset, rows in ((OPEN_INTEREST, levels), (LONG_SHORT_RATIO, ratios))
    }


def parse_klines(file: ArchiveFile, content: bytes, observed_at: datetime) -> dict[str, pa.Table]:
    """Return the ``candle`` records of a klines, markPriceKlines or indexPriceKlines CSV.

    Volume is in base coins (um) or contracts (cm); the quote volume is in USD in um only. Mark and index prices have no
    volume. Raises InputError as :func:`read_rows` does.

    Sample::

        open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,...
        1767225600000,90000.1,90100.2,89900.3,90050.4,12.345,1767225899999,1111049.4,100,5.5,...
    """
    is_traded = file.dataset == "klines"
    source = read_rows(
        file,
        content,
        columns=_KLINE_COLUMNS,
        needed=(*_PRICE_COLUMNS, "volume", "quote_volume") if is_traded else _PRICE_COLUMNS,
        parse_time=parse_epoch,
        observed_at=observed_at,
    )
    is_linear = file.market == "um"
    unit: Unit = "base" if is_linear else "contract"
    rows = [
        candle(
            file.symbol,
            stamped_at,
            payload,
            prices_usd=prices_usd,
            price_kind=_PRICE_KINDS[file.dataset],
            volume_native=volume,
            native_unit=unit if is_traded else None,
            turnover_usd=turnover_usd,
        )
        for stamped_at, payload, prices_usd, volume, turnover_usd in zip(
            source.stamped_at,
            source.payloads(),
            zip(*(source.numbers(column) for column in _PRICE_COLUMNS), strict=True),
            source.numbers("volume") if is_traded else source.empty(),
            source.numbers("quote_volume") if is_traded and is_linear else source.empty(),
            strict=True,
        )
    ]
    interval_seconds = INTERVAL_SECONDS[str(file.interval)]
    table = _table(
        CANDLE, rows, file=file, observed_at=observed_at, label_convention="start", interval_seconds=interval_seconds
    )
    return {CANDLE.name: table}


def parse_funding_rate(file: ArchiveFile, content: bytes, observed_at: datetime) -> dict[str, pa.Table]:
    """Return the ``funding_rate`` records (settled, as fractions) of a ``fundingRate`` CSV.

    Raises InputError as :func:`read_rows` does.

    Sample::

        calc_time,funding_interval_hours,last_funding_rate
        1767225600000,8,0.0001
    """
    source = read_rows(
        file,
        content,
        columns=_FUNDING_COLUMNS,
        needed=_FUNDING_COLUMNS,
        parse_time=parse_epoch,
        observed_at=observed_at,
    )
    rows = [
        funding_rate(
            file.symbol, stamped_at, payload, rate_native=rate, funding_interval_hours=interval_hours, is_settled=True
        )
        for stamped_at, payload, rate, interval_hours in zip(
            source.stamped_at,
            source.payloads(),
            source.numbers("last_funding_rate"),
            source.numbers("funding_interval_hours"),
            strict=True,
        )
    ]
    table = _table(
        FUNDING_RATE, rows, file=file, observed_at=observed_at, label_convention="instant", interval_seconds=None
    )
    return {FUNDING_RATE.name: table}


@dataclass(frozen=True)
class Parser:
    """The parser of the files of one archive dataset, and the raw datasets of its rows."""

    parse: Callable[[ArchiveFile, bytes, datetime], dict[str, pa.Table]]
    datasets: tuple[Dataset, ...]


PARSERS: dict[str, Parser] = {
    "metrics": Parser(parse_metrics, (OPEN_INTEREST, LONG_SHORT_RATIO)),
    "klines": Parser(parse_klines, (CANDLE,)),
    "markPriceKlines": Parser(parse_klines, (CANDLE,)),
    "indexPriceKlines": Parser(parse_klines, (CANDLE,)),
    "fundingRate": Parser(parse_funding_rate, (FUNDING_RATE,)),
}


def _table(
    dataset: Dataset,
    rows: Iterable[Row],
    *,
    file: ArchiveFile,
    observed_at: datetime,
    label_convention: LabelConvention,
    interval_seconds: int | None,
) -> pa.Table:
    """Return ``rows`` as a table of ``dataset``, with the columns that every dataset has."""
    common = {
        "source": "exchanges",
        "source_mode": "archive",
        "collector": file.collector,
        "scope": "instrument",
        "venue_native": "binance",
        "label_convention": label_convention,
        "interval_seconds": interval_seconds,
        "observed_at": observed_at,
    }
    return pa.Table.from_pylist([{**common, **row} for row in rows], schema=dataset.schema)
