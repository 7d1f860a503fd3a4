"""The embedded exchanges: what each venue answers about the latent market, in that venue's own words.

What belongs here: paths, shapes, units, names, paging and retention, one module a venue. What does not: the truth
itself (sandbox/market/latent_market.py), the server that carries the answers (sandbox/server.py), staged failures
(sandbox/faults.py). Written from the venues' documentation, without a look at ingestion.
"""
