"""A plan with what it rests on and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ..core.model import Desired, Live, Lock
from . import digests
from . import planfile_rows as rows
from .actions import Plan
from .guards import Refusal


class Decision(Struct, frozen=True, dict=True):
    """A plan of one account, with what it was made from. `file` is the YAML's name, as it was given.

    Rows and digests are made when they are first asked for, and kept: they serve the document and whoever
    compares them.
    """

    desired: Desired
    lock: Lock
    live: tuple[Live, ...]
    plan: Plan
    refused: tuple[Refusal, ...] = ()
    file: str = "templates.yaml"

    def refusing(self, *refusals: Refusal) -> Decision:
        """The same decision with more refusals, which come first."""
        return replace(self, refused=(*refusals, *self.refused)) if refusals else self

    @cached_property
    def actions(self) -> Sequence[Mapping[str, Any]]:
        """The actions as rows of the document."""
        return rows.of_actions(self.plan.actions, self.desired, self.file)

    @cached_property
    def refusals(self) -> Sequence[Mapping[str, Any]]:
        """The refusals as rows of the document."""
        return rows.of_refusals(self.refused, self.file)

    @cached_property
    def digest(self) -> str:
        """The hash of actions and refusals."""
        return digests.of_rows(self.actions, self.refusals)

    @cached_property
    def inputs(self) -> Mapping[str, str]:
        """The hashes of what the plan was made from: "yaml", "lock", "account"."""
        return {
            "yaml": digests.of_yaml(self.desired),
            "lock": digests.of_lock(self.lock),
            "account": digests.of_account(self.live),
        }
