"""Where workers live: one file for each backend.

Here: what a backend is (`backend`), which there are (`registry`), and each of them.
Not here: sending, recording and ending a run, which are the same for all (`execution`).
Start reading at `backend`, then `threads`.
"""
