"""The faces of a fit: text, charts, page and document.

Not here: the fit itself (`queuetwin.model.fitting`).
Start reading at `wording`.
"""
