"""Waits between two attempts: the longer of the backoff of the policy and the wait that the response requested."""

from datetime import UTC, datetime

import pytest
from tenacity import Future, RetryCallState, Retrying

from common.errors import TransientError
from common.retry import RetryPolicy, is_transient_status, parse_retry_after, wait_by

POLICY = RetryPolicy(first_wait_seconds=1, longest_wait_seconds=8)


def _wait_seconds(error: Exception, attempt: int = 1) -> float:
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempt
    state.outcome = Future.construct(attempt, error, has_exception=True)
    return wait_by(POLICY)(state)


@pytest.mark.parametrize(("attempt", "longest"), [(1, 1), (2, 2), (3, 4), (4, 8), (9, 8)])
def test_waits_double_up_to_the_longest(attempt, longest):
    waits = [_wait_seconds(TransientError("down"), attempt) for _ in range(200)]
    assert 0 <= min(waits) < 0.1 * longest
    assert 0.9 * longest < max(waits) <= longest


def test_a_requested_wait_that_is_longer_is_kept():
    assert _wait_seconds(TransientError("busy", 30)) == 30
    assert _wait_seconds(TransientError("busy", 0.0)) <= 1


@pytest.mark.parametrize(
    ("header", "seconds"), [("1.5", 1.5), (" 7 ", 7), ("nan", 0), ("inf", 0), ("Sun, 01 Nov 2026 00:00:30 -0000", 30)]
)
def test_retry_after_is_read_where_it_states_a_wait(header, seconds):
    assert parse_retry_after(header, datetime(2026, 11, 1, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("status", "is_transient"),
    [
        (200, False),
        (400, False),
        (404, False),
        (408, True),
        (425, True),
        (429, True),
        (499, False),
        (500, True),
        (599, True),
    ],
)
def test_a_retry_follows_these_statuses_alone(status, is_transient):
    assert is_transient_status(status) is is_transient
