"""Check templates.yaml offline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core.messages import Text
from .chosen_accounts import choose
from .input_files import Inputs
from .shared_locks import refuse_shared_locks

if TYPE_CHECKING:
    from ..core.model import Desired
    from ..core.ports import Teller


def validate(
    inputs: Inputs,
    teller: Teller,
    file: str,
    *,
    accounts: Sequence[str],
    lockfile: str | None,
    library: str | None,
) -> Desired:
    """What a templates.yaml says, if nothing is wrong with it. Raises InputError with all that is.

    `accounts` are the names of those whose locks are looked at, all if it is empty; titles and keywords are
    held against a pulled `library`.
    """
    desired = inputs.desired(file)
    chosen = choose(desired, file, accounts)
    if not lockfile:
        refuse_shared_locks(inputs, file, desired, chosen)
    if library:
        _check_titles(inputs, teller, desired, file, library)
    return desired


def _check_titles(inputs: Inputs, teller: Teller, desired: Desired, file: str, library_file: str) -> None:
    """Hold titles and keywords against a pulled library. Raises InputError."""
    from ..library import resolve
    from ..wechat.dialects.limits import LIMITS

    library = inputs.library(library_file, desired.dialect, file)
    hint = LIMITS[desired.dialect].id_hint
    resolve.check(desired.templates, library, file, library_file=library_file, hint=hint)
    bare = {title.id for title in library.titles if title.keywords is None}
    unchecked = tuple(one.name for one in desired.templates if one.id in bare)
    if unchecked:
        teller.warn(Text("app.keywords-unchecked", names=unchecked, file=library_file))
