"""The settings file: the valid keys and values, and an error in one line, with the key, for any other."""

from datetime import datetime
from pathlib import Path

import pytest

from alerts.settings import AlertSettings
from common.errors import InputError
from common.settings import Settings, read_settings_file
from ingestion.live.settings import LiveSettings, choose
from ingestion.live.tick import followed_apis
from ingestion.venues.catalogue import APIS, VENUE_OF_API
from orchestration.lib.settings import SECTIONS, load_settings


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("OIW_HOME", str(tmp_path))
    monkeypatch.delenv("OIW_SETTINGS_FILE", raising=False)
    return tmp_path


@pytest.mark.usefixtures("home")
def test_without_a_file_four_assets_are_followed_on_all_venues():
    live = load_settings().section(LiveSettings)
    assert live.assets == ("BTC", "ETH", "BNB", "SOL")
    assert live.venues == tuple(dict.fromkeys(VENUE_OF_API.values()))
    assert live.api_ids == tuple(VENUE_OF_API)


def test_the_file_in_the_home_is_read(home):
    (home / "oiw.toml").write_text(
        """
        [live]
        assets = ["BTC"]
        venues = ["binance", "okx"]
        [live.base_urls]
        binance_cm = "http://127.0.0.1:8900/binance_cm/"
        [live.retry]
        attempts = 2
        """
    )
    live = load_settings().section(LiveSettings)
    assert live.assets == ("BTC",)
    assert live.api_ids == ("binance_um", "binance_cm", "okx")
    assert live.base_urls == {"binance_cm": "http://127.0.0.1:8900/binance_cm"}
    assert live.retry.attempts == 2
    assert live.retry.first_wait_seconds == LiveSettings().retry.first_wait_seconds


def test_a_named_file_is_read_instead_and_must_exist(home, monkeypatch):
    (home / "oiw.toml").write_text("[live]\nassets = ['BTC']")
    (home / "other.toml").write_text("[live]\nassets = ['ETH']")
    monkeypatch.setenv("OIW_SETTINGS_FILE", str(home / "other.toml"))
    assert load_settings().section(LiveSettings).assets == ("ETH",)
    monkeypatch.setenv("OIW_SETTINGS_FILE", str(home / "none.toml"))
    with pytest.raises(InputError, match=r"none\.toml: cannot be read \(No such file"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[live]\nvenues = ['okx', 'mtgox']", "live.venues.1: unknown venue 'mtgox'; choose from binance, bybit"),
        ("[live]\nvenues = []", "live.venues: "),
        ("[live]\nassets = ['btc']", "live.assets.0: "),
        ("[live]\nasset = ['BTC']", "live.asset: no such key; remove it"),
        ("[lives]", "lives: no such key; remove it"),
        ("[live.base_urls]\nokx = 'ftp://x'", "live.base_urls.okx: 'ftp://x' is not a base URL"),
        ("[live.base_urls]\nokx = '127.0.0.1:80'", "live.base_urls.okx: '127.0.0.1:80' is not a base URL"),
        (
            "[live.base_urls]\nbinance = 'http://x'",
            "live.base_urls.binance: unknown API 'binance'; choose from binance_um",
        ),
        ("[live]\ntimeout_seconds = 0", "live.timeout_seconds: "),
        ("[live]\nbackfill_days = 'all'", "live.backfill_days: "),
        ("[live.retry]\nattempts = 0", "live.retry.attempts: "),
        ("[live.breaker]\nopen_minutes = 5", "live.breaker.open_minutes: no such key"),
        ("[alerts]\nlog = 'x'", "alerts.log: no such key; remove it"),
        ("[alerts]\nwebhook_url = 'http://x'", "alerts.webhook_url: no such key; remove it"),
        ("[alerts]\nsince = 'yesterday'", "alerts.since: "),
        ("[alerts]\nmax_age_hours = 0", "alerts.max_age_hours: "),
        ("[live", "not valid TOML (Expected ']'"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_key(tmp_path, text, line):
    path = tmp_path / "oiw.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_settings_file(path, SECTIONS)
    assert str(caught.value).startswith(f"{path}: {line}")
    assert "\n" not in str(caught.value)


def test_options_choose_among_venues_and_assets():
    chosen = choose(LiveSettings(), venues=["deribit"], assets=None)
    assert chosen.api_ids == ("deribit",)
    assert chosen.assets == LiveSettings().assets
    with pytest.raises(InputError, match="unknown venue 'x'"):
        choose(LiveSettings(), venues=["x"], assets=None)


def test_every_api_of_the_catalogue_can_be_followed():
    assert {
        "binance_um": "binance", "binance_cm": "binance", "bybit": "bybit", "okx": "okx", "bitget": "bitget",
        "gate": "gate", "hyperliquid": "hyperliquid", "deribit": "deribit", "kucoin": "kucoin", "htx": "htx",
        "kraken": "kraken", "dydx": "dydx",
    }.items() <= VENUE_OF_API.items()  # fmt: skip
    assert followed_apis(LiveSettings()) == APIS
    assert [api.api_id for api in followed_apis(LiveSettings(venues=("binance",)))] == ["binance_um", "binance_cm"]


def test_keys_of_vendors_are_not_shown(monkeypatch):
    monkeypatch.setenv("OIW_COINGLASS_API_KEY", "the-secret-key")
    settings = Settings()
    assert settings.coinglass_api_key.get_secret_value() == "the-secret-key"
    assert "the-secret-key" not in repr(settings)
    assert "the-secret-key" not in settings.model_dump_json()


def test_the_section_of_alerts_is_read_beside_that_of_live(home):
    (home / "oiw.toml").write_text(
        "[alerts]\nlog_file = 'alerts.jsonl'\nsince = 2026-11-01T02:00:00+02:00\n[alerts.retry]\nattempts = 2\n"
    )
    alerts = load_settings().section(AlertSettings)
    assert (alerts.log_file, alerts.retry.attempts, alerts.max_age_hours) == (Path("alerts.jsonl"), 2, 24)
    assert alerts.since == datetime.fromisoformat("2026-11-01 00:00")
    assert load_settings().section(LiveSettings) == LiveSettings()


def test_urls_of_webhooks_are_not_shown(monkeypatch):
    monkeypatch.setenv("OIW_ALERTS_WEBHOOK_URL", "https://hooks.example/the-secret")
    monkeypatch.setenv("OIW_ALERTS_SLACK_URL", "https://slack.example/the-secret")
    settings = Settings()
    assert settings.alerts_slack_url.get_secret_value() == "https://slack.example/the-secret"
    assert "the-secret" not in repr(settings)
    assert "the-secret" not in settings.model_dump_json()
