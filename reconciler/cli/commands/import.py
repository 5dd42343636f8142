"""`reconciler import`: from a living account to templates.yaml and a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..console import Console
from ..options import CALLS, COMMON, DIALECT, LIBRARY, option, options
from ..settings import inputs_of, settings_of

if TYPE_CHECKING:
    from ...app.importing.importer import Imported
    from ...app.project import Project


@click.command(
    "import",
    epilog="\b\nExamples:\n  reconciler import --dry-run\n  reconciler import --names names.yaml\n"
    "  reconciler plan   (it has nothing to do)",
    short_help="write templates.yaml and a lock from what lives on the account",
)
@option(
    "--names",
    metavar="FILE",
    help="names to give: lines such as `购买成功通知: order_paid`, of titles or template_ids; "
    "{name: order_paid, id: AT0002} also says which title of the library it is",
)
@option("--dry-run", is_flag=True, help="show what would be written, and write nothing")
@options(COMMON, LIBRARY, DIALECT, CALLS)
def command(names: str | None, dry_run: bool, **given: Any) -> int:
    """Write templates.yaml and a lock from what lives on the account, so that a plan has nothing to do.

    Never changes the account. A templates.yaml that exists keeps its comments and its order and is only
    added to. A template is named after the sound of its title, unless --names has a name for it. What can't
    be expressed is listed, and why.
    """
    from ...app.importing.importer import import_one

    console = _Console(json=given["format"] == "json", verbose=given["verbose"])
    asked = settings_of(console, given, inputs_of(given))
    import_one(asked, console, names=names, dialect=given["dialect"], writes=not dry_run)
    return 0


class _Console(Console):
    """Where an import speaks, asks, and tells what it has found."""

    def reached(self, project: Project) -> None:
        """Have errors tell which account they are about."""
        self.page.of(project.chosen)

    def places(self, file: str, lock: str) -> None:
        """Have the document of a failure tell what would be written."""
        self.page.know(file=file, lock=lock)

    def written(self) -> None:
        """Have the document of a failure tell that something was."""
        self.page.know(written=True)

    def told(self, imported: Imported) -> None:
        """The result."""
        from ...render import import_text

        found, rest, written = imported.found, imported.rest, imported.written
        self.result(import_text.text(found, rest, imported.file, imported.lock, written=written))
        head = {"version": 1, "written": written, "file": imported.file, "lock": imported.lock}
        about = {
            **import_text.document(found, rest),
            "warnings": [one.message for one in imported.warnings],
            "refused": [],
        }
        self.document({**head, **about})
