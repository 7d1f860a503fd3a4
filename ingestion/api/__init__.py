"""The shapes that an adapter fills: feeds, payload readers, typed records and row helpers.

What belongs here: what adapters of several venues share. What does not: a single venue (venues, vendors), running
adapters (live, stream).
"""
