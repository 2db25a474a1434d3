"""Where the bytes of attachments lie: in the data folder, outside of what the server hands out by
itself, under the digest of their content. The same content is stored once, however many rows of
`models.attachments` own it; earlier versions gave random names, and those files stay where they
are.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock
from sqlalchemy import select
from sqlmodel import Session, col

from market.models.attachments import Attachment

FOLDER = "files"
DIGESTS = "sha256"
KEEP_ORPHANS = timedelta(days=1)
_STORED = re.compile(r"sha256/[0-9a-f]{2}/[0-9a-f]{62}|[0-9a-f]{2}/[0-9a-f]{40}")


def store(folder: Path, data: bytes) -> str:
    """Write the bytes so that they are there whole or not at all; the name they have. What is
    there already counts as new, so that `sweep` leaves it to whoever is about to own it."""
    digest = hashlib.sha256(data).hexdigest()
    stored_as = f"{DIGESTS}/{digest[:2]}/{digest[2:]}"
    path = folder / FOLDER / stored_as
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        if path.is_file() and path.read_bytes() == data:
            os.utime(path)
        else:
            _write(path, data)
    return stored_as


def path_of(folder: Path, stored_as: str) -> Path:
    """Where the bytes lie."""
    if not _STORED.fullmatch(stored_as):
        raise ValueError("no name of ours")
    return folder / FOLDER / stored_as


def sweep(session: Session, folder: Path, now: datetime) -> int:
    """Delete files that no row owns any more, and those whose transaction never ended; how many."""
    kept = _owned(session)
    before, gone = (now - KEEP_ORPHANS).timestamp(), 0
    root = folder / FOLDER
    for path in (*root.glob("??/*"), *root.glob(f"{DIGESTS}/??/*")):
        if path.relative_to(root).as_posix() not in kept:
            gone += _delete(folder, path, before)
    return gone


def _owned(session: Session) -> set[str | None]:
    there = col(Attachment.removed_at).is_(None)
    names = (col(Attachment.stored_as), col(Attachment.small_as))
    return {
        found for name in names for found in session.execute(select(name).where(there)).scalars()
    }


def _delete(folder: Path, path: Path, before: float) -> bool:
    """Delete a file that is older. Asked once nobody can be taking it over."""
    with _alone(folder):
        is_old = path.is_file() and path.stat().st_mtime < before
        if is_old:
            path.unlink(missing_ok=True)
        return is_old


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _alone(folder: Path) -> FileLock:
    """Held by one process at a time, for as long as one file takes."""
    return FileLock(folder / f"{FOLDER}.lock")
