"""The accounts that share a templates.yaml: of `accounts:`, or one by one of a file of thousands. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ..core.close_matches import Guess
from ..core.errors import InputError, Problem, Problems
from ..core.invisible import narrow
from ..core.messages import Text, some
from ..core.model import Account, Place
from ..core.text import short
from .fields import A_MAPPING, TEMPLATE_NAMES, VERSION, WHOLE, FieldReader, NameRule, field_of
from .yaml_nodes import GONE, Node, Scalar, stream
from .yaml_nodes import Mapping as Map
from .yaml_nodes import Sequence as List

ACCOUNT_NAME = NameRule(
    re.compile(r"[a-z][a-z0-9_-]*"), Text("desired.an-accounts"), Text("desired.account-name")
)
ACCOUNTS = Text("desired.accounts-by-name")
_APPID = r"[A-Za-z0-9_-]{1,64}"
_FIELDS = ("appid", "protect", "templates")
_WRAP = "accounts"
MAX_LISTED = 10
"""Accounts whose names are listed where another is asked for"""


class Shard(Struct, frozen=True):
    """The `index`-th of `count` shares of the accounts, from 1."""

    index: int
    count: int

    def has(self, name: str) -> bool:
        """Tell whether an account is in this share: by its name alone, so that no other account moves it."""
        import hashlib  # noqa: PLC0415  (OpenSSL takes its time, and validate needs none of it)

        digest = hashlib.sha256(name.encode()).digest()
        return int.from_bytes(digest[:8]) % self.count == self.index - 1


def variable_suffix(name: str) -> str:
    """The ending of an account's own environment variables: `_SHOP_1` for shop-1."""
    return "_" + name.upper().replace("-", "_")


def read(data: bytes, file: str, templates: Collection[str]) -> tuple[Account, ...]:
    """Read an accounts file: a mapping of names to accounts, at its top or under `accounts:`.

    `templates` are the names that an account may ask for. Raises InputError with all that is wrong.
    """
    problems = Problems()
    reader = AccountReader(file, problems, templates)
    root, found = stream(data, file, reader.take, under=_WRAP)
    problems += found
    reader.check_rest(root)
    reader.raise_problems()
    return tuple(_elsewhere(one, file) for one in reader.accounts)


def _elsewhere(account: Account, file: str) -> Account:
    """The same, whose place names its file: whoever speaks of it is about templates.yaml."""
    return account if account.place is None else replace(account, place=replace(account.place, file=file))


def choose(
    accounts: Iterable[Account], names: Sequence[str], shard: Shard | None, file: str
) -> list[Account]:
    """The accounts of these names (all, if there are none) that are in the shard.

    Raises InputError for a name that no account has.
    """
    known = {one.name: one for one in accounts}
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    if unknown:
        guess = Guess()
        raise InputError([_unknown(name, known, file, guess) for name in unknown])
    chosen = [known[name] for name in dict.fromkeys(names)] or list(known.values())
    return [one for one in chosen if shard is None or shard.has(one.name)]


def _unknown(name: str, known: Collection[str], file: str, guess: Guess) -> Problem:
    close = guess.close(name, known)
    advice = _known(known) if close is None else Text("core.did-you-mean", name=close)
    return Problem("unknown account", Text("desired.unknown-account", name=short(name)), file, advice)


def _known(names: Collection[str]) -> Text:
    return Text("desired.accounts", names=some(list(names), MAX_LISTED))


class AccountReader(FieldReader):
    """Entries of `accounts:`, taken one after the other. `secrets` are places that were told already."""

    def __init__(
        self,
        file: str,
        problems: list[Problem],
        templates: Collection[str],
        secrets: set[Place] | None = None,
    ) -> None:
        super().__init__(file, problems)
        self._secrets = set() if secrets is None else secrets
        self._templates = dict.fromkeys(templates)
        self._subsets: dict[int, tuple[Node, tuple[str, ...]]] = {}
        self._appids: dict[str, Account] = {}
        self._suffixes: dict[str, Account] = {}
        self.accounts: list[Account] = []

    def take(self, name: str, place: Place, node: Node) -> None:
        """One entry."""
        self._refuse_secrets(node)
        whole, name = name, short(name)
        fields = self._fields(node, name, _FIELDS, required=("appid",), place=place)
        account = Account(
            name=whole,
            appid=self._appid(fields.get("appid"), name),
            protect=self._boolean(fields.get("protect"), field_of(name, "protect")),
            templates=self._subset(fields.get("templates"), name),
            place=place,
        )
        self._check_name(whole, place, ACCOUNT_NAME)
        self._refuse_twins(account)
        self.accounts.append(account)

    def check_rest(self, root: Node) -> None:
        """Check what stands in an accounts file beside accounts."""
        if not isinstance(root, Map):
            self._wrong_type(root, WHOLE, ACCOUNTS, quoted=False)
            return
        for key, (place, value) in root.items.items():
            if key == "version" and isinstance(value, Scalar) and value.kind == "number":
                self._version(value)
            elif key == _WRAP and isinstance(value, Map):
                for name, (at, node) in value.items.items():
                    self._take_late(name, at, node)
            else:
                self._take_late(key, place, value)
        if not self.accounts and not self._problems:
            self._note("empty", Text("desired.no-accounts"), root.place, Text("desired.write-accounts"))

    def _take_late(self, name: str, place: Place, node: Node) -> None:
        """An entry that was not taken in passing: a name with nothing behind it, or with an alias."""
        if isinstance(node, Scalar) and node is not GONE:
            advice = Text("desired.write-account", name=short(name))
            self._wrong_type(node, short(name), A_MAPPING, advice, quoted=False)
        elif isinstance(node, Map):
            self.take(name, place, node)
        elif node is not GONE:
            self._wrong_type(node, short(name), ACCOUNTS)

    def _version(self, node: Node) -> None:
        if self._integer(node, "version", VERSION) != VERSION:
            advice = Text("desired.write-version", known=VERSION)
            self._note("version", Text("desired.this-version"), node.place, advice)

    def _appid(self, node: Node | None, name: str) -> str:
        appid = self._text(node, field_of(name, "appid")) or ""
        if node is not None and appid and not re.fullmatch(_APPID, appid):
            advice = written = Text("desired.appid")
            if re.fullmatch(_APPID, meant := narrow(appid)):
                advice = Text("desired.did-you-mean", name=meant, rule=written)
            text = Text("desired.bad-appid", account=name, appid=short(appid))
            self._note("bad value", text, node.place, advice)
        return appid

    def _subset(self, node: Node | None, name: str) -> tuple[str, ...] | None:
        if node is None:
            return None
        if not isinstance(node, List) or not node.items:
            self._wrong_type(node, field_of(name, "templates"), TEMPLATE_NAMES)
            return None
        # Thousands of accounts may name one list, anchored once.
        known = self._subsets.get(id(node)) if node.anchored else None
        names = self._template_names(node.items, name, self._templates) if known is None else known[1]
        if node.anchored:
            self._subsets[id(node)] = node, names
        return names

    def _refuse_twins(self, account: Account) -> None:
        """One account under two names: each would delete what the other has added."""
        first = self._appids.setdefault(account.appid, account) if account.appid else account
        if first is not account:
            text = Text(
                "desired.appid-twice",
                account=short(account.name),
                other=short(first.name),
                line=_line(first),
            )
            self._note("same appid twice", text, account.place, Text("desired.correct-appid"))
        suffix = variable_suffix(account.name)
        other = self._suffixes.setdefault(suffix, account)
        if other is not account and other.name != account.name:
            text = Text(
                "desired.same-variables",
                account=short(account.name),
                other=short(other.name),
                line=_line(other),
            )
            advice = Text("desired.rename-one", suffix=short(suffix))
            self._note("same variables", text, account.place, advice)


def _line(account: Account) -> int:
    return account.place.line if account.place else 0
