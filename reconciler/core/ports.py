"""What the application needs of others: of an account, however it is reached, and of whoever tells people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from .errors import Problem
from .messages import Said
from .model import Live, Spec, Title


class Reader(Protocol):
    """An account that can be asked. All raise CallError."""

    async def list_templates(self, expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
        """All templates, first listed first.

        `expect` are ids that should be there, `more` is how many others there probably are.
        """
        ...

    async def title(self, id: str) -> Title:  # noqa: A002  (the field's own name)
        """A title of the library."""
        ...

    async def titles(self) -> tuple[Title, ...]:
        """All titles of the library, without keywords. Raises InputError where it can't be listed."""
        ...


class Remote(Reader, Protocol):
    """An account that can be changed, too."""

    async def add(self, spec: Spec) -> str:
        """Add a template; its template_id."""
        ...

    async def delete(self, template_id: str) -> None:
        """Delete a template; one that is not there is no error."""
        ...

    def expected_keys(self, count: int) -> Sequence[str] | None:
        """What senders will call the keywords of a template that was just added; None: a list tells."""
        ...


class Teller(Protocol):
    """Whoever tells people what a run has to say while it is at work."""

    def say(self, text: Said) -> None:
        """Tell a line."""
        ...

    def warn(self, text: Said) -> None:
        """Tell a line as a warning."""
        ...

    def detail(self, text: Said) -> None:
        """Tell a line to those who want to know everything."""
        ...

    def progress(self, text: Said) -> None:
        """Show what is going on right now, in place of what was shown last."""
        ...

    def problem(self, problem: Problem) -> None:
        """Tell what went wrong where it ends nothing: a callback of the event loop, a destructor."""
        ...


class Person(Teller, Protocol):
    """Whoever tells, and can be asked."""

    @property
    def answers(self) -> bool:
        """Whether there is anybody to answer."""
        ...

    def asked(self, question: Said) -> str:
        """Ask; the answer in one line, empty at the end of the input."""
        ...
