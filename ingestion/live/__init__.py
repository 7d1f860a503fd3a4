"""The engine of the live feeds: it fetches new rows from every venue and vendor, tick by tick, into landing batches.

What belongs here: settings, transport, retry, paging, state, landing. What does not: paths and fields of a venue
(ingestion/venues) or vendor (ingestion/vendors), streams (ingestion/stream), when a tick runs (orchestration and cli).
"""
