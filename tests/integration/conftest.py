"""The warehouse of all recorded data, built once for all tests and all workers."""

from datetime import datetime
from pathlib import Path

import pytest
from marts_support import build_home, home_of_all_workers, ingest_everything, load_everything

from common.settings import Settings

# After the last recorded instant, so that every bar of the data is complete.
OBSERVED_AT = datetime.fromisoformat("2026-07-01")


@pytest.fixture(scope="session")
def real_home(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a home with all recorded data, imported, loaded and built. Do not write into it."""

    def fill(settings: Settings) -> None:
        reports = ingest_everything(shared_data, settings.landing_dir, observed_at=OBSERVED_AT)
        failures = [failure for report in reports for failure in report.failures]
        # Some manifests describe files that are in a separate part of the data.
        assert [failure for failure in failures if "no file below" not in failure] == []
        load_everything(settings)
        build_home(settings)

    return home_of_all_workers(tmp_path_factory, "real_home", fill)
