"""One name means one thing: no two public classes of one name, no two files of one name inside one folder."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "reconciler"


def twice(pairs: Iterable[tuple[object, str]]) -> dict[object, list[str]]:
    """Of names and where they are those that are in several places."""
    places = defaultdict[object, list[str]](list)
    for name, place in pairs:
        places[name].append(place)
    return {name: where for name, where in places.items() if len(where) > 1}


def test_no_two_public_classes_of_one_name() -> None:
    """The sandbox emulates WeChat: what it has a class of, the client may have, too."""
    classes = [
        (node.name, str(path.relative_to(PACKAGE)))
        for path in sorted(PACKAGE.rglob("*.py"))
        if "sandbox" not in path.relative_to(PACKAGE).parts[:1]
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert twice(classes) == {}


def test_no_two_files_of_one_name_inside_one_folder() -> None:
    files = [
        ((path.relative_to(PACKAGE).parts[0], path.name), str(path))
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "__init__.py"
    ]
    assert twice(files) == {}
