"""docs/fields.md has every field of every file, and no other; it says of each what the schemas say, and its
examples are read by the program. Files without a schema are held against their readers."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import yaml
from jsonschema import Draft202012Validator

from reconciler.app import input_files, library_pull, sandbox
from reconciler.app.importing import names_file
from reconciler.app.lock_paths import lock_path
from reconciler.app.sending import values_file
from reconciler.cli import cli as root_command
from reconciler.core import errors, files, json_file, schemas, text
from reconciler.core.errors import InputError
from reconciler.desired import fields, templates, yaml_nodes
from reconciler.lock import mutex
from reconciler.lock.file import lock_text, parse_lock
from reconciler.sandbox import replay
from reconciler.wechat.dialects.limits import LIMITS

from ..tools import CommandLine

DOCS = Path(__file__).parents[2] / "docs"
FILES = {
    "templates": "templates.yaml",
    "accounts": "accounts.yaml",
    "lock": "templates.lock.json",
    "library": "library.json",
    "proposals": "proposals.yaml",
    "trace": "trace.jsonl",
}
"""The section of each file that has a schema"""


class Tongue(NamedTuple):
    """The words of one language that the tables are made of."""

    page: str
    head: tuple[str, ...]
    """of a table of fields"""
    required: str
    every: str
    """used by all commands"""
    empty: str
    types: Mapping[str, tuple[str, ...]]


ENGLISH = Tongue(
    "fields.md",
    ("field", "shape", "default", "meaning", "used by"),
    "required",
    "all",
    "empty",
    {
        "string": ("text",),
        "integer": ("whole number",),
        "number": ("number",),
        "boolean": ("`true` or `false`",),
        "array": ("list",),
        "object": ("mapping", "object"),
        "null": ("`null`",),
    },
)
CHINESE = Tongue(
    "fields.zh.md",
    ("字段", "写法", "默认值", "含义", "用于"),
    "必填",
    "全部",
    "空",
    {
        "string": ("文本",),
        "integer": ("整数",),
        "number": ("数字",),
        "boolean": ("`true` 或 `false`",),
        "array": ("列表",),
        "object": ("映射", "对象"),
        "null": ("`null`",),
    },
)
TONGUES = pytest.mark.parametrize("tongue", [ENGLISH, CHINESE], ids=lambda one: str(one.page))


# ------------------------------------------------------------------ the page


class Told(NamedTuple):
    """A row of a table of fields."""

    table: str
    """the id of its heading"""
    shape: str
    default: str
    meaning: str
    used_by: str


def page(tongue: Tongue) -> str:
    return (DOCS / tongue.page).read_text("utf-8")


def parts(of: str, marks: str) -> Iterator[tuple[str, str, str]]:
    """Heading, id and text of the parts that begin with a heading of this depth."""
    found = re.split(rf'^{marks} (.+?) <a id="([a-z-]+)"></a>$', of, flags=re.MULTILINE)
    yield from zip(found[1::3], found[2::3], found[3::3], strict=True)


def rows(of: str) -> list[list[str]]:
    """The cells of the first table, its head first."""
    found = re.search(r"^\|.*(?:\n\|.*)*", of, re.MULTILINE)
    lines = found[0].splitlines() if found else []
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    assert all(len(row) == len(cells[0]) for row in cells), cells[0]
    return [row for row in cells if set("".join(row)) - set("-:")]


def codes(of: str) -> list[str]:
    return re.findall(r"`([^`]+)`", of)


def told(tongue: Tongue) -> dict[str, dict[tuple[str, str], Told]]:
    """File -> (path of a level, field) -> what the page says. A table may serve several levels."""
    sections: dict[str, dict[tuple[str, str], Told]] = defaultdict(dict)
    for file, _, section in parts(page(tongue), "##"):
        for heading, anchor, part in parts(section, "###"):
            table = rows(part)
            if tuple(table[0]) != tongue.head:
                continue
            for name, *cells in table[1:]:
                for path in codes(heading) or [""]:
                    key = (path, name.strip("`"))
                    assert key not in sections[file], key
                    sections[file][key] = Told(anchor, *cells)
    return sections


# ------------------------------------------------------------------ the schemas


class Field(NamedTuple):
    """A field of a schema."""

    schema: Mapping[str, Any]
    required: bool


@cache
def schema_of(name: str) -> dict[str, Any]:
    """Its schema; of several documents in one, that of the file."""
    root: dict[str, Any] = json.loads(schemas.text(name))
    return {"$defs": root["$defs"], **root["$defs"]["file"]} if "file" in root.get("$defs", {}) else root


def resolved(node: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        node = {**root["$defs"][node["$ref"].removeprefix("#/$defs/")], **rest}
    return node


def called(pattern: str) -> str:
    """What the page calls the fields of a pattern."""
    return pattern.removeprefix("^") + "…"


def below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def schema_fields(
    node: Mapping[str, Any], root: Mapping[str, Any], path: str = ""
) -> Iterator[tuple[tuple[str, str], Field]]:
    """All fields: the path of their level and their name. (Restrictions, `if` and `not`, have none.)"""
    node = resolved(node, root)
    for name, child in node.get("properties", {}).items():
        yield (path, name), Field(resolved(child, root), name in node.get("required", ()))
        yield from schema_fields(child, root, below(path, name))
    for pattern, child in node.get("patternProperties", {}).items():
        yield (path, called(pattern)), Field(child, required=False)
    if isinstance(more := node.get("additionalProperties"), dict):
        yield from schema_fields(more, root, below(path, "NAME"))
    for child in (node.get("items"), *node.get("oneOf", ())):
        if child is not None:
            yield from schema_fields(child, root, path if child is not node.get("items") else f"{path}[]")


@cache
def known(name: str) -> dict[tuple[str, str], Field]:
    root = schema_of(name)
    return dict(schema_fields(root, root))


def used(node: Mapping[str, Any], root: Mapping[str, Any], document: Any, path: str = "") -> Iterator[Any]:
    """The fields that a document has."""
    node = resolved(node, root)
    for name, value in document.items() if isinstance(document, dict) else ():
        if (child := node.get("properties", {}).get(name)) is not None:
            yield path, name
            yield from used(child, root, value, below(path, name))
        elif pattern := next((one for one in node.get("patternProperties", ()) if re.match(one, name)), None):
            yield path, called(pattern)
        elif isinstance(node.get("additionalProperties"), dict):
            yield from used(node["additionalProperties"], root, value, below(path, "NAME"))
    for value in document if isinstance(document, list) else ():
        yield from used(node["items"], root, value, f"{path}[]")
    if isinstance(document, dict):
        for child in node.get("oneOf", ()):
            yield from used(child, root, document, path)


# ------------------------------------------------------------------ every field


def test_every_file_that_has_a_schema_has_a_section() -> None:
    assert set(FILES) == set(schemas.FILES)


@TONGUES
def test_every_section_with_tables_is_a_file_that_is_checked(tongue: Tongue) -> None:
    assert set(told(tongue)) == {*FILES.values(), "names.yaml", "values.yaml"}


@TONGUES
@pytest.mark.parametrize("name", FILES)
def test_every_field_stands_there_and_no_other(tongue: Tongue, name: str) -> None:
    assert set(told(tongue)[FILES[name]]) == set(known(name))


@pytest.mark.parametrize("name", FILES)
def test_every_field_is_described_in_its_schema(name: str) -> None:
    assert [key for key, field in known(name).items() if not field.schema.get("description")] == []


@TONGUES
@pytest.mark.parametrize("name", FILES)
def test_shape_and_default_are_the_schemas(tongue: Tongue, name: str) -> None:
    for key, field in known(name).items():
        row = told(tongue)[FILES[name]][key]
        check_shape(tongue, row.shape, field.schema, f"{name} {key}")
        if "default" in field.schema:
            assert row.default == f"`{written(field.schema['default'])}`", (name, key)
        else:
            assert (row.default == tongue.required) == field.required, (name, key)


def written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def check_shape(tongue: Tongue, shape: str, schema: Mapping[str, Any], what: str) -> None:
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if values is not None:
        assert set(codes(shape)) == set(map(written, values)), what
        return
    types = schema.get("type", [one["type"] for one in schema.get("oneOf", ()) if "type" in one])
    for type_ in [types] if isinstance(types, str) else types:
        assert any(word in shape for word in tongue.types[type_]), (what, type_)
    assert ("`null`" in shape) == ("null" in types), what


@TONGUES
@pytest.mark.parametrize("name", [name for name, file in FILES.items() if file.endswith(".yaml")])
def test_bounds_are_told_of_files_that_people_write(tongue: Tongue, name: str) -> None:
    for key, field in known(name).items():
        row = told(tongue)[FILES[name]][key]
        said = f"{row.shape} {row.meaning}"
        names = field.schema.get("propertyNames", {})
        if "pattern" in names:
            assert f"`{names['pattern'].strip('^$')}`" in said, key
        most = [
            one[bound] for one in (field.schema, names) for bound in ("maxLength", "maxItems") if bound in one
        ]
        for number in most:
            assert re.search(rf"(?<!\d){number}(?!\d)", said), (key, number)
        if 1 in (field.schema.get("minItems"), field.schema.get("minProperties")):
            assert tongue.empty in row.meaning, key


def commands(group: click.Group, *above: str) -> Iterator[str]:
    """What may stand behind `reconciler`."""
    context = click.Context(group)
    for name in group.list_commands(context):
        yield " ".join((*above, name))
        if isinstance(inner := group.get_command(context, name), click.Group):
            yield from commands(inner, *above, name)


@TONGUES
def test_fields_are_used_by_commands_that_there_are(tongue: Tongue) -> None:
    there = set(commands(root_command))
    for file, table in told(tongue).items():
        for key, row in table.items():
            assert row.used_by in (tongue.every, "–") or codes(row.used_by), (file, key)
            assert set(codes(row.used_by)) <= there, (file, key)


# ------------------------------------------------------------------ what the dialect decides


def section(tongue: Tongue, anchor: str) -> str:
    """What stands between a heading and the next."""
    return page(tongue).split(f'<a id="{anchor}"></a>\n', 1)[1].partition("\n##")[0]


@TONGUES
def test_the_table_of_dialects_is_the_programs(tongue: Tongue) -> None:
    head, *table = rows(section(tongue, "templates-dialects"))
    assert [codes(one) for one in head[1:]] == [["id"], ["keywords"], ["scene"], ["groups"], ["keyword_id"]]
    assert [codes(row[0])[0] for row in table] == list(LIMITS)
    for row, limits in zip(table, LIMITS.values(), strict=True):
        example = f'"{limits.id_example}"' if limits.id_digits else limits.id_example
        assert codes(row[1])[0] == example
        assert ("`OPENTM…`" in row[1]) == (limits.old_ids is not None)
        bounds = [*limits.keywords, *([limits.fixed[0], limits.fixed[-1]] if limits.fixed else [])]
        assert list(map(int, re.findall(r"\d+", row[2]))) == bounds
        assert re.findall(r"\d+", row[3]) == ([] if limits.scene is None else [str(limits.scene)])
        assert [one != "–" for one in row[4:]] == [limits.groups, limits.keyword_ids]


@TONGUES
@pytest.mark.parametrize(
    ("key", "having"),
    [
        (("", "groups"), lambda one: one.groups),
        (("templates.NAME", "scene"), lambda one: one.scene is not None),
    ],
)
def test_whose_alone_a_field_is_stands_first(
    tongue: Tongue, key: tuple[str, str], having: Callable[[Any], bool]
) -> None:
    first = re.split("[.。]", told(tongue)["templates.yaml"][key].meaning)[0]
    assert codes(first) == [name for name, limits in LIMITS.items() if having(limits)]


@TONGUES
def test_the_limits_are_the_programs(tongue: Tongue) -> None:
    mib = 1 << 20
    assert [row[1] for row in rows(section(tongue, "limits"))[1:]] == [
        f"{yaml_nodes.MAX_BYTES // mib} MiB",
        f"{yaml_nodes.MAX_STREAM // mib} MiB",
        f"{json_file.MAX_BYTES // mib} MiB",
        f"{replay.MOST_BYTES // mib} MiB",
        f"{yaml_nodes.MAX_DEPTH}",
        f"{yaml_nodes.MAX_VALUES:,}",
        f"{errors.MAX_TOLD}",
        f"{text.MAX_QUOTED}",
        f"{fields.MAX_NAME}",
        f"{templates.MAX_PATH}",
    ]
    assert input_files.MAX_LIBRARY == json_file.MAX_BYTES


@TONGUES
def test_every_field_that_says_where_credentials_come_from_is_named(tongue: Tongue) -> None:
    assert set(fields._ELSEWHERE) | set(fields._LIKE_A_SECRET) <= set(codes(section(tongue, "yaml")))


# ------------------------------------------------------------------ files without a schema


def asked_for(read: Callable[[bytes, str], object]) -> set[str]:
    """The fields of an entry, as the reader tells whoever writes another."""
    with pytest.raises(InputError) as caught:
        read("购买地点: {qqqqqqqq: x}".encode(), "f.yaml")
    advice = next(one.advice for one in caught.value.problems if one.code == "unknown field")
    return set(advice.fields["fields"])  # type: ignore[union-attr, arg-type]


@TONGUES
@pytest.mark.parametrize(
    ("file", "path", "read"),
    [("names.yaml", "KEY", names_file.read), ("values.yaml", "KEYWORD", values_file.read)],
)
def test_fields_without_a_schema_are_the_readers(
    tongue: Tongue, file: str, path: str, read: Callable[[bytes, str], object]
) -> None:
    table = told(tongue)[file]
    assert {field for level, field in table if level == path} == asked_for(read)
    assert {level for level, _ in table} == {"", path}
    name = table[path, "name"].shape if file == "names.yaml" else ""
    assert not name or (
        f"`{templates.TEMPLATE_NAME.pattern.pattern}`" in name and str(fields.MAX_NAME) in name
    )


def own_folder(tongue: Tongue) -> dict[str, str]:
    return {codes(row[0])[0]: row[1] for row in rows(section(tongue, "own-folder"))[1:]}


@TONGUES
def test_what_lies_in_our_own_folder_is_told(tongue: Tongue) -> None:
    table = own_folder(tongue)
    lock = Path("templates.lock.json")
    part = library_pull._part_of(Path("library.json").absolute())
    assert set(table) == {
        ".gitignore",
        mutex.beside(lock).name,
        f"*{files._SUFFIX}",
        part.name,
        sandbox.state_of("templates.yaml").name,
        lock_path("templates.yaml", None, None, sandbox=True).name,
    }
    told_of_mark = set(codes(table[mutex.beside(lock).name])) - set(commands(root_command))
    assert told_of_mark == set(mutex.Holder.__struct_fields__)


# ------------------------------------------------------------------ the examples


def titled(tongue: Tongue) -> dict[str, str]:
    """The files that the page shows."""
    found = re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', page(tongue), re.MULTILINE | re.DOTALL)
    return dict(found)


def trace_line(tongue: Tongue) -> bytes:
    """The example of a trace in one line, as a file has it."""
    found = re.search(r"^```json\n(.*?)^```$", section(tongue, "trace"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return json.dumps(json.loads(found[1]), ensure_ascii=False, separators=(",", ":")).encode()


def examples(tongue: Tongue, name: str) -> list[Any]:
    shown = titled(tongue)
    if name == "trace":
        return [json.loads(trace_line(tongue))]
    files_of = {"templates": ["templates.yaml", "fleet.yaml"], "lock": ["templates.prod.lock.json"]}
    return [yaml.safe_load(shown[file]) for file in files_of.get(name, [FILES[name]])]


@TONGUES
@pytest.mark.parametrize("name", FILES)
def test_the_examples_hold_to_the_schema_and_use_every_field(tongue: Tongue, name: str) -> None:
    root = schema_of(name)
    fields_used = set()
    for document in examples(tongue, name):
        assert [one.message for one in Draft202012Validator(root).iter_errors(document)] == []
        fields_used |= set(used(root, root, document))
    table = told(tongue)[FILES[name]]
    assert fields_used <= set(table)
    assert {(table[key].table, key[1]) for key in fields_used} == {
        (row.table, key[1]) for key, row in table.items()
    }


@TONGUES
def test_the_program_reads_every_example(
    tongue: Tongue, reconciler: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = titled(tongue)
    for file, content in shown.items():
        Path(file).write_text(content, "utf-8")
    assert reconciler("validate", "--library", "library.json").code == 0
    assert reconciler("validate", "--file", "fleet.yaml").code == 0
    assert reconciler("lint", "--proposals", "proposals.yaml", "--library", "library.json").code == 0
    lock = parse_lock(shown["templates.prod.lock.json"].encode(), "l")
    assert json.loads(lock_text(lock)) == json.loads(shown["templates.prod.lock.json"])
    assert reconciler("plan", "--sandbox", "--account", "staging").code == 0
    sent = reconciler("send", "order_paid", "--account", "prod", "--to", "O", "--set", "购买地点=上海", *TIME)
    assert sent.code == 0, sent.err
    trace = replay.read([trace_line(tongue)], "t")
    assert (trace.count, trace.damaged) == (1, 0)


TIME = ("--set", "购买时间=10:00", "--dry-run")


@TONGUES
def test_the_program_reads_names_and_values(
    tongue: Tongue, reconciler: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an account that has the templates of this repository's templates.yaml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "templates.yaml").write_bytes((DOCS.parent / "templates.yaml").read_bytes())
    assert reconciler("apply", "--sandbox", "--yes").code == 0
    owned = parse_lock(Path(".reconciler/templates.lock.json").read_bytes(), "l").templates
    lying = [one.name for one in Path(".reconciler").iterdir()]
    assert [one for one in lying if not any(fnmatch(one, name) for name in own_folder(tongue))] == []
    shown = titled(tongue)
    Path("values.yaml").write_text(shown["values.yaml"], "utf-8")
    words = ("--to", "O", "--form-id", "F", "--data", "values.yaml", "--dry-run")
    sent = reconciler("send", "order_paid", "--sandbox", *words)
    values = [one["value"] for one in json.loads(sent.out)["data"].values()]
    assert values == ["上海", "2026-06-06", "咖啡"]
    (its_id,) = re.findall("[A-Za-z0-9_-]{43}", shown["names.yaml"])
    names = shown["names.yaml"].replace(its_id, owned["payment_failed"].template_id)
    Path("names.yaml").write_text(names, "utf-8")
    imported = reconciler("import", "--sandbox", "--file", "new.yaml", "--names", "names.yaml", "--dry-run")
    assert (imported.code, "warning" in imported.err) == (0, False), imported.err
    assert set(re.findall(r"^  \+ (\w+):", imported.out, re.MULTILINE)) >= {
        "order_paid",
        "payment_received",
        "payment_failed",
    }
