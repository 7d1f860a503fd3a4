"""Landing of the streams: events and covered intervals become batches.

What belongs here: rows to batches. What does not: the time of landing (collector.py), the content of a message (the
venues' modules).
"""

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa

from common.settings import SourceMode
from ingestion.api.channel import Channel
from ingestion.api.rows import Row, stream_coverage
from ingestion.landing import Batch, content_sha256, write_batch
from ingestion.records import LIQUIDATION_EVENT, STREAM_COVERAGE, Dataset
from ingestion.stream.coverage import CoveredInterval

_COVERAGE_COLLECTOR = "liquidation_stream"


class StreamLanding:
    """Writes batches of one source mode below ``landing_dir``."""

    def __init__(self, landing_dir: Path, source_mode: SourceMode) -> None:
        """Write nothing yet."""
        self._landing_dir = landing_dir
        self._source_mode = source_mode

    def event_row(self, channel: Channel, event: Row, observed_at: datetime) -> Row:
        """Return ``event``, which arrived over ``channel`` at ``observed_at``, as a complete record."""
        payload = json.dumps(event["payload"], separators=(",", ":"), ensure_ascii=False)
        common = self._common(channel.collector, channel.venue, "instrument", observed_at)
        return {**common, **event, "payload": payload}

    def land_events(self, rows: Iterable[Row], observed_at: datetime) -> None:
        """Land ``rows``, one batch for each API. Without rows it writes no batch."""
        by_collector = itemgetter("collector")
        for collector, events in groupby(sorted(rows, key=by_collector), key=by_collector):
            self._write(LIQUIDATION_EVENT, collector, list(events), observed_at)

    def land_intervals(self, intervals: Iterable[CoveredInterval], observed_at: datetime) -> None:
        """Land ``intervals`` of all APIs as one batch. Without intervals it writes no batch.

        The payload of an interval lists the instruments whose subscription the venue refused, if there are any.
        """
        rows = [
            {
                **self._common(interval.collector, interval.venue, "venue_segment", observed_at),
                **stream_coverage(
                    interval.api_id,
                    interval.covered_until,
                    json.dumps({"refused": sorted(interval.refused)}) if interval.refused else None,
                    covered_from=interval.covered_from,
                ),
            }
            for interval in intervals
        ]
        if rows:
            self._write(STREAM_COVERAGE, _COVERAGE_COLLECTOR, rows, observed_at)

    def _common(self, collector: str, venue: str, scope: str, observed_at: datetime) -> dict[str, Any]:
        return {
            "source": "exchanges",
            "source_mode": self._source_mode,
            "collector": collector,
            "scope": scope,
            "venue_native": venue,
            "label_convention": "instant",
            "interval_seconds": None,
            "observed_at": observed_at,
        }

    def _write(self, dataset: Dataset, collector: str, rows: list[Row], observed_at: datetime) -> None:
        batch = Batch(
            dataset=dataset.name,
            collector=collector,
            # One folder a day. In a single folder, the search for the newest batch would become slower every day.
            origin=f"{collector}/{observed_at:%Y-%m-%d}",
            # The rows contain their time of observation, so two batches never have equal content.
            content_sha256=content_sha256(repr(rows)),
            observed_at=observed_at,
        )
        write_batch(self._landing_dir, batch, dataset, pa.Table.from_pylist(rows, schema=dataset.schema))
