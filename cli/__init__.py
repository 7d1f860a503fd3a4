"""The `oiw` command: thin, one module a group of verbs, calls the layers and nothing else.

What belongs here: arguments, help, what is printed and how. What does not: any work of its own. Modules import their
layers inside the commands, so that `oiw --help` and `oiw sql` start at once.
"""
