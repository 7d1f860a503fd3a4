"""The summary that the demo prints at its end: the market, its venues, the findings, and what to look at next.

What belongs here: a few queries on the published file and the layout of their results. What does not: running the
pipeline (demo.py), or computing numbers, which are all in the file.
"""

from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Ask = Callable[[str], list[dict[str, Any]]]

_MARKET = """
select
    source, asset, timeframe, event_at, is_ended, venue_count, oi_top5_usd, top5_venue_count, oi_growth_24h_ratio,
    price_growth_24h_ratio, quadrant_24h, velocity_zscore, last_cascade_event_at, last_cascade_24h_verdict
from reporting.rpt_market_latest
where timeframe in ('1h', '4h')
qualify row_number() over (partition by source, asset order by timeframe) = 1
order by source, asset
"""
_SHARES = """
select asset, venue, oi_usd, oi_share_ratio, oi_share_change_24h_ratio
from marts.fct_venue_share
where source = 'exchanges' and timeframe = '1h'
    and event_at = (select max(event_at) from marts.fct_venue_share where source = 'exchanges' and timeframe = '1h')
order by asset, oi_share_ratio desc
"""
_FINDINGS = """
select severity, rule, handling, count(*) as finding_count
from quality.dq_finding
group by severity, rule, handling
order by severity, rule, handling
"""
_PUBLICATION = "select as_of, source_modes from reporting.rpt_publication"


def print_summary(console: Console, ask: Ask, home: Path) -> None:
    """Print the summary.

    ``ask`` returns the rows of a query on the published file. ``home`` is the demo's folder, as the user typed it.
    """
    publication = ask(_PUBLICATION)[0]
    console.print(
        f"\n[bold]All blocking checks passed. The published file has data up to {_instant(publication['as_of'])} UTC. "
        f"Every row is labelled '{publication['source_modes']}'.[/bold]\n"
        "[dim]Simulated exchanges on this machine sent the data. It shows no real market.[/dim]\n"
    )
    for table in (
        _market_table(ask(_MARKET)),
        _shares_table(ask(_SHARES)),
        _findings_table(ask(_FINDINGS)),
        _next_steps(home),
    ):
        console.print(table, "")


def _market_table(rows: list[dict[str, Any]]) -> Table:
    table = _table(
        "Market at the newest bar of each source",
        caption=(
            "top5: those of the five largest venues that report, and how many they are.\n"
            "OI, price: growth over 24 h, of OI in contracts. OI z: velocity z-score.\n"
            "Last cascade: its day, and its verdict after 24 h.\n"
            "Sources show the same contracts: never add two sources."
        ),
    )
    table.add_column("asset")
    for heading in ("venues", "top5 $bn", "OI", "price", "OI z"):
        table.add_column(heading, justify="right")
    for heading in ("quadrant", "last cascade"):
        table.add_column(heading)
    for source in dict.fromkeys(row["source"] for row in rows):
        table.add_row(f"[bold]{source}[/bold]")
        for row in rows:
            if row["source"] == source:
                table.add_row(*_market_cells(row))
    return table


def _market_cells(row: dict[str, Any]) -> tuple[str, ...]:
    cascade_at, verdict = row["last_cascade_event_at"], row["last_cascade_24h_verdict"]
    return (
        f"  {row['asset']} {row['timeframe']}{' ended ' + _instant(row['event_at']) if row['is_ended'] else ''}",
        str(row["venue_count"]),
        _top5(row),
        _number(row["oi_growth_24h_ratio"], "+.1%"),
        _number(row["price_growth_24h_ratio"], "+.1%"),
        _number(row["velocity_zscore"], "+.1f"),
        row["quadrant_24h"] or "-",
        f"{_instant(cascade_at)[5:10]} {verdict}" if cascade_at else "-",
    )


def _top5(row: dict[str, Any]) -> str:
    billions = _number(row["oi_top5_usd"], ".2f", scale=1e-9)
    return billions if row["oi_top5_usd"] is None else f"{billions} ({row['top5_venue_count']})"


def _shares_table(rows: list[dict[str, Any]]) -> Table:
    table = _table("Venue shares at the last full hour (24 h change in points)")
    assets = dict.fromkeys(row["asset"] for row in rows)
    columns = [[_share(row) for row in rows if row["asset"] == asset][:5] for asset in assets]
    for asset in assets:
        table.add_column(asset)
    for cells in zip_longest(*columns, fillvalue=""):
        table.add_row(*cells)
    return table


def _share(row: dict[str, Any]) -> str:
    change = _number(row["oi_share_change_24h_ratio"], "+.2f", scale=100)
    return f"{row['venue']} {_number(row['oi_share_ratio'], '.0%')} ({change})"


def _findings_table(rows: list[dict[str, Any]]) -> Table:
    table = _table("Findings of the quality rules" if rows else "The quality rules have no findings")
    table.show_header = bool(rows)
    for heading in ("severity", "rule", "handling", "findings"):
        table.add_column(heading)
    for row in rows:
        table.add_row(row["severity"], row["rule"], row["handling"], str(row["finding_count"]))
    return table


def _next_steps(home: Path) -> Table:
    table = _table("What to look at next")
    table.show_header = False
    for command, meaning in (
        ("source .venv/bin/activate", "put oiw on the path"),
        (f"export OIW_HOME={home}", "use the demo's data below"),
        ("oiw status", "show rows, range and freshness"),
        ("oiw sql 'from core.dim_venue'", "run any query, read-only"),
        ("oiw sql - < warehouse/queries/findings.sql", "run a query of the library"),
        ("make dev", "open the graph of all steps"),
        ("docs/tutorial.md", "continue with the tutorial"),
        ("docs/metrics/README.md", "read what every number means"),
    ):
        table.add_row(f"[bold]{command}[/bold]", meaning)
    return table


def _table(title: str, caption: str | None = None) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        caption=caption,
        caption_justify="left",
        # The title of a narrow table needs this width.
        min_width=40,
        box=None,
        padding=(0, 2, 0, 0),
        pad_edge=False,
    )


def _number(value: float | None, form: str, *, scale: float = 1.0) -> str:
    return "-" if value is None else format(value * scale, form)


def _instant(text: str) -> str:
    return text.replace("T", " ")[:16]
