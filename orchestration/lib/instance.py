"""The folder of the run history: its settings, which `oiw dev` and every recorded run share."""

from pathlib import Path

import yaml

from common.files import replacing
from common.settings import Settings

_CONFIG = {
    # Dagster contacts no other host.
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    # One writer of the build file at a time, across runs. A killed run frees its slot.
    "concurrency": {"pools": {"default_limit": 1, "granularity": "run"}},
    "run_monitoring": {"enabled": True, "free_slots_after_run_end_seconds": 60},
}


def prepare_home(settings: Settings) -> Path:
    """Write ``dagster.yaml`` and return its folder, which is the value for DAGSTER_HOME."""
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    file, content = home / "dagster.yaml", yaml.safe_dump(_CONFIG)
    # Another process may be reading the file: it is replaced in one step, and only if its content changes.
    if not file.exists() or file.read_text() != content:
        with replacing(file) as temporary:
            temporary.write_text(content)
    return home
