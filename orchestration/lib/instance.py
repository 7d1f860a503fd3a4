"""The folder where a long-running Dagster keeps its runs and its settings."""

from pathlib import Path

import yaml

from common.settings import Settings

_CONFIG = {
    # Nothing is asked of or told to outside hosts.
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    # One writer of the build file at a time, across runs; a run that was killed gives its place back.
    "concurrency": {"pools": {"default_limit": 1, "granularity": "run"}},
    "run_monitoring": {"enabled": True, "free_slots_after_run_end_seconds": 60},
}


def prepare_home(settings: Settings) -> Path:
    """Write ``dagster.yaml`` and return its folder, which is what DAGSTER_HOME must name."""
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(yaml.safe_dump(_CONFIG))
    return home
