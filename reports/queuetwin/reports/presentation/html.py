"""Pages as one HTML file each: a template with the common style, no script, no request."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined


def rendered(template: str, **values: Any) -> str:
    """A template of this package with the common style, filled in; text is escaped."""
    folder = files("queuetwin.reports") / "templates"
    source = (folder / template).read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    style = (folder / "style.css").read_text("utf-8")
    return environment.from_string(source).render(style=style, **values)
