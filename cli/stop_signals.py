"""The signals that stop a command which otherwise runs forever."""

import signal
import threading


def stop_on_signals() -> threading.Event:
    """Return an event; from now on Ctrl-C and SIGTERM set it instead of ending the process."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
