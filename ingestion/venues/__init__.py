"""The venues: one module each, with what it serves and how its answers read. Instruments come first."""
