"""The command line as it is typed: options, groups and help texts.

Not here: what a command does (`commands`); heavy imports stay inside functions, so that `--help`
is quick.
Start reading at `main`.
"""
