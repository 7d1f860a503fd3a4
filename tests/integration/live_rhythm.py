"""The staged market at the rhythm of a live run: a tick every five minutes, in which the inputs may come one tick late.

A tick at 2:30 after the hour brings the open interest of the hour. The next one brings the candles, the funding, the
ratios and the liquidations of that hour. Only these two ticks change bars of an hour, so the replay builds after them.
"""

import shutil
from collections.abc import Container
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from marts_support import build_models, land_where, load_everything

from common.settings import Settings
from ingestion.landing import list_batches
from warehouse.build import build

HOUR = timedelta(hours=1)
FIRST_TICK, NEXT_TICK = timedelta(minutes=2, seconds=30), timedelta(minutes=7, seconds=30)


def collectors_of(landing: Path) -> tuple[set[str], set[str]]:
    """Return the collectors of open interest, and all others."""
    found = {path.relative_to(landing).parts[:2] for path in list_batches(landing)}
    of_oi = {collector for dataset, collector in found if dataset == "open_interest"}
    return of_oi, {collector for _, collector in found} - of_oi


class LiveRhythm:
    """Lands the rows of ``staged`` in ``settings`` as a live run would, after a bulk load of the rows up to ``at``."""

    def __init__(self, staged: Settings, settings: Settings, at: datetime) -> None:
        self._staged, self.settings = staged, settings
        self.of_oi, self.others = collectors_of(staged.landing_dir)
        self._land(f"known_at <= '{at}'", self.of_oi | self.others, at + NEXT_TICK)
        self.build()

    def copy(self, home: Path) -> Self:
        """Return the same run in a copy of its home."""
        other = copy(self)
        other.settings = Settings(home=Path(shutil.copytree(self.settings.home, home)))
        return other

    def hour(self, bar: datetime) -> None:
        """Land the hour that ends at ``bar`` in two ticks."""
        self.tick(self.of_oi, bar, bar + FIRST_TICK)
        self.tick(self.others, bar, bar + NEXT_TICK)

    def tick(self, collectors: Container[str], bar: datetime, observed_at: datetime) -> None:
        """Land rows of the hour that ends at ``bar``, and build."""
        self.land(collectors, bar, observed_at)
        self.build()

    def land(self, collectors: Container[str], bar: datetime, observed_at: datetime) -> None:
        """Land rows of the hour that ends at ``bar``."""
        self._land(f"known_at > '{bar - HOUR}' and known_at <= '{bar}'", collectors, observed_at)

    def build(self, *, is_recorded: bool = True) -> None:
        """Load and build. A build that is not recorded is one that was killed after its last model."""
        assert load_everything(self.settings).failures == ()
        if is_recorded:
            build_models(self.settings)
        else:
            assert build(self.settings, is_tested=False).is_successful

    def _land(self, condition: str, collectors: Container[str], observed_at: datetime) -> None:
        landing, label = self.settings.landing_dir, f"{observed_at:%m%d%H%M}"
        source = self._staged.landing_dir
        assert land_where(source, landing, condition, collectors=collectors, label=label, observed_at=observed_at)
