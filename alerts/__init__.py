"""Alerts: each new signal is sent once to each configured sink.

What belongs here: the sinks, the record of sent signals (outbox), and the delivery. What does not: the schedule of the
delivery, which the Dagster sensor sets (orchestration/defs/alerts.py).
"""
