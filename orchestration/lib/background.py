"""A function that runs in a thread of its own and hands over items while it runs.

What belongs here: passing items, the result and the error from one thread to the other. What does not: their meaning.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

_CANCEL_EVERY_SECONDS = 0.1

Item = TypeVar("Item")
Result = TypeVar("Result")


class BackgroundCall(Generic[Item, Result]):
    """Calls ``function(report)`` in a thread; ``report(item)`` hands an item over from any thread.

    ``cancel()`` makes the function end early. It does nothing if there is nothing to cancel at that moment.
    """

    def __init__(self, function: Callable[[Callable[[Item], None]], Result], *, cancel: Callable[[], None]) -> None:
        """Start the thread."""
        self._items: SimpleQueue[Item | None] = SimpleQueue()
        self._outcome: Future[Result] = Future()
        self._function = function
        self._cancel = cancel
        self._thread = Thread(target=self._run, name="background call")
        self._thread.start()

    def _run(self) -> None:
        try:
            self._outcome.set_result(self._function(self._items.put))
        except BaseException as error:  # noqa: BLE001  # raised again where the result is taken
            self._outcome.set_exception(error)
        self._items.put(None)

    def items(self) -> Iterator[Item]:
        """Yield each item when it arrives, until the function has returned or failed; cancel it when interrupted."""
        try:
            while (item := self._items.get()) is not None:
                yield item
        finally:
            self._thread.join(_CANCEL_EVERY_SECONDS)
            while self._thread.is_alive():
                self._cancel()
                self._thread.join(_CANCEL_EVERY_SECONDS)

    def result(self) -> Result:
        """Wait for the function, then return its result or raise its error."""
        return self._outcome.result()
