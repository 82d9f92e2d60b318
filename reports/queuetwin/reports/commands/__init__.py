"""What each command does: files, budgets, output and exit codes.

Only this room writes to standard output.
Not here: options and help texts (`cli`).
Start reading at `run_once`.
"""
