"""The benchmark: a generated year of 5-minute open interest, the warehouse on it, and the same metrics by hand.

What belongs here: the generator, the timed steps, the hand-written Polars and pandas versions of the core metrics, and
the comparison of their results. What does not: tests of correctness (tests/), tuning switches of any kind.
"""
