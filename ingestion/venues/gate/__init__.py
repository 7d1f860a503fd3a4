"""Gate: its REST API and its liquidation stream."""

from ingestion.venues.gate.rest_api import GATE

__all__ = ["GATE"]
