"""The simulated market behind the exchanges: its contracts, its random processes, its staged scenes and its metrics.

What belongs here: one-sided base coins and USD. What does not: venues' units and formats (sandbox/exchanges).
"""
