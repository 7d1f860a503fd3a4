"""Alerts: each new signal is sent once to each configured sink.

What belongs here: the sinks, the record of sent signals (outbox), and the delivery. What does not: the time of a
delivery, which the callers choose: `oiw live` after each tick (cli/live.py), the Dagster sensor every 30 seconds
(orchestration/defs/alerts.py).
"""
