"""The engine of the live feeds. Each tick fetches the new rows of every venue and vendor into landing batches.

What belongs here: settings, transport, retry, paging, state, landing. What does not: paths and fields of a venue
(ingestion/venues) or vendor (ingestion/vendors), streams (ingestion/stream), the schedule of ticks (orchestration and
cli).
"""
