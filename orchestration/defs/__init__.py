"""What Dagster shows: one module a layer of the graph, each with a function that returns its definitions."""
