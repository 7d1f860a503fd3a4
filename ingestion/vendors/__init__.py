"""Vendors: sources beside the venues, one module each. Instruments and prices come from the venues only."""

from ingestion.vendors.coinalyze import COINALYZE
from ingestion.vendors.coingecko import COINGECKO
from ingestion.vendors.coinglass import COINGLASS

VENDORS = (COINGECKO, COINGLASS, COINALYZE)

__all__ = ["COINALYZE", "COINGECKO", "COINGLASS", "VENDORS"]
