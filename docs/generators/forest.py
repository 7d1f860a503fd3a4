"""A forest plot: rates with their intervals, each beside its base rate.

What belongs here: the drawing. What does not: the choice of rates, and their meaning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import PercentFormatter

from docs.generators.drawing import BLUE, GRID, INK, PALE, PURPLE, QUIET, VERMILION, figure, style, svg, without_frame

Place = Literal["above", "within", "below", "too_few"]

_COLOURS: dict[Place, str] = {"above": BLUE, "within": QUIET, "below": VERMILION, "too_few": PALE}
_WORDS: dict[Place, str] = {
    "above": "clearly above",
    "within": "no clear difference",
    "below": "clearly below",
    "too_few": "too few to tell",
}
_ROW_INCHES = 0.235
_HEAD_INCHES = 1.3
_FOOT_INCHES = 0.5
# The rates fill the figure from left to right edge. Labels begin and counts end at these positions on their axis.
_LEFT = 0.22
_RIGHT = 0.87
_LABELS = -0.33
_COUNTS = 1.17


@dataclass(frozen=True)
class Estimate:
    """One row of the plot: ratios from 0 to 1, and the number of independent occurrences behind them.

    ``base`` is None if there is no base rate, ``asserted`` is None if the article asserts no rate.
    """

    group: str
    label: str
    count: int
    rate: float
    low: float
    high: float
    base: float | None
    place: Place
    asserted: float | None = None


def forest(title: str, estimates: Sequence[Estimate]) -> str:
    """Return the SVG of ``estimates`` in their order; neighbours of one group share a heading."""
    groups = [(name, list(rows)) for name, rows in groupby(estimates, key=lambda estimate: estimate.group)]
    lines = sum(len(rows) + 1.6 for _, rows in groups)
    height = _HEAD_INCHES + _FOOT_INCHES + lines * _ROW_INCHES
    with style():
        drawn = figure(height)
        body = (_LEFT, _FOOT_INCHES / height, _RIGHT - _LEFT, 1 - (_HEAD_INCHES + _FOOT_INCHES) / height)
        axes = drawn.add_axes(body)
        without_frame(axes)
        axes.set(xlim=(-0.01, 1.01), ylim=(lines, 0), yticks=[])
        axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
        axes.tick_params(labeltop=True)
        axes.grid(axis="x", color=GRID)
        y = 0.9
        for name, rows in groups:
            _beside(axes, _LABELS, y, name, "left").set(fontsize=10, color=INK, weight="bold")
            for estimate in rows:
                y += 1
                _row(axes, y, estimate)
            y += 1.6
        _beside(axes, _COUNTS, -0.62, "independent\noccurrences", "right").set(fontsize=7.5)
        drawn.text(0.015, 1 - 0.2 / height, title, fontsize=13, weight="bold", va="top")
        drawn.legend(
            handles=_legend(estimates), loc="upper left", bbox_to_anchor=(0.005, 1 - 0.46 / height), ncols=5,
            frameon=False, fontsize=8.5, handletextpad=0.4, columnspacing=1.4,
        )  # fmt: skip
        return svg(drawn)


def _row(axes: Axes, y: float, estimate: Estimate) -> None:
    colour = _COLOURS[estimate.place]
    is_outside = estimate.place in ("above", "below")
    axes.plot((estimate.low, estimate.high), (y, y), color=colour, linewidth=2.2 if is_outside else 1.4, zorder=2)
    if estimate.base is not None:
        axes.plot((estimate.base,) * 2, (y - 0.36, y + 0.36), color=INK, linewidth=1.6, zorder=3)
    if estimate.asserted is not None:
        axes.plot(estimate.asserted, y, marker="D", markersize=6.5, color=PURPLE, zorder=4, clip_on=False)
    face = colour if is_outside else "white"
    axes.plot(estimate.rate, y, marker="o", markersize=5.5, color=colour, markerfacecolor=face, zorder=5, clip_on=False)
    _beside(axes, _LABELS, y, estimate.label, "left")
    _beside(axes, _COUNTS, y, str(estimate.count), "right")


def _beside(axes: Axes, x: float, y: float, text: str, align: Literal["left", "right"]) -> Text:
    return axes.text(x, y, text, fontsize=8.5, color=QUIET, ha=align, va="center")


def _legend(estimates: Sequence[Estimate]) -> list[Line2D]:
    places = {estimate.place for estimate in estimates}
    handles = []
    for place, colour in _COLOURS.items():
        if place in places:
            handle = Line2D([], [], color=colour, linewidth=1.8, marker="o", markersize=5.5, label=_WORDS[place])
            handle.set_markerfacecolor(colour if place in ("above", "below") else "white")
            handles.append(handle)
    if any(estimate.base is not None for estimate in estimates):
        base = Line2D([], [], color=INK, linewidth=0, marker="|", markersize=9, label="base rate")
        base.set_markeredgewidth(1.6)
        handles.append(base)
    if any(estimate.asserted is not None for estimate in estimates):
        handles.append(Line2D([], [], color=PURPLE, linewidth=0, marker="D", markersize=6.5, label="asserted rate"))
    return handles
