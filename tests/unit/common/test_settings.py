"""The settings file has sections that their owners declare. common/settings.py names no section."""

from typing import ClassVar

import pytest

from common.errors import InputError
from common.settings import Seconds, Section, Settings, read_settings, read_settings_file


class Kettle(Section):
    name: ClassVar[str] = "kettle"

    boil_seconds: Seconds = 180


class Cup(Section):
    name: ClassVar[str] = "cup"

    is_full: bool = False


def test_a_section_that_the_file_lacks_has_its_defaults(tmp_path):
    (tmp_path / "oiw.toml").write_text("[kettle]\nboil_seconds = 60")
    settings = Settings(sections=read_settings_file(tmp_path / "oiw.toml", (Kettle, Cup)))
    assert settings.section(Kettle) == Kettle(boil_seconds=60)
    assert settings.section(Cup) == Cup()


def test_a_section_takes_the_place_of_the_one_of_its_kind():
    settings = Settings(sections=(Kettle(boil_seconds=60), Cup())).with_section(Kettle(boil_seconds=90))
    assert settings.section(Kettle).boil_seconds == 90
    assert len(settings.sections) == 2


def test_mistakes_of_all_sections_are_one_line(tmp_path):
    path = tmp_path / "oiw.toml"
    path.write_text("[kettle]\nboil_seconds = 0\n[cup]\ncolour = 'red'\n[spoon]\n")
    with pytest.raises(InputError) as caught:
        read_settings_file(path, (Kettle, Cup))
    assert str(caught.value) == (
        f"{path}: kettle.boil_seconds: Input should be greater than 0; cup.colour: no such key; remove it; "
        "spoon: no such key; remove it"
    )


def test_the_home_decides_which_file_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("OIW_HOME", str(tmp_path))
    monkeypatch.delenv("OIW_SETTINGS_FILE", raising=False)
    assert read_settings((Kettle,)).sections == ()
    (tmp_path / "oiw.toml").write_text("[kettle]\n")
    assert read_settings((Kettle,)).sections == (Kettle(),)
