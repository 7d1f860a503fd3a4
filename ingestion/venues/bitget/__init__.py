"""Bitget: its REST API and its liquidation stream."""

from ingestion.venues.bitget.rest_api import BITGET

__all__ = ["BITGET"]
