"""A call in a thread hands over its items as they come, its result and its error."""

from threading import Event

import pytest

from orchestration.lib.background import BackgroundCall


def never():
    pytest.fail("nothing was interrupted")


def test_items_come_while_the_function_runs():
    goes_on = Event()

    def work(report):
        report("first")
        assert goes_on.wait(timeout=30)
        report("second")
        return 2

    call = BackgroundCall(work, cancel=never)
    items = call.items()
    assert next(items) == "first"
    goes_on.set()
    assert list(items) == ["second"]
    assert call.result() == 2


def test_an_error_is_raised_where_the_result_is_taken():
    def work(report):
        report("only")
        raise KeyError("why")

    call = BackgroundCall(work, cancel=never)
    assert list(call.items()) == ["only"]
    with pytest.raises(KeyError, match="why"):
        call.result()


def test_it_is_cancelled_when_nobody_takes_its_items_any_more():
    cancelled = Event()

    def work(report):
        report("first")
        assert cancelled.wait(timeout=30)

    items = BackgroundCall(work, cancel=cancelled.set).items()
    next(items)
    items.close()
    assert cancelled.is_set()
