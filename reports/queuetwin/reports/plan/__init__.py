"""The faces of a plan: text, tables, page and document, and its check on real threads.

Not here: the search itself (`queuetwin.model.planning`).
Start reading at `text`.
"""
