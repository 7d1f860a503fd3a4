"""Liquidation streams: long-lived WebSocket connections of the venues that publish forced closes as they happen."""
