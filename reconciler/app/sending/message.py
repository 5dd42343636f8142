"""From keyword names to what is sent: a lock's entry and a letter -> a Message, or every problem. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ...core.errors import InputError, Problem, Problems, UsageError
from ...core.guess import Guess
from ...core.model import Entry, Lock, Message, Value, alike, bare
from ...core.text import one_line, short, trimmed
from ...wechat.dialects import DIALECTS
from ...wechat.dialects.limits import Sending
from ...wechat.dialects.values import fault
from .values_file import Letter, unsendable


def entry_of(lock: Lock, name: str, path: str, *, wanted: bool, apply: str) -> Entry:
    """The template of this name. `wanted`: the file has it, and only an `apply` is missing.

    Raises InputError.
    """
    if (entry := lock.templates.get(name)) is not None:
        return entry
    close = Guess().close(name, lock.templates)
    hint = f"did you mean {close}?" if close else f"it has: {', '.join(lock.templates)}"
    if wanted or not lock.templates:
        hint = f"run `{apply}` first"
    raise InputError(Problem("unknown template", f"the lock has no template {short(name)}", path, hint))


def compose(name: str, entry: Entry, letter: Letter, dialect: str) -> Message:
    """The message. Raises InputError with every missing, unknown, ambiguous and bad value; UsageError where
    the dialect's messages have no such part, or need one that is not there."""
    limits = DIALECTS[dialect].LIMITS
    sending = limits.sending
    if limits.is_fixed(entry.id):
        message = f"{name}: {entry.id} is a service card, which this command does not send"
        hint = "its call is /wxa/set_user_notify: make it from the app's server"
        raise InputError(Problem("service card", message, None, hint))
    _check_parts(letter, sending, dialect)
    writer = _Writer(name, entry, sending)
    data = writer.data(letter)
    emphasis = None if letter.emphasis is None else writer.key(letter.emphasis, None)
    if writer.problems:
        raise InputError(writer.problems)
    return Message(letter.to, entry.template_id, data, emphasis, letter.extras)


def _check_parts(letter: Letter, sending: Sending, dialect: str) -> None:
    parts = set(letter.extras)
    parts |= {"emphasis"} if letter.emphasis is not None else set()
    parts |= {"color"} if letter.colors or any(value.color for value in letter.values.values()) else set()
    problems = [
        Problem(
            "other dialect",
            f"{_option(part)}: messages of {dialect} have none",
            None,
            _instead(part, sending),
        )
        for part in sorted(parts - sending.takes)
    ]
    problems += [
        Problem("missing", f"a message of {dialect} needs a {part}", None, f"give {_option(part)}")
        for part in sorted(sending.needs - parts)
    ]
    if sending.app_page:
        appid, _, path = letter.extras.get("miniprogram", "x:x").partition(":")
        if not (appid and path):
            message = "--miniprogram: of which page?"
            problems.append(Problem("missing", message, None, "write APPID:PATH"))
    elif "miniprogram" in sending.takes and "page" in parts and "miniprogram" not in parts:
        message = "--page: of which mini program?"
        problems.append(Problem("missing", message, None, "give --miniprogram and its appid"))
    for part, text in {"to": letter.to, **letter.extras}.items():
        if (bad := unsendable(text)) is not None:
            problems.append(Problem("bad value", f"{_option(part)}: there is {bad} in it", None, None))
    if problems:
        raise UsageError(problems)


def _instead(part: str, sending: Sending) -> str:
    return "give the address as --page" if part == "url" and sending.app_page else "leave it out"


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
                    "unknown key", f"the lock does not say what senders call {keyword.name}", "run apply"
                )
            else:
                self._keys[alike(keyword.name)].append(keyword.key)

    def data(self, letter: Letter) -> dict[str, Value]:
        """The values by key, in the template's order."""
        found = self._by_key((name, value) for name, value in letter.values.items())
        for key, value in self._by_key((name, Value(text)) for name, text in letter.over).items():
            found[key] = replace(value, color=found[key].color if key in found else None)
        for name, color in letter.colors:
            self._colour(found, name, color)
        for key, value in found.items():
            self._check(key, value)
        self._refuse_gaps(found)
        return {key: found[key] for key in sorted(found, key=lambda key: _place(key, self._order))}

    def _colour(self, found: dict[str, Value], name: str, color: str) -> None:
        key = self.key(name, None)
        if key is not None and key not in found:
            self._note("missing value", f"--color {name}: it has no value", f"give --set {name}=…")
        elif key is not None:
            found[key] = replace(found[key], color=color)

    def _by_key(self, values: Iterable[tuple[str, Value]]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, value in values:
            key = self.key(name, value.where)
            if key is not None and key in found:
                self._note("twice", f"{name} has a value already", "keep one of them", value.where)
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
            hint = f"use a key: {', '.join(keys)}"
            message = f"{self._name} has {short(name)} more than once"
            self._note("ambiguous keyword", message, hint, where)
        else:
            message = f"{self._name} has no keyword {short(name)}"
            self._note("unknown keyword", message, self._known(name), where)
        return None

    def _known(self, name: str) -> str:
        close = self._guess.close(bare(name), self._keys, cutoff=0.5)
        return one_line((f"did you mean {close}? " if close else "") + f"it has: {', '.join(self._keys)}")

    def _check(self, key: str, value: Value) -> None:
        name, lines = self._name_of(key), key.casefold() in self._sending.nameless
        if (bad := unsendable(value.text, lines=lines)) is not None:
            self._note(
                "bad value", f"{name}: there is {bad} in it", "a value is text, in one line", value.where
            )
        elif not value.text.strip():
            if not self._sending.empty:
                self._note("empty value", f"{name} is empty", f"give it a value: --set {name}=…", value.where)
        elif not lines and (known := fault(key, value.text, self._choice(key))) is not None:
            self._note("bad value", f"{name}: {value.text}: {known}", "WeChat would refuse it", value.where)

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
            hint = f"give {told}" + ("; nothing after = leaves it empty" if self._sending.empty else "")
            self._note("missing value", f"{self._name}: no value for {', '.join(gaps)}", hint)

    def _gaps(self, found: Mapping[str, Value]) -> Iterator[str]:
        for keyword in self._entry.keywords:
            if keyword.key is not None and keyword.key not in found:
                yield self._name_of(keyword.key)

    def _note(self, code: str, message: str, hint: str, where: str | None = None) -> None:
        self.problems.append(Problem(code, one_line(trimmed(message)), where, hint))


def _place(key: str, order: Sequence[str]) -> tuple[bool, int]:
    """Keywords in their order, and what is beside them after them."""
    return (False, order.index(key)) if key in order else (True, 0)
