"""The `oiw` command: one module per group of verbs, which calls the layers and prints what they return.

What belongs here: arguments, help, and how results are printed. What does not: any work of a layer. Each command
imports its layers when it runs, so that `oiw --help` and `oiw sql` start at once.
"""
