"""Where steps get their settings from."""

from pathlib import Path

from dagster import Definitions, asset

from common.settings import Settings
from ingestion.live.settings import LiveSettings
from orchestration.lib.resources import SettingsResource, fixed_settings


def _read_in_a_run(resource, **config):
    seen = []

    @asset
    def reader(settings: SettingsResource) -> None:
        seen.append(settings.read())

    job = Definitions(assets=[reader], resources={"settings": resource}).resolve_implicit_global_asset_job_def()
    run_config = {"resources": {"settings": {"config": config}}}
    assert job.execute_in_process(run_config=run_config if config else None).success
    return seen[0]


def test_a_step_reads_the_environment_and_the_settings_file_of_its_run(tmp_path, monkeypatch):
    monkeypatch.setenv("OIW_HOME", str(tmp_path))
    (tmp_path / "oiw.toml").write_text('[live]\nassets = ["ETH"]')
    settings = _read_in_a_run(SettingsResource())
    assert (settings.home, settings.section(LiveSettings).assets) == (tmp_path, ("ETH",))
    assert _read_in_a_run(SettingsResource(), files_root="/files").files_root == Path("/files")


def test_a_run_in_this_process_has_the_settings_that_it_was_given(tmp_path):
    settings = Settings(home=tmp_path, coinglass_api_key="secret")
    resource = fixed_settings(settings)
    assert _read_in_a_run(resource) is settings
    assert "secret" not in str(resource)
