"""The settings of the whole product: the shared settings, and the section of each layer that has one.

What belongs here: the list of sections. What does not: the keys of a section (its layer), reading the file
(common/settings.py). The module does not import Dagster, so that commands without Dagster start at once.
"""

from alerts.settings import AlertSettings
from common.settings import Settings, read_settings
from ingestion.live.settings import LiveSettings

SECTIONS = (LiveSettings, AlertSettings)


def load_settings() -> Settings:
    """Read the environment and the settings file.

    Raises InputError when the settings file is wrong in any section, or is named and does not exist.
    """
    return read_settings(SECTIONS)
