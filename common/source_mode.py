"""The label for the origin of a row: an exchange, an archive, a vendor, a file, or a simulation."""

from typing import Literal

SourceMode = Literal["live", "archive", "vendor", "file", "simulated"]
