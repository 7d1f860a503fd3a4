"""The look of the documentation's pictures, and their text as SVG files.

What belongs here: colours, fonts, size and a deterministic SVG. What does not: the content of a picture.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers can tell apart, also in print.
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#AA4499"
INK = "#24292F"
QUIET = "#6E7781"
PALE = "#AFB8C1"
GRID = "#EAEEF2"

WIDTH_INCHES = 9.6


@contextmanager
def style() -> Iterator[None]:
    """Apply the look of the documentation's pictures to everything that is drawn inside."""
    with mpl.rc_context(
        {
            # Letters become outlines, so that a picture looks the same for every reader; the salt fixes the ids in it.
            "svg.fonttype": "path",
            "svg.hashsalt": "oi-warehouse",
            "font.family": "DejaVu Sans",
            "font.size": 10,
            "text.color": INK,
            "axes.edgecolor": PALE,
            "axes.labelcolor": INK,
            "xtick.color": QUIET,
            "ytick.color": QUIET,
            "axes.axisbelow": True,
        }
    ):
        yield


def figure(height_inches: float) -> Figure:
    """Return an empty figure as wide as a page of the documentation. Call it inside ``style()``."""
    return Figure(figsize=(WIDTH_INCHES, height_inches), facecolor="white")


def without_frame(axes: Axes) -> None:
    """Remove the frame and the tick marks of ``axes``; labels and grid stay."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)


def svg(drawn: Figure) -> str:
    """Return the text of an SVG file: the same for the same figure, without a date. Call it inside ``style()``."""
    text = StringIO()
    drawn.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
