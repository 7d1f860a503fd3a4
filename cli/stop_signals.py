"""How a command that goes on until it is stopped learns that it is."""

import signal
import threading


def stop_on_signals() -> threading.Event:
    """Return an event that Ctrl-C and SIGTERM set from now on, instead of ending the process."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
