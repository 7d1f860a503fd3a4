"""Bybit v5: its REST API and its liquidation stream."""

from ingestion.venues.bybit.rest_api import BYBIT

__all__ = ["BYBIT"]
