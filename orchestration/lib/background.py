"""A function that runs in a thread of its own, with what it reports taken up here as it comes.

What belongs here: passing items, the result and the error from one thread to the other. What does not: what they mean.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class BackgroundCall(Generic[Item, Result]):
    """Calls ``function(report)`` in a thread; ``report(item)`` hands an item over from any thread.

    Nothing waits for the thread when this process is interrupted: it then ends with the process, as in a crash.
    """

    def __init__(self, function: Callable[[Callable[[Item], None]], Result]) -> None:
        """Start the thread."""
        self._items: SimpleQueue[Item | None] = SimpleQueue()
        self._outcome: Future[Result] = Future()
        self._function = function
        Thread(target=self._run, name="background call", daemon=True).start()

    def _run(self) -> None:
        try:
            self._outcome.set_result(self._function(self._items.put))
        except BaseException as error:  # noqa: BLE001  # raised again where the result is taken
            self._outcome.set_exception(error)
        self._items.put(None)

    def items(self) -> Iterator[Item]:
        """Yield the items as they come, until the function has returned or failed."""
        while (item := self._items.get()) is not None:
            yield item

    def result(self) -> Result:
        """Wait for the function; return what it returned, or raise what it raised."""
        return self._outcome.result()
