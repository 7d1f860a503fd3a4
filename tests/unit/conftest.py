"""A small real warehouse: landed batches, a build file with core tables, made as tests ask for them."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from common.settings import Settings
from ingestion.landing import Batch, content_sha256, write_batch
from ingestion.records import DATASETS
from warehouse.connection import open_build
from warehouse.loader import load
from warehouse.migrations import migrate

at = datetime.fromisoformat

STAMPED_AT = at("2025-07-01")
OBSERVED_AT = at("2025-07-02 12:00")

_COMMON = {
    "source": "exchanges",
    "source_mode": "file",
    "scope": "instrument",
    "venue_native": "binance",
    "symbol": "BTCUSDT",
    "stamped_at": STAMPED_AT,
    "label_convention": "instant",
    "interval_seconds": 3600,
    "payload": "{}",
}
_ROWS: dict[str, dict[str, Any]] = {
    "open_interest": {"native_field": "oi", "oi_native": 1000.0, "native_unit": "base", "price_usd_native": 60_000.0},
    "candle": {
        "price_kind": "trade",
        "open_usd": 100.0,
        "high_usd": 110.0,
        "low_usd": 90.0,
        "close_usd": 105.0,
        "volume_native": 12.0,
        "native_unit": "base",
    },
    "funding_rate": {"rate_native": 0.0001, "native_unit": "fraction", "is_settled": True},
    "liquidation": {"long_native": 1.0, "short_native": 2.0, "native_unit": "usd", "coverage": "full"},
    "long_short_ratio": {
        "basis": "accounts",
        "long_native": 0.6,
        "short_native": 0.4,
        "native_unit": "fraction",
        "ratio_native": 1.5,
    },
    "instrument": {
        "symbol_native": "BTC",
        "quote": "USDT",
        "settle": "USDT",
        "market_type": "perpetual",
        "settlement": "linear",
        "contract_unit": "base",
        "contract_size": 1.0,
        "is_trading": True,
    },
    "liquidation_event": {
        "event_id": "1",
        "position_side": "long",
        "quantity_native": 1.0,
        "native_unit": "base",
        "price_usd_native": 60_000.0,
        "price_kind": "fill",
        "coverage": "full",
    },
    "stream_coverage": {"covered_from": at("2025-06-30 23:59")},
    "circulating_supply": {"scope": "asset", "symbol": "BTC", "supply_base": 19e6, "market_cap_usd": 2e12},
}


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def land(settings) -> Callable[..., Batch]:
    """``land(dataset, [{column: value}, ...])`` lands one batch; what a row does not say is sound."""

    def land_rows(
        dataset: str, rows: list[dict[str, Any]], *, origin: str = "test.csv", observed_at: datetime = OBSERVED_AT
    ) -> Batch:
        schema = DATASETS[dataset].schema
        full = [
            {
                **dict.fromkeys(schema.names),
                **_COMMON,
                "collector": "test",
                "observed_at": observed_at,
                **_ROWS[dataset],
                **row,
            }
            for row in rows
        ]
        batch = Batch(dataset, "test", origin, content_sha256(repr(full)), observed_at)
        assert write_batch(settings.landing_dir, batch, DATASETS[dataset], pa.Table.from_pylist(full, schema=schema))
        return batch

    return land_rows


@pytest.fixture
def load_all(settings) -> Callable[[], None]:
    def load_landed() -> None:
        with open_build(settings.build_file) as con:
            report = load(con, settings.landing_dir)
        assert report.failures == ()

    return load_landed


@pytest.fixture
def complete_build(settings) -> Callable[[], None]:
    """Make a core table out of raw and record a completed build, as dbt and warehouse/build.py would."""

    def build() -> None:
        with open_build(settings.build_file) as con:
            migrate(con)
            con.execute(
                """
                create schema if not exists core;
                create or replace table core.fct_open_interest as
                    select source, source_mode, venue_native as venue, symbol, stamped_at as event_at,
                        oi_native as oi_base
                    from raw.open_interest;
                comment on table core.fct_open_interest is 'One row per instrument and instant; it''s a test.';
                comment on column core.fct_open_interest.oi_base is 'Open interest, in coins.';
                create schema if not exists staging;
                create or replace view staging.stg_open_interest as from raw.open_interest;
                create schema if not exists quality;
                create or replace view quality.dq_unmapped_methodology as select 1 as n where false;
                create or replace table quality.dq_restatement as select 1 as n;
                insert into ops.build
                    select uuid()::varchar, coalesce(max(load_sequence), 0), 'sha', true, now()::timestamp,
                        now()::timestamp
                    from ops.load_batch
                """
            )

    return build


@pytest.fixture
def built(land, load_all, complete_build, settings) -> Settings:
    """Settings of a warehouse with two rows of open interest, built and not published."""
    land("open_interest", [{}, {"stamped_at": at("2025-07-01 01:00"), "oi_native": 1001.0}])
    load_all()
    complete_build()
    return settings


@pytest.fixture
def held_by_another_process() -> Callable[[Path], AbstractContextManager[None]]:
    """``with held_by_another_process(file):`` another process has the DuckDB file open read-write."""

    @contextmanager
    def hold(path: Path) -> Iterator[None]:
        script = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"
        holder = subprocess.Popen(
            [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with holder:
            holder.stdout.readline()
            yield
            holder.stdin.close()

    return hold
