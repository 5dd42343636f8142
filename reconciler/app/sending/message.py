"""From keyword names to what is sent: a lock's entry and a draft -> a Message, or every problem. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from ...core.close_matches import Guess
from ...core.errors import InputError, Problem, Problems, UsageError
from ...core.messages import Text, Trimmed
from ...core.model import Entry, Lock, Message, Value, alike, bare
from ...core.text import one_line, short
from ...wechat.dialects.limits import LIMITS, Sending
from ...wechat.dialects.shared.values import fault
from .values_file import Draft, unsendable


def entry_of(lock: Lock, name: str, path: str, *, wanted: bool, apply: str) -> Entry:
    """The template of this name. `wanted`: the file has it, and only an `apply` is missing.

    Raises InputError.
    """
    if (entry := lock.templates.get(name)) is not None:
        return entry
    close = Guess().close(name, lock.templates)
    hint = Text("core.did-you-mean", name=close) if close else Text("app.it-has", names=tuple(lock.templates))
    if wanted or not lock.templates:
        hint = Text("app.run-first", command=apply)
    raise InputError(Problem("unknown template", Text("app.unknown-template", name=short(name)), path, hint))


def compose(name: str, entry: Entry, draft: Draft, dialect: str) -> Message:
    """The message. Raises InputError with every missing, unknown, ambiguous and bad value; UsageError where
    the dialect's messages have no such part, or need one that is not there."""
    limits = LIMITS[dialect]
    sending = limits.sending
    if limits.is_fixed(entry.id):
        text = Text("app.service-card", name=name, id=entry.id)
        raise InputError(Problem("service card", text, None, Text("app.send-card")))
    _check_parts(draft, sending, dialect)
    writer = _Writer(name, entry, sending)
    data = writer.data(draft)
    emphasis = None if draft.emphasis is None else writer.key(draft.emphasis, None)
    if writer.problems:
        raise InputError(writer.problems)
    return Message(draft.to, entry.template_id, data, emphasis, draft.extras)


def _check_parts(draft: Draft, sending: Sending, dialect: str) -> None:
    """See that a message has the parts that its dialect takes and needs. Raises UsageError with all that is
    wrong."""
    parts = set(draft.extras)
    parts |= {"emphasis"} if draft.emphasis is not None else set()
    parts |= {"color"} if draft.colors or any(value.color for value in draft.values.values()) else set()
    problems = [
        *(_unknown_part(part, sending, dialect) for part in sorted(parts - sending.takes)),
        *(_missing_part(part, dialect) for part in sorted(sending.needs - parts)),
        *_halves(draft, sending, parts),
        *_unsendable_parts(draft),
    ]
    if problems:
        raise UsageError(problems)


def _unknown_part(part: str, sending: Sending, dialect: str) -> Problem:
    text = Text("app.no-such-part", option=_option(part), dialect=dialect)
    return Problem("other dialect", text, None, _instead(part, sending))


def _missing_part(part: str, dialect: str) -> Problem:
    text = Text("app.needs-part", dialect=dialect, part=part)
    return Problem("missing", text, None, Text("app.give", option=_option(part)))


def _halves(draft: Draft, sending: Sending, parts: Collection[str]) -> Iterator[Problem]:
    """A mini program without a page, or a page without a mini program."""
    if sending.app_page:
        appid, _, path = draft.extras.get("miniprogram", "x:x").partition(":")
        if not (appid and path):
            yield Problem("missing", Text("app.which-page"), None, Text("app.write-path"))
    elif "miniprogram" in sending.takes and "page" in parts and "miniprogram" not in parts:
        yield Problem("missing", Text("app.which-program"), None, Text("app.give-program"))


def _unsendable_parts(draft: Draft) -> Iterator[Problem]:
    for part, text in {"to": draft.to, **draft.extras}.items():
        if (bad := unsendable(text)) is not None:
            yield Problem("bad value", Text("app.unsendable", of=_option(part), what=bad))


def _instead(part: str, sending: Sending) -> Text:
    return Text("app.url-as-page") if part == "url" and sending.app_page else Text("app.leave-out")


def _option(part: str) -> str:
    return f"--{part.replace('_', '-')}"


class _Writer:
    """Names -> keys, noting what is wrong."""

    def __init__(self, name: str, entry: Entry, sending: Sending) -> None:
        self._name = name
        self._entry = entry
        self._sending = sending
        self._keys: dict[str, list[str]] = defaultdict(list)
        self._guess = Guess()
        self.problems: list[Problem] = Problems()
        for keyword in entry.keywords:
            if keyword.key is None:
                self._note(
                    "unknown key", Text("app.unknown-key", keyword=keyword.name), Text("app.run-apply")
                )
            else:
                self._keys[alike(keyword.name)].append(keyword.key)

    def data(self, draft: Draft) -> dict[str, Value]:
        """The values by key, in the template's order."""
        found = self._by_key((name, value) for name, value in draft.values.items())
        for key, value in self._by_key((name, Value(text)) for name, text in draft.over).items():
            found[key] = replace(value, color=found[key].color if key in found else None)
        for name, color in draft.colors:
            self._colour(found, name, color)
        for key, value in found.items():
            self._check(key, value)
        self._refuse_gaps(found)
        return {key: found[key] for key in sorted(found, key=lambda key: _place(key, self._order))}

    def _colour(self, found: dict[str, Value], name: str, color: str) -> None:
        key = self.key(name, None)
        if key is not None and key not in found:
            self._note("missing value", Text("app.color-alone", name=name), Text("app.give-set", name=name))
        elif key is not None:
            found[key] = replace(found[key], color=color)

    def _by_key(self, values: Iterable[tuple[str, Value]]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, value in values:
            key = self.key(name, value.where)
            if key is not None and key in found:
                self._note("twice", Text("app.value-twice", name=name), Text("app.keep-one"), value.where)
            elif key is not None:
                found[key] = value
        return found

    @property
    def _order(self) -> Sequence[str]:
        return [keyword.key for keyword in self._entry.keywords if keyword.key is not None]

    def key(self, name: str, where: str | None) -> str | None:
        """What senders call a keyword; None, and a note, where that can't be told."""
        keys = self._keys.get(alike(name), [])
        if len(keys) == 1:
            return keys[0]
        if name in self._order or name.casefold() in self._sending.nameless:
            return name
        if keys:
            text = Text("app.ambiguous-keyword", template=self._name, keyword=short(name))
            self._note("ambiguous keyword", text, Text("app.use-key", keys=tuple(keys)), where)
        else:
            text = Text("app.unknown-keyword", template=self._name, keyword=short(name))
            self._note("unknown keyword", text, self._known(name), where)
        return None

    def _known(self, name: str) -> Text:
        close = self._guess.close(bare(name), self._keys, cutoff=0.5)
        known = Text("app.it-has", names=tuple(map(one_line, self._keys)))
        return Text("app.did-you-mean", name=one_line(close), known=known) if close else known

    def _check(self, key: str, value: Value) -> None:
        name, lines = self._name_of(key), key.casefold() in self._sending.nameless
        if (bad := unsendable(value.text, lines=lines)) is not None:
            text = Text("app.unsendable", of=name, what=bad)
            self._note("bad value", text, Text("app.value-is-text"), value.where)
        elif not value.text.strip():
            if not self._sending.empty:
                text = Text("app.empty-value", name=name)
                self._note("empty value", text, Text("app.give-value", name=name), value.where)
        elif not lines and (known := fault(key, value.text, self._choice(key))) is not None:
            text = Text("app.bad-value", name=name, value=value.text, why=known)
            self._note("bad value", text, Text("app.would-refuse"), value.where)

    def _choice(self, key: str) -> Sequence[str] | None:
        """The only values of an enumeration, if the lock has them."""
        return next((one.values for one in self._entry.keywords if one.key == key), None)

    def _name_of(self, key: str) -> str:
        """What people call a key: its keyword's name, if that says which it is."""
        name = next((bare(one.name) for one in self._entry.keywords if one.key == key), key)
        return name if len(self._keys.get(name, ())) == 1 else key

    def _refuse_gaps(self, found: Mapping[str, Value]) -> None:
        gaps = list(self._gaps(found))
        if gaps:
            told = " ".join(f"--set {name}=…" for name in gaps)
            hint = Text("app.give-or-empty", options=told)
            if not self._sending.empty:
                hint = Text("app.give", option=told)
            self._note("missing value", Text("app.no-value", template=self._name, names=tuple(gaps)), hint)

    def _gaps(self, found: Mapping[str, Value]) -> Iterator[str]:
        for keyword in self._entry.keywords:
            if keyword.key is not None and keyword.key not in found:
                yield self._name_of(keyword.key)

    def _note(self, code: str, text: Text, hint: Text, where: str | None = None) -> None:
        self.problems.append(Problem(code, Trimmed(text.with_words(one_line)), where, hint))


def _place(key: str, order: Sequence[str]) -> tuple[bool, int]:
    """Keywords in their order, and what is beside them after them."""
    return (False, order.index(key)) if key in order else (True, 0)
