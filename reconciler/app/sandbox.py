"""The sandbox in place of WeChat: where its state lies, its credentials, and the emulator in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..core import files, own_folder
from ..core.errors import InputError, Problem
from ..core.messages import Text
from ..core.model import Account
from .input_files import home, is_stream

if TYPE_CHECKING:
    from ..core.ports import Teller
    from ..wechat.auth.credentials import Credentials
    from ..wechat.transport.http import httpx


def state_of(file: str) -> Path:
    """Where the sandbox of a templates.yaml keeps its state. Raises InputError where a link stands there, or
    what is no file: it was not made by us."""
    folder = home(file).parent / own_folder.NAME
    state = folder / "sandbox.sqlite"
    for path in (folder, state):
        if path.is_symlink():
            raise InputError(Problem("link", Text("app.link"), str(path), Text("app.remove-link")))
    if state.exists():
        files.check_regular(state)
    return state


def credentials(account: Account | None) -> Credentials:
    """The credentials of an account; without one, those of the account that the sandbox has."""
    from ..sandbox.accounts import APPID, SECRET
    from ..wechat.auth.credentials import Credentials

    return Credentials(appid=APPID if account is None else account.appid, secret=SECRET)


def transport(state: Path, titles: str | None, *, writes: bool, teller: Teller) -> httpx.AsyncBaseTransport:
    """The emulator in this process. A plan gets a copy of its state in memory: it changes nothing.

    What a pulled library has (`titles`) the emulator has, too, unless that is titles alone.

    Raises InputError.
    """
    from ..sandbox import library
    from ..sandbox.routes import create_app
    from ..sandbox.state import store
    from ..wechat.transport.http import httpx

    class InProcess(httpx.ASGITransport):
        async def aclose(self) -> None:
            opened.close()

    try:
        opened = store.Store.open(state) if writes else store.Store.memory(state)
    except (store.StoreError, OSError) as error:
        raise InputError(Problem("sandbox", str(error))) from None
    try:
        catalogue = library.load(Path(titles) if titles and not is_stream(titles) else None)
    except library.LibraryError as error:
        teller.warn(Text("app.own-library", why=str(error)))
        catalogue = library.load(None)
    return InProcess(app=create_app(opened, catalogue))
