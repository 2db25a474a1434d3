"""The process that opens one file: `PATH TYPE FOLDER`. It limits itself before it reads anything,
and leaves `said.json`, and `small` of a picture, in the folder."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from market.extraction import UNREADABLE

CPU_SECONDS = 20
MEMORY = 1024 * 2**20
OUTPUT = 4 * 2**20
FILES = 64
Found = dict[str, Any]


def main() -> None:
    """Open the file, and end with 0, `UNREADABLE`, or anything else where a limit was met."""
    limit()
    path, media_type, folder = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    logging.disable(logging.CRITICAL)
    try:
        found = READERS[media_type](path, folder)
    except Exception as error:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
            raise
        sys.exit(UNREADABLE)
    said = {"text": "", "width": None, "height": None, **found}
    (folder / "said.json").write_text(json.dumps(said, ensure_ascii=False), "utf-8")


def limit() -> None:
    """Let the operating system end whatever takes too much. Not all of them know every limit."""
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, OUTPUT), (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def _words(name: str) -> Callable[[Path, Path], Found]:
    """A reader of words by its name in `words`, which is imported under the limits."""

    def read(path: Path, folder: Path) -> Found:
        from market.extraction import words

        return {"text": getattr(words, name)(path)}

    return read


def _picture(path: Path, folder: Path) -> Found:
    from market.extraction.pictures import reduce

    width, height = reduce(path, folder / "small")
    return {"width": width, "height": height}


_OFFICE = "application/vnd.openxmlformats-officedocument."
READERS: dict[str, Callable[[Path, Path], Found]] = {
    "application/pdf": _words("of_pdf"),
    _OFFICE + "wordprocessingml.document": _words("of_document"),
    _OFFICE + "spreadsheetml.sheet": _words("of_workbook"),
    _OFFICE + "presentationml.presentation": _words("of_slides"),
    "text/plain": _words("of_text"), "text/csv": _words("of_text"),
    "image/png": _picture, "image/jpeg": _picture,
}  # fmt: skip
"""By type of content, as `market.files` tells it."""
