"""Alerts: new signals, sent to each configured sink once.

What belongs here: the sinks, what each has got (outbox), and the delivery. What does not: when to deliver, which the
Dagster sensor says (orchestration/defs/alerts.py).
"""
