"""Helpers of the declarations in defs/, each usable and tested without a running Dagster."""
