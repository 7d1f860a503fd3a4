"""The catalogue of the Binance archive: names, paths and periods of its files."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from common.errors import InputError
from ingestion.archives.binance import ArchiveRequest, plan

utc = datetime.fromisoformat

METRICS = ArchiveRequest(
    market="um",
    dataset="metrics",
    symbols=("BTCUSDT",),
    first_day=date(2023, 11, 14),
    last_day=date(2023, 11, 14),
)
KLINES = replace(METRICS, dataset="klines", interval="5m")


@pytest.mark.parametrize(
    ("request_", "path", "collector"),
    [
        (
            METRICS,
            "data/futures/um/daily/metrics/BTCUSDT/BTCUSDT-metrics-2023-11-14.zip",
            "binance_archive_um_metrics",
        ),
        (
            replace(METRICS, market="cm", symbols=("BTCUSD_PERP",)),
            "data/futures/cm/daily/metrics/BTCUSD_PERP/BTCUSD_PERP-metrics-2023-11-14.zip",
            "binance_archive_cm_metrics",
        ),
        (
            KLINES,
            "data/futures/um/daily/klines/BTCUSDT/5m/BTCUSDT-5m-2023-11-14.zip",
            "binance_archive_um_klines_5m",
        ),
        (
            replace(KLINES, dataset="markPriceKlines", interval="1h", granularity="monthly"),
            "data/futures/um/monthly/markPriceKlines/BTCUSDT/1h/BTCUSDT-1h-2023-11.zip",
            "binance_archive_um_mark_price_klines_1h",
        ),
        (
            replace(METRICS, dataset="fundingRate", granularity="monthly"),
            "data/futures/um/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2023-11.zip",
            "binance_archive_um_funding_rate",
        ),
    ],
)
def test_paths_and_collectors_are_the_archives_own(request_, path, collector):
    (file,) = plan(request_)
    assert (file.path, file.collector) == (path, collector)


def test_daily_plan_has_each_day_of_each_symbol_once_across_a_leap_day():
    request = replace(METRICS, symbols=("BTCUSDT", "ETHUSDT", "BTCUSDT"), last_day=date(2024, 3, 1))
    request = replace(request, first_day=date(2024, 2, 28))
    assert [(file.symbol, file.first_day.isoformat()) for file in plan(request)] == [
        ("BTCUSDT", "2024-02-28"),
        ("BTCUSDT", "2024-02-29"),
        ("BTCUSDT", "2024-03-01"),
        ("ETHUSDT", "2024-02-28"),
        ("ETHUSDT", "2024-02-29"),
        ("ETHUSDT", "2024-03-01"),
    ]


def test_monthly_plan_has_every_month_that_the_days_touch():
    request = replace(KLINES, granularity="monthly", first_day=date(2023, 11, 30), last_day=date(2024, 2, 1))
    files = plan(request)
    assert [file.first_day for file in files] == [
        date(2023, 11, 1),
        date(2023, 12, 1),
        date(2024, 1, 1),
        date(2024, 2, 1),
    ]
    assert files[-1].period == (utc("2024-02-01"), utc("2024-03-01"))


def test_daily_and_monthly_files_are_observations_of_one_series():
    assert plan(KLINES)[0].collector == plan(replace(KLINES, granularity="monthly"))[0].collector


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"market": "spot"}, "market is spot; give one of um, cm"),
        ({"dataset": "trades"}, "dataset is trades"),
        ({"granularity": "monthly"}, "granularity of metrics is monthly; give one of daily"),
        ({"dataset": "fundingRate"}, "granularity of fundingRate is daily; give one of monthly"),
        ({"dataset": "klines"}, "interval of klines is None; give one of 1m"),
        ({"dataset": "klines", "interval": "1mo"}, "interval of klines is 1mo"),
        ({"interval": "5m"}, "interval 5m: metrics files have no interval"),
        ({"dataset": "indexPriceKlines", "interval": "5m", "market": "cm"}, "indexPriceKlines of cm"),
        ({"first_day": date(2023, 11, 15)}, "first day 2023-11-15 is after last day 2023-11-14"),
        ({"symbols": ()}, "no symbols"),
        ({"symbols": ("btcusdt",)}, "symbol 'btcusdt': not a native symbol"),
        ({"symbols": ("../BTCUSDT",)}, "not a native symbol"),
        ({"symbols": ("ETHBTC",)}, "ETHBTC: its price is in a coin"),
    ],
)
def test_what_the_archive_does_not_have_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        replace(METRICS, **change)
