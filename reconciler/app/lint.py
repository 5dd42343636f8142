"""Read what is to be linted, and lint it."""

from __future__ import annotations

from ..desired import proposals, templates
from ..desired.yaml_nodes import comments
from ..lint import engine, vocabulary
from ..lint.findings import Report
from .input_files import Inputs


def lint_templates(inputs: Inputs, file: str, library: str | None) -> Report:
    """A templates.yaml held against the rules; with a pulled library, if there is one. Raises InputError."""
    data = inputs.yaml(file)
    desired = templates.read(data, file)
    pulled = inputs.library(library, desired.dialect, file) if library else None
    return engine.templates(desired, pulled, comments(data, file), file, vocabulary.load())


def lint_proposals(inputs: Inputs, file: str, library: str | None) -> Report:
    """Titles to be proposed, likewise. Raises InputError."""
    data = inputs.yaml(file, "write one (see: reconciler schema proposals)")
    proposed = proposals.read(data, file)
    pulled = inputs.library(library, None, file) if library else None
    return engine.proposals(proposed, pulled, comments(data, file), file, vocabulary.load())
