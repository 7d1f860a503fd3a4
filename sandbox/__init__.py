"""Simulated exchanges on the loopback, in the wire formats of the real ones, for the demo, rehearsals and tests.

market/ is the market that they show, exchanges/ speaks its numbers as each venue does, server.py and faults.py carry
the requests and break them, demo.py runs the pipeline on them. No code is shared with ingestion or the warehouse, so
that their agreement with the market proves something.
"""
