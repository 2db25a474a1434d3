"""What is taken away as a file; tables for spreadsheet programs as CSV that is harmless.

A cell that begins with = + - @, a tab or a line end is read as a formula; an apostrophe before it
makes it text again (see `market.cells`).
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any
from urllib.parse import quote

from fastapi.responses import Response, StreamingResponse
from starlette.background import BackgroundTask

from market.cells import harmless

__all__ = ["csv_text", "download", "file_download", "harmless"]

KEPT_NOWHERE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
PIECE = 256 * 1024
BOM = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""


def download(body: str | bytes, name: str, media_type: str) -> Response:
    """An answer that a browser saves under this name and keeps nowhere else."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **KEPT_NOWHERE}
    return Response(body, media_type=media_type, headers=headers)


def file_download(file: IO[bytes], name: str, media_type: str) -> Response:
    """The same for a file that was just written: from its beginning, and closed once it is sent."""
    size = file.seek(0, os.SEEK_END) or file.tell()
    file.seek(0)
    plain = name.encode("ascii", "ignore").decode().strip("-") or "export"
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "Content-Length": str(size), **KEPT_NOWHERE,
    }  # fmt: skip
    done = BackgroundTask(file.close)
    return StreamingResponse(_pieces(file), 200, headers, media_type, background=done)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows under the names of their first, each cell harmless."""
    found = list(rows)
    held = io.StringIO(newline="")
    writer = csv.writer(held)
    if found:
        writer.writerow(found[0])
    writer.writerows([harmless(cell) for cell in row.values()] for row in found)
    return BOM + held.getvalue()
