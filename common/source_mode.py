"""How a row's source is labelled: what an exchange, an archive, a vendor or a file says, or a simulation of them."""

from typing import Literal

SourceMode = Literal["live", "archive", "vendor", "file", "simulated"]
