"""The market that the simulated exchanges show: how it comes about, what is traded and staged, and what is true in it.

What belongs here: one-sided base coins and USD. What does not: what a venue makes of them (sandbox/exchanges).
"""
