"""Simulated exchanges on the loopback address, in the wire formats of the real ones: for the demo and for tests.

market/ simulates the market. exchanges/ writes its numbers in each venue's format. server.py serves them over HTTP and
WebSocket, faults.py stages failures, demo.py runs the pipeline on them, summary.py prints the demo's results. The
sandbox shares no code with ingestion or the warehouse: when their numbers equal the simulated market, both are right.
"""
