"""What the demo says when it is through: the market, its venues, the findings, and where to look next.

What belongs here: a few questions to the published file and how the answers look. What does not: running anything
(demo.py), or any computing of numbers: what is shown stands in the file.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Ask = Callable[[str], list[dict[str, Any]]]

_MARKET = """
select
    source, asset, timeframe, event_at, venue_count, oi_top5_usd, oi_growth_24h_ratio, price_growth_24h_ratio,
    quadrant, velocity_zscore, last_cascade_ended_at, last_cascade_24h_verdict
from reporting.rpt_market_latest
order by source, asset
"""
_SHARES = """
select asset, venue, oi_usd, oi_share_ratio, oi_share_change_24h_ratio
from marts.fct_venue_share
where source = 'coinglass' and timeframe = '4h'
    and event_at = (select max(event_at) from marts.fct_venue_share where source = 'coinglass')
order by asset, oi_share_ratio desc
"""
_FINDINGS = """
select rule, handling, count(*) as finding_count, any_value(explanation) as example
from quality.dq_finding
group by rule, handling
order by rule, handling
"""
_PUBLICATION = "select as_of, source_modes from reporting.rpt_publication"


def print_summary(console: Console, ask: Ask, home: Path) -> None:
    """Print the summary of the file that ``ask`` answers from; ``home`` is the demo's folder."""
    publication = ask(_PUBLICATION)[0]
    console.print(
        f"\n[bold]Published as of {_instant(publication['as_of'])} UTC, "
        f"every row labelled '{publication['source_modes']}'[/bold] (a made-up market on fixed days, so it is old)"
    )
    console.print(_market_table(ask(_MARKET)))
    console.print("Each source is one view of the same contracts: compare them, never add them.\n", style="dim")
    console.print(_shares_table(ask(_SHARES)))
    console.print(_findings_table(ask(_FINDINGS)))
    console.print(_next_steps(home))


def _market_table(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="Market, newest bar of each source", title_justify="left")
    for heading in ("source", "asset", "bar", "venues"):
        table.add_column(heading)
    for heading in ("top-5 OI, bn USD", "OI 24 h", "price 24 h"):
        table.add_column(heading, justify="right")
    table.add_column("quadrant")
    table.add_column("OI z", justify="right")
    table.add_column("last cascade, 24 h later")
    for row in rows:
        cascade = "-"
        if row["last_cascade_ended_at"]:
            cascade = f"{_instant(row['last_cascade_ended_at'])} {row['last_cascade_24h_verdict']}"
        table.add_row(
            row["source"],
            row["asset"],
            row["timeframe"],
            str(row["venue_count"]),
            _number(row["oi_top5_usd"], ".2f", scale=1e-9),
            _number(row["oi_growth_24h_ratio"], "+.1%"),
            _number(row["price_growth_24h_ratio"], "+.1%"),
            row["quadrant"] or "-",
            _number(row["velocity_zscore"], "+.1f"),
            cascade,
        )
    return table


def _shares_table(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="Top venues by share, source coinglass, each contract once", title_justify="left")
    table.add_column("asset")
    table.add_column("share of the asset's open interest (change in 24 h, percentage points)")
    for asset in dict.fromkeys(row["asset"] for row in rows):
        venues = [row for row in rows if row["asset"] == asset][:5]
        table.add_row(asset, ", ".join(_share(row) for row in venues))
    return table


def _share(row: dict[str, Any]) -> str:
    change = _number(row["oi_share_change_24h_ratio"], "+.2f", scale=100)
    return f"{row['venue']} {_number(row['oi_share_ratio'], '.1%')} ({change})"


def _findings_table(rows: list[dict[str, Any]]) -> Table:
    table = Table(
        title="Findings of the quality rules (the sample's files have real files' defects)", title_justify="left"
    )
    for heading in ("rule", "handling", "findings", "for example"):
        table.add_column(heading)
    for row in rows:
        table.add_row(row["rule"], row["handling"], str(row["finding_count"]), row["example"])
    return table


def _next_steps(home: Path) -> str:
    return (
        "\n[bold]Where to look next[/bold]\n"
        f"  oiw --home {home} status                          what is in it, how fresh\n"
        f'  oiw --home {home} sql "from marts.fct_venue_share" any question, read-only\n'
        f"  oiw --home {home} sql - < warehouse/queries/oi_against_price.sql\n"
        f"  OIW_HOME={home} make dev                           the graph of all steps, on 127.0.0.1:3000\n"
        "  README.md, docs/                                  what every number means\n"
        "  oiw is in .venv/bin: `source .venv/bin/activate`"
    )


def _number(value: float | None, form: str, *, scale: float = 1.0) -> str:
    return "-" if value is None else format(value * scale, form)


def _instant(text: str) -> str:
    return text.replace("T", " ")[:16]
