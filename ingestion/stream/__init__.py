"""The engine of the liquidation streams: it keeps a WebSocket connection to each channel and lands the events.

What belongs here: connections, coverage, landing. What does not: the content of a venue's messages (ingestion/venues).
"""
