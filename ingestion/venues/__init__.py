"""The venues: one module each, with what it serves and how its responses read. Instruments come first."""
