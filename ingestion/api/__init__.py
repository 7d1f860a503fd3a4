"""The interface of an adapter: feeds and channels to declare, readers of payloads, constructors of rows.

What belongs here: code that the adapters of several venues share. What does not: a single venue or vendor (venues,
vendors), and running adapters (live, stream).
"""
