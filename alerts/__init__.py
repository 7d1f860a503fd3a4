"""What is told to whom: sinks, the outbox and the delivery of new signals. Knows nothing of Dagster."""
