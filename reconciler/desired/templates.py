"""templates.yaml -> Desired, or every problem at once, each with its file:line:column. Pure.

The same rules stand in schemas/templates.schema.json for editors; a test holds the two together. They are
read by hand here because a problem must carry its line and column, what to do about it, and no import
that costs more than the reading (`jsonschema` alone takes longer than all of `validate`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Sequence as Row

from ..core.errors import Problem
from ..core.model import Account, Desired, Group, KeywordRef, Place, Unwanted, Wanted, bare
from ..core.text import short
from ..core.unseen import narrow
from ..wechat.dialects import DIALECTS
from .accounts import AccountReader
from .fields import WHOLE, Reader, secret_variable
from .yaml_nodes import Mapping as Map
from .yaml_nodes import Node, Scalar, Sequence, parse, quoted

PRUNE = ("owned", "all", "none")

MAX_PATH = 255

NAME = re.compile(r"[a-z][a-z0-9_]*")
_TEMPLATE_ID = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
"""32 bytes as base64url without padding (wechat-api.md §7)"""
_ID = re.compile(r"(?:AT|TM|OPENTM)?[0-9]{1,20}")
"""What ids of titles look like wherever they were seen: what is nearly that was meant so"""

_DURATION = re.compile(r"(0|[1-9][0-9]{0,5})([dhm])")
TEMPLATE_NAME = ("a template's", "small letters, digits and _, a letter first: order_paid")
GROUP_NAME = ("a group's", "small letters, digits and _, a letter first: checkout")
_SECONDS = {"d": 86400, "h": 3600, "m": 60}

_TOP = (
    "version",
    "dialect",
    "prune",
    "max_deletes",
    "retire_after",
    "templates",
    "accounts",
    "accounts_file",
    "groups",
    "unwanted",
)
_ENTRY = ("id", "title", "keywords", "scene", "protect")
_RUN_ON = re.compile(rf"(?:{'|'.join(_ENTRY)}):\S")
"""A field without the blank that makes its colon one"""

_PRINTED_QUOTES = "“”‘’「」『』"
_PRINTED_LIST = re.compile(r"[,，、;；]")
_KEYWORD = ("name", "keyword_id")


def read(data: bytes, file: str) -> Desired:
    """Read templates.yaml (contract, "templates.yaml").

    Raises InputError with all that is wrong, in the file's order.
    """
    root, problems = parse(data, file)
    reader = _Reader(file, problems)
    desired = reader.desired(root)
    reader.raise_problems()
    return desired


def dialect_of(data: bytes, file: str) -> str | None:
    """The dialect of a file that may have mistakes; None where even that can't be told. Raises InputError."""
    root, _ = parse(data, file)
    node = root.items["dialect"][1] if isinstance(root, Map) and "dialect" in root.items else None
    if node is None:
        return "wxopen" if isinstance(root, Map) else None
    return node.text if isinstance(node, Scalar) and node.text in DIALECTS else None


class _Reader(Reader):
    """The fields of templates.yaml."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        super().__init__(file, problems)
        self._dialect = "wxopen"
        self._limits = DIALECTS[self._dialect].LIMITS

    # -------------------------------------------------------------- the document

    def desired(self, root: Node) -> Desired:
        self._refuse_secrets(root)
        top = self._top(root, _TOP, required=("version", "templates"))
        self._known_version(top.get("version"))
        self._dialect = self._choice(top.get("dialect"), "dialect", tuple(DIALECTS), self._dialect)
        self._limits = DIALECTS[self._dialect].LIMITS
        templates = self._templates(top.get("templates"))
        names = dict.fromkeys(one.name for one in templates)
        return Desired(
            templates=templates,
            dialect=self._dialect,
            prune=self._choice(top.get("prune"), "prune", PRUNE, "owned"),
            max_deletes=self._integer(top.get("max_deletes"), "max_deletes", 3),
            retire_after=self._retire_after(top.get("retire_after")),
            accounts=self._accounts(top, names),
            accounts_file=self._accounts_file(top.get("accounts_file")),
            groups=self._groups(top.get("groups"), names),
            unwanted=self._unwanted(top.get("unwanted")),
        )

    def _accounts(self, top: Mapping[str, Node], names: Collection[str]) -> tuple[Account, ...] | None:
        node, elsewhere = top.get("accounts"), top.get("accounts_file")
        if node is None:
            return None if elsewhere is None else ()
        if elsewhere is not None:
            hint = "move them into one of the two"
            self._note("accounts twice", "accounts stand here and in accounts_file", elsewhere.place, hint)
        reader = AccountReader(self._file, self._problems, names, self._secrets)
        if isinstance(node, Map):
            for name, (place, fields) in node.items.items():
                reader.take(name, place, fields)
        else:
            self._wrong_type(node, "accounts", "a mapping of names to accounts")
        if isinstance(node, Map) and not node.items:
            self._note("empty", "accounts is empty", node.place, "name one, or remove the line")
        return tuple(reader.accounts)

    def _accounts_file(self, node: Node | None) -> str | None:
        """A file beside this one: it is written by whoever opens a pull request, too."""
        text = self._text(node, "accounts_file")
        if node is None or text is None:
            return None
        if len(text) > MAX_PATH:
            message = f"accounts_file: {short(text)} is longer than {MAX_PATH} characters"
            self._note("bad value", message, node.place, f"shorten it by {len(text) - MAX_PATH}")
        parts = text.replace("\\", "/").split("/")
        if text.startswith(("/", "~", "\\")) or ":" in parts[0] or ".." in parts:
            hint = "write it without / at the start and without ..: accounts.yaml"
            self._note("bad value", f"accounts_file: {short(text)} is not beside this file", node.place, hint)
        return text

    def _retire_after(self, node: Node | None) -> int:
        hint = "write a whole number and d, h or m: 7d"
        text = self._text(node, "retire_after", hint) if node is not None else "0d"
        match = _DURATION.fullmatch(text or "0d")
        if node is None or text is None:
            return 0
        if match is None:
            if _DURATION.fullmatch(meant := narrow(text).lower()):
                hint = f"did you mean {meant}?"
            self._note("bad value", f"retire_after: {short(text)} is no duration", node.place, hint)
            return 0
        return int(match[1]) * _SECONDS[match[2]]

    # -------------------------------------------------------------- unwanted

    def _unwanted(self, node: Node | None) -> tuple[Unwanted, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self._wrong_type(node, "unwanted", "a list of template_ids")
            return ()
        found: dict[str, Unwanted] = {}
        for item in node.items:
            text = self._text(item, "unwanted: template_id")
            if text is None:
                continue
            if not _TEMPLATE_ID.fullmatch(text):
                message = f"unwanted: {short(text)} is no template_id"
                hint = "copy the 43 characters that plan or the console shows (letters, digits, - and _)"
                self._note("bad value", message, item.place, hint)
            elif text in found:
                message = f"unwanted: {text} stands twice"
                self._note("twice", message, item.place, "keep one of them")
            found.setdefault(text, Unwanted(text, item.place))
        return tuple(found.values())

    # -------------------------------------------------------------- groups

    def _groups(self, node: Node | None, names: Collection[str]) -> tuple[Group, ...]:
        if node is None:
            return ()
        if not self._limits.groups:
            having = "` or `".join(one for one, dialect in DIALECTS.items() if dialect.LIMITS.groups)
            message = f"{self._dialect} has no groups: nobody is asked"
            self._note("other dialect", message, node.place, f"remove them; they are for `dialect: {having}`")
            return ()
        if not isinstance(node, Map):
            self._wrong_type(node, "groups", "a mapping of names to lists of template names")
            return ()
        if not node.items:
            self._note("empty", "groups is empty", node.place, "name one, or remove the line")
        return tuple(self._group(name, place, entry, names) for name, (place, entry) in node.items.items())

    def _group(self, name: str, place: Place, node: Node, names: Collection[str]) -> Group:
        self._check_name(name, place, NAME, GROUP_NAME)
        name = short(name)
        if not isinstance(node, Sequence):
            self._wrong_type(node, f"group {name}", "a list of template names")
            return Group(name, (), place)
        if not node.items:
            self._note("empty", f"group {name} is empty", node.place, "name its templates, or remove it")
        return Group(name, self._template_names(node.items, f"group {name}", names), place)

    # -------------------------------------------------------------- templates

    def _templates(self, node: Node | None) -> tuple[Wanted, ...]:
        if node is None:
            return ()
        if not isinstance(node, Map):
            self._wrong_type(node, "templates", "a mapping of names to templates")
            return ()
        wanted = [self._wanted(name, place, entry) for name, (place, entry) in node.items.items()]
        self._refuse_twins(wanted)
        return tuple(wanted)

    def _wanted(self, name: str, place: Place, node: Node) -> Wanted:
        self._check_name(name, place, NAME, TEMPLATE_NAME)
        whole, name = name, short(name)
        fixed = self._is_fixed(node)
        required = ("id",) if fixed else ("id", "keywords")
        fields = self._fields(node, name, _ENTRY, required=required, place=place, hint=_indented(whole, node))
        id_node, title_node = fields.get("id"), fields.get("title")
        return Wanted(
            name=whole,
            id=self._id(id_node, name),
            keywords=self._keywords(fields.get("keywords"), name, fixed=fixed),
            title=self._text(title_node, f"{name}: title"),
            protect=self._boolean(fields.get("protect"), f"{name}: protect"),
            scene=self._scene(fields.get("scene"), name),
            place=place,
            id_place=id_node.place if id_node else place,
            title_place=title_node.place if title_node else None,
        )

    def _misplaced(self, key: str, node: Node, what: str) -> str | None:
        blanks = super()._misplaced(key, node, what)
        if blanks or not isinstance(node, Map) or {"id", "keywords"}.isdisjoint(node.items):
            return blanks
        if what == WHOLE:
            return "indent it by two blanks if it is a template: they stand below `templates:`"
        return "indent it as far as the name above it if it is a template"

    def _is_fixed(self, node: Node) -> bool:
        """Whether an entry is of a title of fixed content."""
        _, id_ = node.items.get("id", (None, None)) if isinstance(node, Map) else (None, None)
        return isinstance(id_, Scalar) and self._limits.is_fixed(id_.text)

    def _id(self, node: Node | None, name: str) -> str:
        text = self._text(node, f"{name}: id") or ""
        if node is None or not text:
            return text
        meant = narrow(text).strip(_PRINTED_QUOTES).upper()
        if meant != text and _ID.fullmatch(meant) and self._limits.takes_id(meant):
            how = "in letters or digits of full width" if narrow(text) != text.strip() else "in small letters"
            how = "with blanks around it" if meant == text.strip() else how
            how = "in quotes that YAML does not know" if text.strip()[:1] in _PRINTED_QUOTES else how
            self._note(
                "bad id", f"{name}: {short(text)} is written {how}", node.place, f"did you mean {meant}?"
            )
        elif not self._limits.takes_id(text):
            message = f"{name}: {short(text)} can't be a title's id for {self._dialect}"
            hint = f'ids of {self._dialect} are digits: "{self._limits.id_example}"'
            self._note("bad id", message, node.place, hint)
        return text

    def _scene(self, node: Node | None, name: str) -> str | None:
        """What a template is used for, where the dialect asks for it."""
        if node is None:
            return None
        most = self._limits.scene
        if most is None:
            having = "` or `".join(
                one for one, dialect in DIALECTS.items() if dialect.LIMITS.scene is not None
            )
            message = f"{name}: {self._dialect} has no scene"
            self._note("other dialect", message, node.place, f"remove it; it is for `dialect: {having}`")
            return None
        text = self._text(node, f"{name}: scene")
        if text is not None and len(text) > most:
            message = f"{name}: a scene of {len(text)} characters; it has at most {most}"
            self._note("scene too long", message, node.place, f"shorten it by {len(text) - most}")
        return text

    def _keywords(self, node: Node | None, name: str, *, fixed: bool) -> tuple[KeywordRef, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self._wrong_type(node, f"{name}: keywords", "a list of keyword names", _as_list(node))
            return ()
        if not fixed:
            self._check_count(len(node.items), name, node.place)
        elif node.items:
            message = f"{name}: its title has fixed content, and no keywords to choose"
            self._note("keyword count", message, node.place, "leave keywords out")
        refs = [ref for item in node.items if (ref := self._keyword(item, name)) is not None]
        self._refuse_repeats(refs, name)
        return tuple(refs)

    def _check_count(self, count: int, name: str, place: Place) -> None:
        least, most = self._limits.keywords
        if least <= count <= most:
            return
        of = "a template" if self._dialect == "wxopen" else f"a template of {self._dialect}"
        message = f"{name}: {count} keyword{'' if count == 1 else 's'}; {of} has {least} to {most}"
        too_few = "name at least " + ("one" if least == 1 else str(least))
        self._note("keyword count", message, place, too_few if count < least else f"remove {count - most}")

    def _keyword(self, node: Node, name: str) -> KeywordRef | None:
        what = f"{name}: keyword"
        if isinstance(node, Scalar) and node.kind == "number":
            hint = "name keywords as the library spells them; their ids are looked up"
            self._note(
                "wrong type",
                f"{what}: expected a name, found the number {short(node.text)}",
                node.place,
                hint,
            )
            return None
        if not isinstance(node, Map):
            text = self._keyword_name(node, what)
            return None if text is None else KeywordRef(text, None, node.place)
        fields = self._fields(node, what, _KEYWORD, required=_KEYWORD)
        text = self._keyword_name(fields.get("name"), f"{what} name")
        number = self._integer(fields.get("keyword_id"), f"{what} keyword_id", -1)
        if not self._limits.keyword_ids:
            message = f"{what}: {self._dialect} has no keyword ids"
            self._note("other dialect", message, node.place, "write the name alone")
        return None if text is None else KeywordRef(text, None if number < 0 else number, node.place)

    def _refuse_repeats(self, refs: Iterable[KeywordRef], name: str) -> None:
        """A keyword twice: a bare one is any of its name, and two with ids are one if these are the same."""
        seen: dict[str, set[int | None]] = {}
        for ref in refs:
            earlier = seen.setdefault(bare(ref.name), set())
            if earlier and (ref.keyword_id is None or not earlier.isdisjoint((None, ref.keyword_id))):
                message = f"{name}: keyword {short(ref.name)} stands twice"
                self._note("keyword twice", message, ref.place, "keep one of them")
            earlier.add(ref.keyword_id)

    def _refuse_twins(self, templates: Iterable[Wanted]) -> None:
        """The same template under two names."""
        alike: dict[object, list[Wanted]] = {}
        for wanted in templates:
            if wanted.id and (wanted.keywords or self._limits.is_fixed(wanted.id)):
                names = tuple(bare(ref.name) for ref in wanted.keywords)
                alike.setdefault((wanted.id, names), []).append(wanted)
        for group in alike.values():
            for wanted, first in _twins(group):
                line = first.place.line if first.place else 0
                message = (
                    f"{short(wanted.name)} has the same id and keywords as {short(first.name)} on line {line}"
                )
                hint = f"use {short(first.name)} for both, or change one"
                self._note("same template twice", message, wanted.place, hint)


def _indented(name: str, node: Node) -> str | None:
    """What to do about an entry that holds no fields, by what stands there instead."""
    if isinstance(node, Map):
        return None
    if name in _ENTRY:
        return "indent it by two blanks more: it is a field of the template above"
    if isinstance(node, Scalar) and _RUN_ON.match(node.text):
        return "write a blank behind each colon: `id: AT0002`"
    if isinstance(node, Scalar) and node.kind == "nothing":
        return "write its fields below it, indented by two blanks more"
    return None


def _as_list(node: Node) -> str | None:
    """What to write for keywords that stand there as one text, with whatever between them."""
    if not isinstance(node, Scalar) or node.kind != "text" or node.text != short(node.text):
        return None
    if secret_variable(node.text):
        return None
    names = [part.strip(" 　[]［］【】") for part in _PRINTED_LIST.split(node.text)]
    return f"write `keywords: [{', '.join(map(quoted, names))}]`" if all(names) else None


def _twins(group: Row[Wanted]) -> Iterator[tuple[Wanted, Wanted]]:
    """Of templates with the same id and names those that are the same as an earlier one, and which that is.

    Their ids tell two apart, but not where one of the group is bare: if the library has the name once all of
    them mean the same, and if it has it twice, the bare one is a mistake. So each is looked up once, where
    holding each against each would take for ever.
    """
    columns = list(zip(*([ref.keyword_id for ref in one.keywords] for one in group), strict=True))
    telling = [at for at, ids in enumerate(columns) if None not in ids]
    seen: dict[tuple[int | None, ...], Wanted] = {}
    for wanted in group:
        first = seen.setdefault(tuple(wanted.keywords[at].keyword_id for at in telling), wanted)
        if first is not wanted:
            yield wanted, first


def may_be_the_same(one: Iterable[KeywordRef], other: Iterable[KeywordRef]) -> bool:
    """Of keywords that have the same names: whether no two ids tell them apart. (Whoever adds to a file must
    know what it would refuse.)"""
    ids = [(a.keyword_id, b.keyword_id) for a, b in zip(one, other, strict=True)]
    return all(None in pair or pair[0] == pair[1] for pair in ids)
