"""Helpers of the declarations in defs/. Each one can be used and tested without a running Dagster."""
