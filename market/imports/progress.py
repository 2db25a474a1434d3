"""How far an import is that writes in one transaction: nothing in the tables can tell before it
ends. A small file beside the database does, and is of no consequence."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

FOLDER = "imports"
EVERY_SECONDS = 0.3


class Stopped(Exception):
    """The worker was told to stop; what was written is undone and begun again later."""


class Progress:
    """Tells (done, total) of one import, and ends it when the worker must stop."""

    def __init__(self, data: Path, id: int, is_stopping: Callable[[], bool]) -> None:
        self._path = _path(data, id)
        self._is_stopping = is_stopping
        self._told = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Raises Stopped."""
        if self._is_stopping():
            raise Stopped
        if time.monotonic() - self._told < EVERY_SECONDS:
            return
        self._told = time.monotonic()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(f"{done} {total}", encoding="ascii")
        except OSError:
            return

    def end(self) -> None:
        """Nothing more is to be told."""
        self._path.unlink(missing_ok=True)


def read(data: Path, id: int) -> tuple[int, int] | None:
    """What was told last, or None."""
    try:
        done, total = _path(data, id).read_text(encoding="ascii").split()
        return int(done), int(total)
    except (OSError, ValueError):
        return None


def _path(data: Path, id: int) -> Path:
    return data / FOLDER / f"{id}.progress"
