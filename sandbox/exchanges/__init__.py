"""The simulated exchanges: each venue's responses about the simulated market, in that venue's own format.

What belongs here: paths, shapes, units, names, paging and retention, one module per venue. What does not: the market
itself (sandbox/market/latent_market.py), the server that sends the responses (sandbox/server.py), staged failures
(sandbox/faults.py). These modules follow the venues' documentation, not the code of ingestion.
"""
