"""What a range of days asks of the archive."""

from datetime import date

import pytest

from common.errors import InputError
from orchestration.lib.archive_requests import archive_requests

FIRST_DAY, LAST_DAY = date(2024, 8, 1), date(2024, 8, 31)


def _requests(datasets, market="um"):
    return archive_requests(
        market=market,
        datasets=datasets,
        symbols=["BTCUSDT", "ETHUSDT"],
        interval="5m",
        first_day=FIRST_DAY,
        last_day=LAST_DAY,
    )


def test_one_request_a_dataset_with_the_files_that_it_has():
    found = {
        request.dataset: (request.granularity, request.interval)
        for request in _requests(["metrics", "klines", "markPriceKlines", "fundingRate"])
    }
    assert found == {
        "metrics": ("daily", None),
        "klines": ("daily", "5m"),
        "markPriceKlines": ("daily", "5m"),
        "fundingRate": ("monthly", None),
    }


def test_all_symbols_and_both_days_are_asked_for():
    [request] = _requests(["metrics"])
    assert request.symbols == ("BTCUSDT", "ETHUSDT")
    assert (request.first_day, request.last_day) == (FIRST_DAY, LAST_DAY)


@pytest.mark.parametrize(("datasets", "market"), [(["trades"], "um"), (["metrics"], "spot")])
def test_what_the_archive_does_not_have_is_refused(datasets, market):
    with pytest.raises(InputError):
        _requests(datasets, market)
