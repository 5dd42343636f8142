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
from ..core.invisible import narrow
from ..core.messages import Said, Text
from ..core.model import Account, Desired, Group, KeywordRef, Place, Unwanted, Wanted, bare
from ..core.text import short
from ..wechat.dialects.limits import LIMITS
from .accounts import ACCOUNTS, AccountReader
from .fields import (
    KEEP_ONE,
    TEMPLATE_NAMES,
    WHOLE,
    FieldReader,
    NameRule,
    field_of,
    keyword_field,
    secret_variable,
)
from .yaml_nodes import Mapping as Map
from .yaml_nodes import Node, Scalar, Sequence, parse, quoted

PRUNE = ("owned", "all", "none")

MAX_PATH = 255

_TEMPLATE_ID = r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
"""32 bytes as base64url without padding (wechat-api.md §7)"""
_ID = r"(?:AT|TM|OPENTM)?[0-9]{1,20}"
"""What ids of titles look like wherever they were seen: what is nearly that was meant so"""

_DURATION = r"(0|[1-9][0-9]{0,5})([dhm])"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
TEMPLATE_NAME = NameRule(_NAME, Text("desired.a-templates"), Text("desired.template-name"))
GROUP_NAME = NameRule(_NAME, Text("desired.a-groups"), Text("desired.group-name"))
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
_RUN_ON = rf"(?:{'|'.join(_ENTRY)}):\S"
"""A field without the blank that makes its colon one"""

_PRINTED_QUOTES = "“”‘’「」『』"
_PRINTED_LIST = r"[,，、;；]"
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
    return node.text if isinstance(node, Scalar) and node.text in LIMITS else None


class _Reader(FieldReader):
    """The fields of templates.yaml."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        super().__init__(file, problems)
        self._dialect = "wxopen"
        self._limits = LIMITS[self._dialect]

    # -------------------------------------------------------------- the document

    def desired(self, root: Node) -> Desired:
        self._refuse_secrets(root)
        top = self._top(root, _TOP, required=("version", "templates"))
        self._known_version(top.get("version"))
        self._dialect = self._choice(top.get("dialect"), "dialect", tuple(LIMITS), self._dialect)
        self._limits = LIMITS[self._dialect]
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
            text, advice = Text("desired.accounts-twice"), Text("desired.move-accounts")
            self._note("accounts twice", text, elsewhere.place, advice)
        reader = AccountReader(self._file, self._problems, names, self._secrets)
        if isinstance(node, Map):
            for name, (place, fields) in node.items.items():
                reader.take(name, place, fields)
        else:
            self._wrong_type(node, "accounts", ACCOUNTS)
        if isinstance(node, Map) and not node.items:
            self._note_empty("accounts", node.place)
        return tuple(reader.accounts)

    def _accounts_file(self, node: Node | None) -> str | None:
        """A file beside this one: it is written by whoever opens a pull request, too."""
        path = self._text(node, "accounts_file")
        if node is None or path is None:
            return None
        if len(path) > MAX_PATH:
            text = Text("desired.path-too-long", path=short(path), most=MAX_PATH)
            self._note("bad value", text, node.place, Text("desired.shorten", count=len(path) - MAX_PATH))
        parts = path.replace("\\", "/").split("/")
        if path.startswith(("/", "~", "\\")) or ":" in parts[0] or ".." in parts:
            text = Text("desired.path-elsewhere", path=short(path))
            self._note("bad value", text, node.place, Text("desired.path"))
        return path

    def _retire_after(self, node: Node | None) -> int:
        advice = Text("desired.duration")
        value = None if node is None else self._text(node, "retire_after", advice)
        if node is None or value is None:
            return 0
        match = re.fullmatch(_DURATION, value or "0d")
        if match is None:
            if re.fullmatch(_DURATION, meant := narrow(value).lower()):
                advice = Text("core.did-you-mean", name=meant)
            self._note("bad value", Text("desired.bad-duration", value=short(value)), node.place, advice)
            return 0
        return int(match[1]) * _SECONDS[match[2]]

    # -------------------------------------------------------------- unwanted

    def _unwanted(self, node: Node | None) -> tuple[Unwanted, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            self._wrong_type(node, "unwanted", Text("desired.list-of-template-ids"))
            return ()
        found: dict[str, Unwanted] = {}
        for item in node.items:
            template_id = self._text(item, field_of("unwanted", "template_id"))
            if template_id is None:
                continue
            if not re.fullmatch(_TEMPLATE_ID, template_id):
                text = Text("desired.bad-template-id", template_id=short(template_id))
                self._note("bad value", text, item.place, Text("desired.template-id"))
            elif template_id in found:
                text = Text("desired.unwanted-twice", template_id=template_id)
                self._note("twice", text, item.place, KEEP_ONE)
            found.setdefault(template_id, Unwanted(template_id, item.place))
        return tuple(found.values())

    # -------------------------------------------------------------- groups

    def _groups(self, node: Node | None, names: Collection[str]) -> tuple[Group, ...]:
        if node is None:
            return ()
        if not self._limits.groups:
            having = _either([one for one, limits in LIMITS.items() if limits.groups])
            text = Text("desired.no-groups", dialect=self._dialect)
            self._note("other dialect", text, node.place, Text("desired.remove-groups", dialects=having))
            return ()
        if not isinstance(node, Map):
            self._wrong_type(node, "groups", Text("desired.groups-by-name"))
            return ()
        if not node.items:
            self._note_empty("groups", node.place)
        return tuple(self._group(name, place, entry, names) for name, (place, entry) in node.items.items())

    def _group(self, name: str, place: Place, node: Node, names: Collection[str]) -> Group:
        self._check_name(name, place, GROUP_NAME)
        name = short(name)
        called = Text("desired.group", name=name)
        if not isinstance(node, Sequence):
            self._wrong_type(node, called, TEMPLATE_NAMES)
            return Group(name, (), place)
        if not node.items:
            text = Text("desired.empty", field=called)
            self._note("empty", text, node.place, Text("desired.name-templates"))
        return Group(name, self._template_names(node.items, called, names), place)

    def _note_empty(self, field: str, place: Place) -> None:
        self._note("empty", Text("desired.empty", field=field), place, Text("desired.name-one"))

    # -------------------------------------------------------------- templates

    def _templates(self, node: Node | None) -> tuple[Wanted, ...]:
        if node is None:
            return ()
        if not isinstance(node, Map):
            self._wrong_type(node, "templates", Text("desired.templates-by-name"))
            return ()
        wanted = [self._wanted(name, place, entry) for name, (place, entry) in node.items.items()]
        self._refuse_twins(wanted)
        return tuple(wanted)

    def _wanted(self, name: str, place: Place, node: Node) -> Wanted:
        self._check_name(name, place, TEMPLATE_NAME)
        whole, name = name, short(name)
        fixed = self._is_fixed(node)
        required = ("id",) if fixed else ("id", "keywords")
        advice = _indented(whole, node)
        fields = self._fields(node, name, _ENTRY, required=required, place=place, advice=advice)
        id_node, title_node = fields.get("id"), fields.get("title")
        return Wanted(
            name=whole,
            id=self._id(id_node, name),
            keywords=self._keywords(fields.get("keywords"), name, fixed=fixed),
            title=self._text(title_node, field_of(name, "title")),
            protect=self._boolean(fields.get("protect"), field_of(name, "protect")),
            scene=self._scene(fields.get("scene"), name),
            place=place,
            id_place=id_node.place if id_node else place,
            title_place=title_node.place if title_node else None,
        )

    def _misplaced(self, key: str, node: Node, what: Said) -> Text | None:
        blanks = super()._misplaced(key, node, what)
        if blanks or not isinstance(node, Map) or {"id", "keywords"}.isdisjoint(node.items):
            return blanks
        if what == WHOLE:
            return Text("desired.indent-below-templates")
        return Text("desired.indent-as-above")

    def _is_fixed(self, node: Node) -> bool:
        """Whether an entry is of a title of fixed content."""
        _, id_ = node.items.get("id", (None, None)) if isinstance(node, Map) else (None, None)
        return isinstance(id_, Scalar) and self._limits.is_fixed(id_.text)

    def _id(self, node: Node | None, name: str) -> str:
        id_ = self._text(node, field_of(name, "id")) or ""
        if node is None or not id_:
            return id_
        meant = narrow(id_).strip(_PRINTED_QUOTES).upper()
        if meant != id_ and re.fullmatch(_ID, meant) and self._limits.takes_id(meant):
            text = Text("desired.id-written", template=name, id=short(id_), how=_how_written(id_, meant))
            self._note("bad id", text, node.place, Text("core.did-you-mean", name=meant))
        elif not self._limits.takes_id(id_):
            text = Text("desired.bad-id", template=name, id=short(id_), dialect=self._dialect)
            advice = Text("desired.id", dialect=self._dialect, example=self._limits.id_example)
            self._note("bad id", text, node.place, advice)
        return id_

    def _scene(self, node: Node | None, name: str) -> str | None:
        """What a template is used for, where the dialect asks for it."""
        if node is None:
            return None
        most = self._limits.scene
        if most is None:
            having = _either([one for one, limits in LIMITS.items() if limits.scene is not None])
            text = Text("desired.no-scene", template=name, dialect=self._dialect)
            self._note("other dialect", text, node.place, Text("desired.remove-scene", dialects=having))
            return None
        scene = self._text(node, field_of(name, "scene"))
        if scene is not None and len(scene) > most:
            text = Text("desired.scene-too-long", template=name, length=len(scene), most=most)
            self._note("scene too long", text, node.place, Text("desired.shorten", count=len(scene) - most))
        return scene

    def _keywords(self, node: Node | None, name: str, *, fixed: bool) -> tuple[KeywordRef, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            expected = Text("desired.list-of-keyword-names")
            self._wrong_type(node, field_of(name, "keywords"), expected, _as_list(node))
            return ()
        if not fixed:
            self._check_count(len(node.items), name, node.place)
        elif node.items:
            text, advice = Text("desired.fixed-content", template=name), Text("desired.leave-keywords-out")
            self._note("keyword count", text, node.place, advice)
        refs = [ref for item in node.items if (ref := self._keyword(item, name)) is not None]
        self._refuse_repeats(refs, name)
        return tuple(refs)

    def _check_count(self, count: int, name: str, place: Place) -> None:
        least, most = self._limits.keywords
        if least <= count <= most:
            return
        of = Text("desired.a-template")
        if self._dialect != "wxopen":
            of = Text("desired.a-template-of", dialect=self._dialect)
        text = Text("desired.keyword-count", template=name, count=count, of=of, least=least, most=most)
        advice = Text("desired.name-at-least", count=least)
        if count > most:
            advice = Text("desired.remove-some", count=count - most)
        self._note("keyword count", text, place, advice)

    def _keyword(self, node: Node, name: str) -> KeywordRef | None:
        what = Text("desired.keyword-of", of=name)
        if isinstance(node, Scalar) and node.kind == "number":
            message = Text("desired.number-as-keyword", keyword=what, number=short(node.text))
            self._note("wrong type", message, node.place, Text("desired.keywords-by-name"))
            return None
        if not isinstance(node, Map):
            text = self._keyword_name(node, what)
            return None if text is None else KeywordRef(text, None, node.place)
        fields = self._fields(node, what, _KEYWORD, required=_KEYWORD)
        text = self._keyword_name(fields.get("name"), keyword_field(what, "name"))
        number = self._integer(fields.get("keyword_id"), keyword_field(what, "keyword_id"), -1)
        if not self._limits.keyword_ids:
            message = Text("desired.no-keyword-ids", keyword=what, dialect=self._dialect)
            self._note("other dialect", message, node.place, Text("desired.name-alone"))
        return None if text is None else KeywordRef(text, None if number < 0 else number, node.place)

    def _refuse_repeats(self, refs: Iterable[KeywordRef], name: str) -> None:
        """A keyword twice: a bare one is any of its name, and two with ids are one if these are the same."""
        seen: dict[str, set[int | None]] = {}
        for ref in refs:
            earlier = seen.setdefault(bare(ref.name), set())
            if earlier and (ref.keyword_id is None or not earlier.isdisjoint((None, ref.keyword_id))):
                text = Text("desired.keyword-twice", template=name, keyword=short(ref.name))
                self._note("keyword twice", text, ref.place, KEEP_ONE)
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
                text = Text(
                    "desired.same-template",
                    template=short(wanted.name),
                    other=short(first.name),
                    line=first.place.line if first.place else 0,
                )
                advice = Text("desired.use-for-both", template=short(first.name))
                self._note("same template twice", text, wanted.place, advice)


def _either(names: Row[str]) -> Said:
    """Names of which any will do."""
    either: Said = names[0]
    for name in names[1:]:
        either = Text("desired.either", one=either, other=name)
    return either


def _how_written(id_: str, meant: str) -> Text:
    """What is wrong with the way in which an id was written."""
    if id_.strip()[:1] in _PRINTED_QUOTES:
        return Text("desired.in-printed-quotes")
    if meant == id_.strip():
        return Text("desired.with-blanks")
    if narrow(id_) != id_.strip():
        return Text("desired.in-full-width")
    return Text("desired.in-small-letters")


def _indented(name: str, node: Node) -> Text | None:
    """What to do about an entry that holds no fields, by what stands there instead."""
    if isinstance(node, Map):
        return None
    if name in _ENTRY:
        return Text("desired.indent-field")
    if isinstance(node, Scalar) and re.match(_RUN_ON, node.text):
        return Text("desired.blank-behind-colon")
    if isinstance(node, Scalar) and node.kind == "nothing":
        return Text("desired.fields-below")
    return None


def _as_list(node: Node) -> Text | None:
    """What to write for keywords that stand there as one text, with whatever between them."""
    if not isinstance(node, Scalar) or node.kind != "text" or node.text != short(node.text):
        return None
    if secret_variable(node.text):
        return None
    names = [part.strip(" 　[]［］【】") for part in re.split(_PRINTED_LIST, node.text)]
    return Text("desired.write-keywords", yaml=", ".join(map(quoted, names))) if all(names) else None


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
