"""Simulated markets: the demo's data today, whole simulated exchanges later.

What belongs here: the model of a market, and what speaks its numbers in the formats of the outside world. What does
not: anything of ingestion or the warehouse. No code is shared with them, so that the sandbox's truth is independent.
"""
