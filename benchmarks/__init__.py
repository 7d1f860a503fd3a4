"""The benchmark: the warehouse and hand-written metrics on a generated year of 5-minute open interest.

What belongs here: the generator, the timed steps, the hand-written Polars and pandas versions of the core metrics, and
the comparison of their results. What does not: tests of correctness (tests/), switches for tuning.
"""
