"""Archive files to records: which column is which value, in which unit, with which label convention. Pure.

What belongs here: one parser a kind of file. What does not: shifting labels or converting units, which dbt does from
dated seeds; a parser writes down what the file says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from ingestion.archives.binance.catalogue import INTERVAL_SECONDS, ArchiveFile
from ingestion.archives.binance.rows import SourceRows, parse_datetime, parse_epoch, read_rows
from ingestion.records import CANDLE, FUNDING_RATE, LONG_SHORT_RATIO, OPEN_INTEREST, Dataset

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
_BASIS_COLUMNS = {
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
_PRICE_KINDS = {"klines": "trade", "markPriceKlines": "mark", "indexPriceKlines": "index"}


def parse_metrics(file: ArchiveFile, content: bytes, observed_at: datetime) -> dict[str, pa.Table]:
    """Return the ``open_interest`` and ``long_short_ratio`` records of a ``metrics`` CSV.

    Open interest is in base coins (um) or contracts (cm). The value column is USD in um only; in cm it is coins and
    stays in the payload. Raises InputError as :func:`read_rows` does, and when a row is of another symbol.
    """
    rows = read_rows(
        file,
        content,
        columns=_METRICS_COLUMNS,
        needed=_METRICS_COLUMNS,
        parse_time=parse_datetime,
        observed_at=observed_at,
    )
    rows.refuse_others("symbol", file.symbol)
    linear = file.market == "um"
    common = _common(
        file, observed_at, rows, label_convention="dated" if linear else "start", interval_seconds=_METRICS_SECONDS
    )
    open_interest = _table(
        OPEN_INTEREST,
        rows,
        common,
        native_field="sum_open_interest",
        oi_native=rows.numbers("sum_open_interest"),
        native_unit="base" if linear else "contract",
        value_usd_native=rows.numbers("sum_open_interest_value") if linear else None,
    )
    ratios = [
        _table(LONG_SHORT_RATIO, rows, common, basis=basis, native_unit="fraction", ratio_native=rows.numbers(column))
        for basis, column in _BASIS_COLUMNS.items()
    ]
    return {OPEN_INTEREST.name: open_interest, LONG_SHORT_RATIO.name: pa.concat_tables(ratios)}


def parse_klines(file: ArchiveFile, content: bytes, observed_at: datetime) -> dict[str, pa.Table]:
    """Return the ``candle`` records of a klines, markPriceKlines or indexPriceKlines CSV.

    Volume is in base coins (um) or contracts (cm); the quote volume is USD in um only. Mark and index prices have no
    volume. Raises InputError as :func:`read_rows` does.
    """
    traded = file.dataset == "klines"
    rows = read_rows(
        file,
        content,
        columns=_KLINE_COLUMNS,
        needed=(*_PRICE_COLUMNS, "volume", "quote_volume") if traded else _PRICE_COLUMNS,
        parse_time=parse_epoch,
        observed_at=observed_at,
    )
    linear = file.market == "um"
    common = _common(
        file, observed_at, rows, label_convention="start", interval_seconds=INTERVAL_SECONDS[str(file.interval)]
    )
    volume_unit = "base" if linear else "contract"
    table = _table(
        CANDLE,
        rows,
        common,
        price_kind=_PRICE_KINDS[file.dataset],
        **{f"{price}_usd": rows.numbers(price) for price in _PRICE_COLUMNS},
        volume_native=rows.numbers("volume") if traded else None,
        native_unit=volume_unit if traded else None,
        turnover_usd=rows.numbers("quote_volume") if traded and linear else None,
    )
    return {CANDLE.name: table}


def parse_funding_rate(file: ArchiveFile, content: bytes, observed_at: datetime) -> dict[str, pa.Table]:
    """Return the ``funding_rate`` records (settled, as fractions) of a ``fundingRate`` CSV.

    Raises InputError as :func:`read_rows` does.
    """
    rows = read_rows(
        file,
        content,
        columns=_FUNDING_COLUMNS,
        needed=_FUNDING_COLUMNS,
        parse_time=parse_epoch,
        observed_at=observed_at,
    )
    table = _table(
        FUNDING_RATE,
        rows,
        _common(file, observed_at, rows, label_convention="instant", interval_seconds=None),
        rate_native=rows.numbers("last_funding_rate"),
        native_unit="fraction",
        funding_interval_hours=rows.numbers("funding_interval_hours"),
        is_settled=True,
    )
    return {FUNDING_RATE.name: table}


@dataclass(frozen=True)
class Parser:
    """How files of one archive dataset are read, and which raw datasets come out."""

    parse: Callable[[ArchiveFile, bytes, datetime], dict[str, pa.Table]]
    datasets: tuple[Dataset, ...]


PARSERS: dict[str, Parser] = {
    "metrics": Parser(parse_metrics, (OPEN_INTEREST, LONG_SHORT_RATIO)),
    "klines": Parser(parse_klines, (CANDLE,)),
    "markPriceKlines": Parser(parse_klines, (CANDLE,)),
    "indexPriceKlines": Parser(parse_klines, (CANDLE,)),
    "fundingRate": Parser(parse_funding_rate, (FUNDING_RATE,)),
}


def _common(
    file: ArchiveFile, observed_at: datetime, rows: SourceRows, *, label_convention: str, interval_seconds: int | None
) -> dict[str, object]:
    """Return the columns that every dataset has; a list is one value a row, anything else is the same in all rows."""
    return {
        "source": "exchanges",
        "source_mode": "archive",
        "collector": file.collector,
        "scope": "instrument",
        "venue_native": "binance",
        "symbol": file.symbol,
        "stamped_at": rows.stamped_at,
        "label_convention": label_convention,
        "interval_seconds": interval_seconds,
        "observed_at": observed_at,
        "payload": rows.payloads(),
    }


def _table(dataset: Dataset, rows: SourceRows, common: dict[str, object], **values: object) -> pa.Table:
    """Return the records as a table of ``dataset``; a column that is not given is NULL."""
    given = common | values
    columns = []
    for field in dataset.schema:
        value = given.get(field.name)
        columns.append(pa.array(value if isinstance(value, list) else [value] * len(rows.lines), field.type))
    return pa.table(columns, schema=dataset.schema)
