"""The sandbox's state in SQLite: on disk, or in memory for runs that must leave no trace.

No token and no secret is stored, only sha256 hashes of tokens. Rows carry the appid, so that several
accounts can live in one file.
"""

import json
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from shutil import copyfile
from typing import Any

from ..library import Keyword
from .records import Message, Pass, Template, Token, TokenKind, Violation

VERSION = 3
RESET = "run `reconciler sandbox reset`"
BUSY_SECONDS = 10.0

SCHEMA = {
    "templates": "seq INTEGER PRIMARY KEY, appid TEXT, template_id TEXT, title_id TEXT, title TEXT,"
    " keywords TEXT, dialect TEXT, UNIQUE (appid, template_id)",
    "tokens": "seq INTEGER PRIMARY KEY, appid TEXT, kind TEXT, digest TEXT UNIQUE, issued REAL, expires REAL,"
    " replaced REAL, forced INTEGER, nonce TEXT",
    "passes": "appid TEXT, pass_id TEXT, kind TEXT, touser TEXT, since REAL, used INTEGER,"
    " PRIMARY KEY (appid, pass_id)",
    "messages": "seq INTEGER PRIMARY KEY, appid TEXT, message TEXT, dialect TEXT, sent REAL",
    "violations": "seq INTEGER PRIMARY KEY, appid TEXT, at REAL, template_id TEXT, title TEXT, reason TEXT",
    "calls": "appid TEXT, call TEXT, day INTEGER, times INTEGER, PRIMARY KEY (appid, call, day)",
    "clock": "id INTEGER PRIMARY KEY CHECK (id = 1), advanced REAL",
}
UPGRADES = {
    2: (
        "ALTER TABLE messages ADD COLUMN dialect TEXT",
        "ALTER TABLE messages ADD COLUMN sent REAL",
        # Each dialect keeps something that the others don't. Quotes inside values are escaped there.
        "UPDATE messages SET dialect = CASE WHEN instr(message, '\"form_id\": ') THEN 'wxopen'"
        " WHEN instr(message, '\"msgid\": ') THEN 'official' ELSE 'subscribe' END",
        "CREATE TABLE violations (seq INTEGER PRIMARY KEY, appid TEXT, at REAL, template_id TEXT, title TEXT,"
        " reason TEXT)",
    ),
}
"""What makes a state of a version one of the next; written out, for the tables go on changing"""

_SELECT = "SELECT template_id, title_id, title, keywords, dialect FROM templates"


class StoreError(RuntimeError):
    """The state can't be used; the message names the file and says what to do."""


class UnusableState(StoreError):
    """The file holds no state of ours, or a damaged one: only a reset helps."""


class Store:
    """One connection, one transaction at a time; threads and processes may share the file."""

    def __init__(self, db: sqlite3.Connection, where: str) -> None:
        self._db = db
        self._where = where
        self._lock = threading.RLock()
        try:
            self._prepare()
        except StoreError:
            db.close()
            raise

    @classmethod
    def open(cls, path: Path) -> "Store":
        """The state in a file, made with its folder if missing."""
        try:
            _make_folder(path.parent)
            if not path.exists():
                path.touch(mode=0o666)  # what the umask leaves of it; SQLite by itself would leave 0644
            return cls(_connect(str(path)), str(path))
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: can't be opened: {error}") from None

    @classmethod
    def memory(cls, copy_of: Path | None = None) -> "Store":
        """A state in memory, empty or as a file has it; the file is only read."""
        db = _connect(":memory:")
        if copy_of is not None and copy_of.exists():
            try:
                _copy(copy_of, db)
            except sqlite3.Error as error:
                db.close()
                raise _explained(str(copy_of), error) from None
            except OSError as error:
                db.close()
                raise StoreError(f"{copy_of}: can't be read: {error}") from None
        return cls(db, str(copy_of or "the sandbox's memory"))

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, also under SIGKILL: each call of the API is one of these."""
        with self._lock:
            self._run("BEGIN IMMEDIATE")  # takes the write lock at once: no deadlock with another process
            try:
                yield
                self._run("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._run("ROLLBACK")
                raise

    def clear(self) -> None:
        """Forgets everything, the clock's offset included."""
        for table in SCHEMA:
            self._run(f"DELETE FROM {table}")

    # clock

    def advanced(self) -> float:
        rows = self._run("SELECT advanced FROM clock")
        return float(rows[0][0]) if rows else 0.0

    def advance(self, seconds: float) -> None:
        self._run("INSERT OR REPLACE INTO clock VALUES (1, ?)", self.advanced() + seconds)

    # templates

    def templates(self, appid: str, dialect: str) -> tuple[Template, ...]:
        """Of an account, as one of the APIs sees it; oldest first."""
        rows = self._run(f"{_SELECT} WHERE appid = ? AND dialect = ? ORDER BY seq", appid, dialect)
        return tuple(_template(row) for row in rows)

    def all_templates(self, appid: str) -> tuple[Template, ...]:
        """Of an account, of all APIs; oldest first."""
        return tuple(_template(row) for row in self._run(f"{_SELECT} WHERE appid = ? ORDER BY seq", appid))

    def accounts(self) -> tuple[tuple[str, str], ...]:
        """The accounts that have templates: appid and dialect."""
        return tuple((row[0], row[1]) for row in self._run("SELECT DISTINCT appid, dialect FROM templates"))

    def template(self, appid: str, dialect: str, template_id: str) -> Template | None:
        return next((t for t in self.templates(appid, dialect) if t.template_id == template_id), None)

    def add_template(self, appid: str, template: Template) -> None:
        keywords = json.dumps([asdict(keyword) for keyword in template.keywords], ensure_ascii=False)
        self._run(
            "INSERT INTO templates (appid, template_id, title_id, title, keywords, dialect)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *(appid, template.template_id, template.title_id, template.title, keywords, template.dialect),
        )

    def delete_template(self, appid: str, dialect: str, template_id: str) -> bool:
        """Whether it was there."""
        found = self._run(
            "DELETE FROM templates WHERE appid = ? AND dialect = ? AND template_id = ? RETURNING seq",
            *(appid, dialect, template_id),
        )
        return bool(found)

    # tokens

    def add_token(self, token: Token) -> None:
        self._run(
            "INSERT INTO tokens (appid, kind, digest, issued, expires, replaced, forced, nonce)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(token.appid, token.kind, token.digest, token.issued, token.expires, token.replaced),
            *(token.forced, token.nonce),
        )

    def token(self, digest: str) -> Token | None:
        return next(iter(self._tokens("digest = ?", digest)), None)

    def current_token(self, appid: str, kind: TokenKind) -> Token | None:
        """The one that no newer token has replaced; it may have expired."""
        found = self._tokens("appid = ? AND kind = ? AND replaced IS NULL ORDER BY seq DESC", appid, kind)
        return next(iter(found), None)

    def replace_tokens(self, appid: str, kind: TokenKind, now: float) -> None:
        self._run(
            "UPDATE tokens SET replaced = ? WHERE appid = ? AND kind = ? AND replaced IS NULL",
            now,
            appid,
            kind,
        )

    def kill_token(self, digest: str, now: float) -> None:
        """Nobody finds it by its digest any more; the row stays, as one of the day's forced ones."""
        self._run(
            "UPDATE tokens SET digest = 'dead ' || digest, replaced = coalesce(replaced, ?) WHERE digest = ?",
            now,
            digest,
        )

    def forced_tokens(self, appid: str, since: float) -> tuple[Token, ...]:
        """Those issued by `force_refresh` from a time on, newest first."""
        return self._tokens("appid = ? AND forced = 1 AND issued >= ? ORDER BY seq DESC", appid, since)

    def _tokens(self, condition: str, *values: object) -> tuple[Token, ...]:
        rows = self._run(
            "SELECT appid, kind, digest, issued, expires, replaced, forced, nonce FROM tokens"
            f" WHERE {condition}",
            *values,
        )
        return tuple(_token(row) for row in rows)

    # messages, and the user's acts that allow them

    def get_pass(self, appid: str, pass_id: str) -> Pass | None:
        rows = self._run(
            "SELECT pass_id, kind, touser, since, used FROM passes WHERE appid = ? AND pass_id = ?",
            appid,
            pass_id,
        )
        return Pass(*rows[0]) if rows else None

    def put_pass(self, appid: str, item: Pass) -> None:
        self._run(
            "INSERT OR REPLACE INTO passes VALUES (?, ?, ?, ?, ?, ?)",
            *(appid, item.pass_id, item.kind, item.touser, item.since, item.used),
        )

    def add_message(self, message: Message) -> None:
        text = json.dumps(message.content, ensure_ascii=False)
        self._run(
            "INSERT INTO messages (appid, message, dialect, sent) VALUES (?, ?, ?, ?)",
            *(message.appid, text, message.dialect, message.sent),
        )

    def messages(self, appid: str | None = None, since: float | None = None) -> tuple[Message, ...]:
        """Of an account, or of all; oldest first; those after a time, or all."""
        rows = self._run(
            "SELECT appid, dialect, sent, message FROM messages"
            " WHERE appid = coalesce(?, appid) AND (? IS NULL OR sent > ?) ORDER BY seq",
            *(appid, since, since),
        )
        return tuple(Message(row[0], row[1], row[2], self._content(row[3])) for row in rows)

    def _content(self, text: str) -> Mapping[str, object]:
        try:
            content = json.loads(text)
        except (ValueError, TypeError):
            content = None
        if not isinstance(content, dict):
            raise UnusableState(f"{self._where}: the sandbox's state is damaged (a message is none): {RESET}")
        return content

    # what was done wrong

    def add_violation(self, appid: str, item: Violation) -> None:
        self._run(
            "INSERT INTO violations (appid, at, template_id, title, reason) VALUES (?, ?, ?, ?, ?)",
            *(appid, item.at, item.template_id, item.title, item.reason),
        )

    def violations(self, appid: str) -> tuple[Violation, ...]:
        """Of an account; oldest first."""
        rows = self._run(
            "SELECT at, template_id, title, reason FROM violations WHERE appid = ? ORDER BY seq", appid
        )
        return tuple(Violation(*row) for row in rows)

    # counts

    def count_call(self, appid: str, call: str, day: int, times: int = 1) -> None:
        self._run(
            "INSERT INTO calls VALUES (?, ?, ?, ?)"
            " ON CONFLICT (appid, call, day) DO UPDATE SET times = times + excluded.times",
            *(appid, call, day, times),
        )

    def calls_on(self, appid: str, call: str, day: int) -> int:
        rows = self._run("SELECT times FROM calls WHERE appid = ? AND call = ? AND day = ?", appid, call, day)
        return int(rows[0][0]) if rows else 0

    def calls(self, appid: str) -> dict[str, int]:
        rows = self._run(
            "SELECT call, sum(times) FROM calls WHERE appid = ? GROUP BY call ORDER BY call", appid
        )
        return dict(rows)

    # SQLite

    def _run(self, sql: str, *values: object) -> list[Any]:
        try:
            with self._lock:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise _explained(self._where, error) from None

    def _prepare(self) -> None:
        self._run(
            "PRAGMA synchronous = OFF"
        )  # the journal survives a killed process; power cuts don't matter
        if self._version() == VERSION:
            return
        with self.transaction():
            while (version := self._version()) in UPGRADES:
                for statement in UPGRADES[version]:
                    self._run(statement)
                self._run(f"PRAGMA user_version = {version + 1}")
            if version != VERSION:  # unless another process was first
                self._make(version)

    def _make(self, version: int) -> None:
        if version or self._run("SELECT 1 FROM sqlite_master"):
            raise UnusableState(f"{self._where}: not a state of this version of the sandbox: {RESET}")
        for table, columns in SCHEMA.items():
            self._run(f"CREATE TABLE {table} ({columns})")
        self._run(f"PRAGMA user_version = {VERSION}")

    def _version(self) -> int:
        return int(self._run("PRAGMA user_version")[0][0])


def reset(path: Path) -> None:
    """Empties the state in a file; a server that has it open starts afresh with its next call."""
    if not path.exists():
        return
    try:
        with closing(Store.open(path)) as store, store.transaction():
            store.clear()
    except UnusableState:
        path.unlink(missing_ok=True)
        _journal(path).unlink(missing_ok=True)


def _connect(path: str) -> sqlite3.Connection:
    # Starlette and a CLI may use different threads; the store's lock makes that safe.
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _copy(path: Path, target: sqlite3.Connection) -> None:
    try:
        _back_up(path, "ro", target)
    except sqlite3.OperationalError:
        # A killed writer left a journal behind. Rolling it back means writing, so that is done to a copy.
        with tempfile.TemporaryDirectory() as folder:
            twin = Path(folder, path.name)
            copyfile(path, twin)
            if _journal(path).exists():
                copyfile(_journal(path), _journal(twin))
            _back_up(twin, "rw", target)


def _back_up(path: Path, mode: str, target: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True)) as source:
        source.backup(target)


def _journal(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


def _make_folder(folder: Path) -> None:
    """The folder, hidden from git. One that was there before and isn't a dot folder may be a user's own."""
    existed = folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if (not existed or folder.resolve().name.startswith(".")) and not ignore.exists():
        # Whole before it has its name, and until then one that git passes over: it may be killed in between.
        staging = folder / ".git"
        staging.write_text("*\n", encoding="utf-8")
        staging.replace(ignore)


def _explained(where: str, error: sqlite3.Error) -> StoreError:
    """OperationalError is about the surroundings (locked, disk full), its parent about the file."""
    if isinstance(error, sqlite3.OperationalError):
        return StoreError(f"{where}: {error}")
    return UnusableState(f"{where}: the sandbox's state is damaged ({error}): {RESET}")


def _template(row: Sequence[str]) -> Template:
    keywords = tuple(Keyword(**keyword) for keyword in json.loads(row[3]))
    return Template(row[0], row[1], row[2], keywords, row[4])


def _token(row: Sequence[Any]) -> Token:
    appid, kind, digest, issued, expires, replaced, forced, nonce = row
    return Token(appid, kind, digest, issued, expires, replaced, bool(forced), nonce)
