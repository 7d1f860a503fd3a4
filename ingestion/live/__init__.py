"""The live side: what every venue says now and what it still keeps, fetched tick by tick into landing batches.

What belongs here: settings, transport, retry, paging, state, landing. What does not: paths and fields of a venue
(ingestion/venues), streams (ingestion/stream), when a tick runs (orchestration and cli).
"""
