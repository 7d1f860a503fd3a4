"""The engine of the liquidation streams: it keeps a WebSocket connection to each channel and lands the events.

What belongs here: connections, coverage, landing. What does not: what a venue's messages say (ingestion/venues).
"""
