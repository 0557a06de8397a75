"""Sessions beside an SQLite database: a directory of directories.

    headend.db
    headend.db.sessions/
        ci-17 -> ci-17@2        a name stands for a directory: a symbolic link, made and taken away in one step
        ci-17@2/                session.json, headend.db, headend.db.journal
        ci-17@1/                dropped; removed when nobody can be at work in it any more

Whoever makes a session makes its directory first, and then the link, which succeeds for one process only. So no session
is ever seen half made, nobody waits for a lock, and a process that is killed leaves nothing that is in the way.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

from headend.store.database import Store
from headend.store.errors import StoreUnavailable
from headend.store.exchange_store import ExchangeStore
from headend.store.session_register import REMOVED_AFTER, SessionExists, StoredSession
from headend.store.template_database import put_template

SUFFIX: Final = ".sessions"
"""Behind the name of the head end's database: `rm -r headend.db*` takes all away."""

_DATABASE: Final = "headend.db"
_ABOUT: Final = "session.json"
_KEY: Final = re.compile(r"(.+)@([0-9]+)")
_KEPT_READERS: Final = 1
"""Of each session: a hundred of them with eight open files each would be more than many systems let a process have."""


class SessionDirectory:
    """See SessionRegister."""

    def __init__(self, database: Path) -> None:
        """database: the head end's. Nothing is made before the first session."""
        real = database.resolve()  # by whatever name a process knows it
        self._root = real.with_name(f"{real.name}{SUFFIX}")

    def key(self, name: str) -> str | None:
        """See SessionRegister."""
        try:
            key = str((self._root / name).readlink())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unavailable(error) from error
        if _name_of(key) != name:  # a file system to which capital and small letters are the same
            raise StoreUnavailable(
                f"{self._root} cannot tell the sessions {name} and {_name_of(key)} apart; rename one"
            )
        return key

    def all(self) -> list[StoredSession]:
        """See SessionRegister."""
        found = (self.get(name) for name in sorted(self._names()))
        return [one for one in found if one is not None]

    def get(self, name: str) -> StoredSession | None:
        """See SessionRegister."""
        key = self.key(name)
        if key is None:
            return None
        about = self._root / key / _ABOUT
        try:
            told = json.loads(about.read_text("utf-8"))
            used = datetime.fromtimestamp(about.stat().st_mtime, UTC)
        except FileNotFoundError:  # dropped and removed in between
            return None
        except (OSError, ValueError) as error:
            raise self._unavailable(error) from error
        return StoredSession(name, key, datetime.fromisoformat(told["created"]), used, told["settings"])

    def create(self, name: str, settings: dict[str, Any], now: datetime) -> StoredSession:
        """See SessionRegister."""
        if self.key(name) is not None:
            raise SessionExists(name)
        with self._as_store_errors():
            directory = self._new_directory(name)
            put_template(directory / _DATABASE)
            about = directory / _ABOUT
            about.write_text(json.dumps({"created": now.isoformat(), "settings": settings}), "utf-8")
            os.utime(about, (now.timestamp(), now.timestamp()))
            try:
                (self._root / name).symlink_to(directory.name, target_is_directory=True)
            except FileExistsError:
                shutil.rmtree(directory, ignore_errors=True)
                raise SessionExists(name) from None
        return StoredSession(name, directory.name, now, now, settings)

    def touch(self, session: StoredSession, now: datetime) -> None:
        """See SessionRegister."""
        with suppress(FileNotFoundError), self._as_store_errors():
            os.utime(self._root / session.key / _ABOUT, (now.timestamp(), now.timestamp()))

    def drop(self, name: str, now: datetime) -> bool:
        """See SessionRegister."""
        key = self.key(name)
        if key is None:
            return False
        with self._as_store_errors():
            try:
                os.utime(self._root / key / _ABOUT, (now.timestamp(), now.timestamp()))  # when it was dropped
                (self._root / name).unlink()
            except FileNotFoundError:
                return False
        return True

    def remove_dropped(self, now: datetime, but: frozenset[str]) -> int:
        """See SessionRegister."""
        linked = {self.key(name) for name in self._names()}
        removed = 0
        for directory in self._directories():
            if directory.name in linked or directory.name in but:
                continue
            with suppress(FileNotFoundError), self._as_store_errors():
                about = directory / _ABOUT  # not there where somebody was killed who was about to make it
                since = (about if about.exists() else directory).stat().st_mtime
                if now - datetime.fromtimestamp(since, UTC) >= REMOVED_AFTER:
                    shutil.rmtree(directory, ignore_errors=True)
                    removed += 1
        return removed

    def open_store(self, session: StoredSession) -> Store:
        """See SessionRegister."""
        return Store.open(self._url(session), kept_readers=_KEPT_READERS)

    def open_exchanges(self, session: StoredSession) -> ExchangeStore:
        """See SessionRegister."""
        return ExchangeStore.open(self._url(session), kept_readers=_KEPT_READERS)

    def close(self) -> None:
        """See SessionRegister: there is nothing to be given back."""

    def _url(self, session: StoredSession) -> str:
        return f"sqlite:///{self._root / session.key / _DATABASE}"

    def _names(self) -> Iterator[str]:
        with self._as_store_errors(), suppress(FileNotFoundError), os.scandir(self._root) as entries:
            for entry in entries:
                if entry.is_symlink():
                    yield entry.name

    def _directories(self) -> list[Path]:
        with self._as_store_errors(), suppress(FileNotFoundError):
            return [one for one in self._root.iterdir() if _KEY.fullmatch(one.name) and not one.is_symlink()]
        return []

    def _new_directory(self, name: str) -> Path:
        """Nobody else's, and none that a dropped session had as long as that can still be in somebody's hands."""
        self._root.mkdir(exist_ok=True)
        numbers = [_number_of(one.name) for one in self._directories() if _name_of(one.name) == name]
        for number in count(max(numbers, default=0) + 1):
            directory = self._root / f"{name}@{number}"
            with suppress(FileExistsError):
                directory.mkdir()
                return directory
        raise AssertionError("numbers do not end")

    @contextmanager
    def _as_store_errors(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        return StoreUnavailable(f"the sessions in {self._root} cannot be used: {error}")


def _name_of(key: str) -> str:
    return key.rpartition("@")[0]


def _number_of(key: str) -> int:
    return int(key.rpartition("@")[2])
