"""Binance: two APIs with hosts of their own, USD-M (``um``) and COIN-M (``cm``), what they share, and their streams."""

from ingestion.venues.binance.cm import BINANCE_CM
from ingestion.venues.binance.um import BINANCE_UM

__all__ = ["BINANCE_CM", "BINANCE_UM"]
