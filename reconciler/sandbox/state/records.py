"""What the store keeps, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..library import Keyword

TokenKind = Literal["classic", "stable"]
PassKind = Literal["form", "payment", "subscription"]


@dataclass(frozen=True, slots=True)
class Template:
    """A template of an account. It copies its title's words: a later library doesn't change it."""

    template_id: str
    title_id: str
    title: str
    keywords: tuple[Keyword, ...]
    dialect: str


@dataclass(frozen=True, slots=True)
class Token:
    """An issued token: its sha256 only. `nonce` lets a stable token be derived again."""

    appid: str
    kind: TokenKind
    digest: str
    issued: float
    expires: float
    replaced: float | None = None
    forced: bool = False
    nonce: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Pass:
    """A user's act that allows messages: a submitted form (`form_id`), a payment (`prepay_id`), a consent.

    `used` counts the messages; a consent beyond the first is one fewer.
    """

    pass_id: str
    kind: PassKind
    touser: str
    since: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was sent, with what its user sees in `content`.

    `sent` is in Unix seconds by the sandbox's clock; None if a sandbox that kept no times has sent it.
    """

    appid: str
    dialect: str
    sent: float | None
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Violation:
    """What an account has done wrong (the page, 违规说明); `at` is in Unix seconds."""

    at: float
    template_id: str
    title: str
    reason: str
