"""Work that one process at a time does: the lock of a file, which the operating system lets go when
its holder dies."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout


def lock_at(path: Path | str) -> FileLock:
    """A lock that any thread of this process may take and let go."""
    return FileLock(path, thread_local=False)


def has_taken(lock: FileLock) -> bool:
    """Whether this process holds it now, after trying where it did not; nobody is waited for."""
    if lock.is_locked:
        return True
    try:
        Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True
