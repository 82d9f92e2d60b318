"""What a user gets in hand has a name that can be imported from one of the four faces."""

import dataclasses
import inspect
import typing
from collections.abc import Iterator
from types import ModuleType

import pytest

import queuetwin.model
import queuetwin.model.theory
import queuetwin.realrun
import queuetwin.reports

ROOTS = (queuetwin.model, queuetwin.realrun, queuetwin.reports)
FACES = (*ROOTS, queuetwin.model.theory)


def public(face: ModuleType) -> dict[str, object]:
    return {name: getattr(face, name) for name in face.__all__}


def own_types(annotation: object) -> Iterator[type]:
    """Every type of ours in an annotation, with those of the fields of our records."""
    for part in typing.get_args(annotation):
        yield from own_types(part)
    if isinstance(annotation, type) and annotation.__module__.startswith("queuetwin."):
        yield annotation


def reachable() -> set[type]:
    """The types of ours in the signatures of public functions, and in the records they hold."""
    waiting = []
    for face in FACES:
        for value in public(face).values():
            if inspect.isfunction(value):
                waiting += [kind for hint in typing.get_type_hints(value).values()
                            for kind in own_types(hint)]  # fmt: skip
            elif isinstance(value, type):
                waiting += own_types(value)
    seen: set[type] = set()
    while waiting:
        kind = waiting.pop()
        if kind not in seen and dataclasses.is_dataclass(kind):
            for hint in typing.get_type_hints(kind).values():
                waiting += own_types(hint)
        seen.add(kind)
    return seen


def test_every_type_in_hand_can_be_imported_from_a_face() -> None:
    """Annotations of public functions, and fields of the records that they return."""
    known = [value for face in FACES for value in public(face).values()]
    hidden = {f"{kind.__module__}.{kind.__qualname__}" for kind in reachable() if kind not in known}
    assert not hidden


@pytest.mark.parametrize("face", ROOTS, ids=lambda face: face.__name__)
def test_dir_shows_the_public_names_alone(face: ModuleType) -> None:
    assert dir(face) == sorted(face.__all__)
