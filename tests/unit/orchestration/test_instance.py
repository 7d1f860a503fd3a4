"""The settings of a long-running Dagster."""

import yaml

from common.settings import Settings
from orchestration.lib.instance import prepare_home


def test_one_writer_at_a_time_and_no_telemetry(tmp_path):
    home = prepare_home(Settings(home=tmp_path))
    config = yaml.safe_load((home / "dagster.yaml").read_text())
    assert home == tmp_path / "dagster"
    assert config["telemetry"] == config["nux"] == {"enabled": False}
    assert config["concurrency"]["pools"] == {"default_limit": 1, "granularity": "run"}


def test_it_can_be_written_again(tmp_path):
    settings = Settings(home=tmp_path)
    (prepare_home(settings) / "dagster.yaml").write_text("telemetry: {enabled: true}")
    assert yaml.safe_load((prepare_home(settings) / "dagster.yaml").read_text())["telemetry"] == {"enabled": False}
