"""In which order transactions take turns (headend/store/turns.py): one order for all, or two of them may wait for each
other. Watched in every test that works on PostgreSQL, over all tests of a process together.
"""

import json
from typing import Any

from sqlalchemy import Connection, Engine, event


class TurnOrder:
    """Who took which turn while having which."""

    def __init__(self) -> None:
        self._after: dict[str, set[str]] = {}
        self._held: dict[int, list[str]] = {}
        self.violations: list[str] = []
        self.is_watching = True

    def watch(self) -> None:
        """From now on, every transaction of this process."""
        event.listen(Engine, "before_cursor_execute", self._executing)
        for end in ("commit", "rollback"):
            event.listen(Engine, end, self._ended)

    def take(self, transaction: int, name: str) -> None:
        """A transaction takes a turn."""
        held = self._held.setdefault(transaction, [])
        if name in held:
            return
        for earlier in held:
            if earlier not in self._after.get(name, ()) and self._leads(name, earlier):
                self.violations.append(f"{name} is taken while {earlier} is held; elsewhere it is the other way round")
            self._after.setdefault(earlier, set()).add(name)
        held.append(name)

    def end(self, transaction: int) -> None:
        """A transaction gives its turns back."""
        self._held.pop(transaction, None)

    def _leads(self, start: str, goal: str) -> bool:
        """Whether `goal` was ever taken, directly or by others, while `start` was held."""
        seen, following = set[str](), [start]
        while following:
            for name in self._after.get(following.pop(), ()):
                if name == goal:
                    return True
                if name not in seen:
                    seen.add(name)
                    following.append(name)
        return False

    def _executing(
        self, connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> None:
        if (
            self.is_watching
            and "pg_advisory_xact_lock" in statement
            and isinstance(parameters, dict)
            and "name" in parameters
        ):
            self.take(id(connection.connection.dbapi_connection), json.loads(parameters["name"])[0])

    def _ended(self, connection: Connection) -> None:
        self.end(id(connection.connection.dbapi_connection))
