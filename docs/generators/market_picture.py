"""The picture of the README: a simulated market as its venues report it, and as the warehouse publishes it.

What belongs here: drawing ``docs/pictures/market.svg`` from the published file of the demo (``python -m
docs.generators.market_picture FILE``). What does not: recorded data, whose licence forbids passing its series on.
"""

import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, DayLocator, date2num
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter

from common.errors import InputError, OiwError
from common.settings import PROJECT_ROOT
from docs.generators.drawing import BLUE, GRID, INK, PALE, QUIET, VERMILION, figure, style, svg, without_frame
from warehouse.connection import open_read_only

PICTURE = Path("docs/pictures/market.svg")
ASSET = "BTC"

# In coins, so that the price does not move the lines.
_REPORTED = """
select
    event_at,
    sum(oi_base * sides) / first(sum(oi_base * sides)) over (order by event_at) - 1 as change_ratio,
    list(distinct venue) as venues
from quality.dq_open_interest_as_reported
where asset = $asset and scope = 'instrument'
    and (event_at = date_trunc('hour', event_at)
        or event_at = (select max(event_at) from quality.dq_open_interest_as_reported where asset = $asset))
group by event_at
order by event_at
"""
# The linked level compares the venues and contracts that have values at both ends of a bar. Of several chains the
# newest is drawn, because levels of two chains cannot be compared.
_NORMALISED = """
select event_at, oi_linked_base / first(oi_linked_base) over (order by event_at) - 1 as change_ratio
from reporting.rpt_market_history
where asset = $asset and timeframe = '1h' and chain_started_at = (
    select max(chain_started_at) from reporting.rpt_market_history where asset = $asset and timeframe = '1h'
)
order by event_at
"""
_VENUES = """
select venue, sum(oi_usd * sides) / 1e9 as reported_usd, sum(oi_usd) / 1e9 as normalised_usd
from quality.dq_open_interest_as_reported
where asset = $asset and scope = 'instrument'
    and event_at = (select max(event_at) from quality.dq_open_interest_as_reported where asset = $asset)
group by venue
order by max(sides), normalised_usd desc, venue
"""


@dataclass(frozen=True)
class Market:
    """The data of the picture.

    Reported rows: an instant, the change since the first instant, and the venues with a value; normalised rows have no
    venues. A row of ``venues`` is a name and its open interest in billions of USD, as reported and one-sided.
    """

    reported: list[tuple[datetime, float, list[str]]]
    normalised: list[tuple[datetime, float]]
    venues: list[tuple[str, float, float]]


def read(published_file: Path) -> Market:
    """Return the data of the picture from a published file.

    Raises WarehouseError if the file does not exist, InputError if its rows are not simulated.
    """
    with open_read_only(published_file, missing="run `make demo` first") as con:
        ((modes,),) = con.execute("select source_modes from reporting.rpt_publication").fetchall()
        if modes != "simulated":
            raise InputError(
                f"{published_file} has source modes {modes}, but only simulated rows may be drawn; run `make demo`"
            )
        return Market(_rows(con, _REPORTED), _rows(con, _NORMALISED), _rows(con, _VENUES))


def draw(market: Market) -> str:
    """Return the SVG."""
    days = (market.reported[-1][0] - market.reported[0][0]).days + 1
    with style():
        drawn = figure(6.3)
        drawn.text(
            0.03, 0.963, f"{ASSET} open interest, the same market twice", fontsize=15, weight="bold", va="center"
        )
        drawn.text(
            0.03,
            0.921,
            f"Simulated market of `make demo`, {days} days and {len(market.venues)} venues. No real data.",
            color=QUIET,
            va="center",
        )
        _lines(drawn.add_axes((0.08, 0.42, 0.78, 0.44)), market)
        _shares(drawn, market)
        return svg(drawn)


def main(arguments: list[str], root: Path = PROJECT_ROOT) -> int:
    """Draw the picture of the published file that is named into the project at ``root``."""
    try:
        (argument,) = arguments
        text = draw(read(Path(argument)))
    except OiwError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    (root / PICTURE).parent.mkdir(parents=True, exist_ok=True)
    (root / PICTURE).write_text(text)
    return 0


def _lines(axes: Axes, market: Market) -> None:
    """Draw both changes since the first instant, and name each venue where it makes the reported line jump."""
    without_frame(axes)
    axes.grid(axis="y", color=GRID)
    _line(axes, [(at, change) for at, change, _ in market.reported], VERMILION, "reported,\nadded up")
    _line(axes, market.normalised, BLUE, "one side,\nlike for like")
    seen = set(market.reported[0][2])
    for at, change, venues in market.reported[1:]:
        if new := sorted(set(venues) - seen):
            words = f"{', '.join(new)} {'joins' if len(new) == 1 else 'join'}"
            _beside(axes, (date2num(at), change), (-8, 8), words).set(color=QUIET, fontsize=9, ha="right")
        seen |= set(venues)
    axes.margins(x=0)
    axes.set_ylim(min(-0.15, *(change for _, change in market.normalised)), None)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _percent(value, sign="+" if value else "")))
    axes.xaxis.set_major_locator(DayLocator(bymonthday=(1, 8, 15, 22)))
    axes.xaxis.set_major_formatter(DateFormatter("%-d %b"))


def _line(axes: Axes, rows: list[tuple[datetime, float]], colour: str, words: str) -> None:
    """Draw one line, with its last value and its name at the end."""
    days = [date2num(at) for at, _ in rows]
    changes = [change for _, change in rows]
    axes.plot(days, changes, color=colour, linewidth=2.2, solid_joinstyle="round", clip_on=False)
    axes.plot(days[-1], changes[-1], marker="o", markersize=6, color=colour, clip_on=False)
    end = (days[-1], changes[-1])
    _beside(axes, end, (10, 6), _percent(changes[-1], sign="+")).set(color=colour, fontsize=14, weight="bold")
    _beside(axes, end, (10, -15), words).set(color=colour, fontsize=9)


def _beside(axes: Axes, point: tuple[float, float], offset: tuple[float, float], words: str) -> Annotation:
    return axes.annotate(words, point, offset, textcoords="offset points", va="center", annotation_clip=False)


def _percent(ratio: float, *, sign: Literal["+", ""] = "") -> str:
    return f"{ratio:{sign}.0%}".replace("%", " %")


def _shares(drawn: Figure, market: Market) -> None:
    """Draw the venues' shares of the newest instant: one bar for the reported, one for the normalised numbers."""
    axes = drawn.add_axes((0.19, 0.05, 0.67, 0.24))
    without_frame(axes)
    axes.set(xlim=(0, 1), ylim=(1.6, -0.6), xticks=[], yticks=[])
    for y, column, colour, words in ((0, 1, VERMILION, "as reported"), (1, 2, BLUE, "one side")):
        total = sum(float(row[column]) for row in market.venues)
        axes.text(-0.02, y, words, color=colour, weight="bold", ha="right", va="center")
        axes.text(1.02, y, f"{total:.1f} bn USD", color=colour, weight="bold", ha="left", va="center")
        left = 0.0
        for name, reported, normalised in market.venues:
            share = float((name, reported, normalised)[column]) / total
            is_two_sided = reported > 1.5 * normalised
            axes.barh(y, share, left=left, height=0.62, color=colour if is_two_sided else PALE, edgecolor="white")
            middle = left + share / 2
            ink = "white" if is_two_sided else INK
            axes.text(middle, y, _percent(share), ha="center", va="center", fontsize=8.5, color=ink)
            if is_two_sided and y == 0:
                axes.text(1, -0.48, f"{name} counts both sides", ha="right", va="center", fontsize=8.5, color=colour)
            if not is_two_sided and y == 1:
                axes.text(middle, 1.47, name, ha="center", va="center", fontsize=8.5, color=QUIET)
            left += share
    drawn.text(0.03, 0.325, "Share of each venue in the newest total", weight="bold")


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return con.execute(query, {"asset": ASSET}).fetchall()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
