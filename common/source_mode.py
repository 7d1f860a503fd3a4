"""The label of a row that tells where it came from: an exchange, an archive, a vendor, a file, or a simulation."""

from typing import Literal

SourceMode = Literal["live", "archive", "vendor", "file", "simulated"]
