"""The data of each venue and vendor: a table read from the feeds that request it, and its page.

What belongs here: reading the feeds, and laying out ``docs/reference/capabilities.md`` (``python -m
docs.generators.capabilities``; ``--check`` only tells whether the committed page is current). What does not: the facts,
which are in the venues' modules.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from common.settings import PROJECT_ROOT
from docs.generators.page import write_or_check
from ingestion.api.feed import Feed
from ingestion.api.vendor import VendorFeed
from ingestion.vendors.coinalyze import COINALYZE
from ingestion.vendors.coingecko import COINGECKO
from ingestion.vendors.coinglass import COINGLASS
from ingestion.venues.catalogue import APIS

PAGE = Path("docs/reference/capabilities.md")

_HEAD = """# Capabilities

The tables list the data that the product requests from each API. `make docs` generates this page from the feeds in
`ingestion/venues` and `ingestion/vendors`: do not edit it.

* *depth*: how far back the venue keeps the data
* *grain*: length of a bar, or polling interval
* *page*: rows of one response
* *bulk*: whether one request returns all contracts
* *weight*: cost of a request in the venue's rate limits

Instruments come from ccxt's list of markets and land when they change.

"""


@dataclass(frozen=True)
class Capability:
    """One dataset from one endpoint. ``provider`` is the API or vendor; the other fields are columns of the page."""

    provider: str
    dataset: str
    path: str
    depth: str
    grain: str
    page: str
    weight: str
    is_bulk: bool
    evidence: str


def capabilities() -> list[Capability]:
    """Return the table, in the order of the catalogue."""
    providers: list[tuple[str, tuple[Feed | VendorFeed, ...]]] = [
        *((api.api_id, api.feeds) for api in APIS),
        *((vendor.source, vendor.feeds) for vendor in (COINGECKO, COINGLASS, COINALYZE)),
    ]
    return [row for provider, feeds in providers for feed in feeds for row in _rows(provider, feed)]


def render(rows: list[Capability]) -> str:
    """Return the page, with one table per API."""
    lines = [_HEAD.rstrip()]
    for provider in dict.fromkeys(row.provider for row in rows):
        lines += [
            f"\n## {provider}\n",
            "| dataset | endpoint | depth | grain | page | bulk | weight | evidence |",
            "|---|---|---|---|---|---|---|---|",
        ]
        lines += [_line(row) for row in rows if row.provider == provider]
    return "\n".join([*lines, ""])


def main(arguments: list[str], root: Path = PROJECT_ROOT) -> int:
    """Write the page of the project at ``root``, or with ``--check`` return 1 if it is not current."""
    return write_or_check(arguments, root / PAGE, render(capabilities()))


def _rows(provider: str, feed: Feed | VendorFeed) -> Iterator[Capability]:
    for reading in feed.readings:
        yield Capability(
            provider=provider,
            dataset=reading.dataset.name,
            path=feed.path,
            depth=_depth(feed),
            grain=_duration(timedelta(seconds=reading.interval_seconds)) if reading.interval_seconds else "each event",
            page=str(feed.page_rows) if feed.page_rows else "-",
            weight=feed.weight,
            is_bulk=feed.is_bulk if isinstance(feed, Feed) else True,
            evidence=feed.evidence,
        )


def _depth(feed: Feed | VendorFeed) -> str:
    if feed.label_spacing is None:
        return "now"
    return _duration(feed.retention) if feed.retention else "to the listing"


def _duration(span: timedelta) -> str:
    """Return ``span`` in the largest unit that divides it or fits into it twice."""
    for unit, name in ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if span % unit == timedelta(0) or span >= 2 * unit:
            return f"{span / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{span.total_seconds():.0f} s"


def _line(row: Capability) -> str:
    cells = (
        row.dataset, f"`{row.path}`", row.depth, row.grain, row.page, "yes" if row.is_bulk else "no",
        row.weight, row.evidence,
    )  # fmt: skip
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
