"""Transient errors are tried again with growing pauses, permanent ones never, all others pass as they are."""

import pytest
from dagster import Failure, RetryRequested

from common.errors import InputError, OiwError, TransientError, WarehouseError
from orchestration.lib.failures import as_dagster_failures


@pytest.mark.parametrize(("retry_number", "seconds"), [(0, 5), (1, 10), (2, 20), (3, 40)])
def test_transient_errors_ask_for_a_retry(retry_number, seconds):
    with pytest.raises(RetryRequested) as caught, as_dagster_failures(retry_number):
        raise TransientError("HTTP 503 from the site")
    assert caught.value.seconds_to_wait == seconds
    assert caught.value.max_retries == 4


@pytest.mark.parametrize("error", [InputError, WarehouseError, OiwError])
def test_permanent_errors_fail_at_once_in_their_own_words(error):
    with pytest.raises(Failure) as caught, as_dagster_failures(0):
        raise error("what happened, where, what to do")
    assert caught.value.description == "what happened, where, what to do"
    assert not caught.value.allow_retries


def test_other_errors_are_left_alone():
    with pytest.raises(ZeroDivisionError), as_dagster_failures(0):
        raise ZeroDivisionError
