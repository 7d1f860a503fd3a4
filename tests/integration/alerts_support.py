"""A published file with signals, and a webhook on the loopback address whose responses a test sets."""

import json
import threading
from collections import defaultdict
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import duckdb

from common.files import replacing
from common.settings import Settings

AS_OF = datetime.fromisoformat("2025-07-01 12:00")

_SIGNAL = {
    "source": "exchanges",
    "asset": "BTC",
    "venue": None,
    "timeframe": "1h",
    "signal": "velocity_extreme",
    "event_at": AS_OF,
    "direction": "volatility",
    "strength": 2.5,
    "stop_price_usd": None,
    "evidence": '{"velocity_zscore": 2.5}',
    "parameters_version": 2,
    "escalates": None,
    "recorded_at": AS_OF + timedelta(minutes=7, seconds=30),
    "is_late": False,
}


def publish_signals(settings: Settings, *signals: dict[str, Any], source_modes: str = "live") -> None:
    """Replace the published file with one that contains ``signals``. A column that a signal omits has a usual value."""
    with replacing(settings.published_file) as path, duckdb.connect(str(path)) as con:
        con.execute(
            """
            create schema marts;
            create table marts.fct_signal_newest_version (
                signal_id varchar, source varchar, asset varchar, venue varchar, timeframe varchar, signal varchar,
                event_at timestamp, direction varchar, strength double, stop_price_usd double, evidence varchar,
                parameters_version integer, escalates varchar, recorded_at timestamp, is_late boolean
            );
            create schema reporting;
            """
        )
        con.execute(
            "create table reporting.rpt_publication as select ?::timestamp as as_of, ?::varchar as source_modes",
            [AS_OF, source_modes],
        )
        for signal in signals:
            row = {**_SIGNAL, **signal}
            con.execute(
                f"insert into marts.fct_signal_newest_version ({', '.join(row)}) values ({', '.join('?' * len(row))})",
                [*row.values()],
            )


class Webhook:
    """Responds to POSTs below ``url`` with 200, or with the next of the ``responses`` that a test sets for the path.

    ``received`` has every message by path, ``keys`` every Idempotency-Key.
    """

    def __init__(self) -> None:
        self.received: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.keys: dict[str, list[str]] = defaultdict(list)
        self.responses: dict[str, list[tuple[int, dict[str, str]]]] = defaultdict(list)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                webhook.received[self.path].append(json.loads(body))
                webhook.keys[self.path].append(self.headers["Idempotency-Key"])
                status, headers = webhook.responses[self.path].pop(0) if webhook.responses[self.path] else (200, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        return Handler
