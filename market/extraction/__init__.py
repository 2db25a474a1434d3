"""What a file holds for others to find and see: the words of a document, a picture reduced.

Files come from strangers and the libraries that open them have faults, so a file is opened in a
process of its own (`child`), which gets no environment and no standard input, and little time,
memory and room to write. Nothing here knows a table.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

SECONDS = 30.0
"""How long a file may take by the clock; `child` limits what it may use of a processor."""
POLL_SECONDS = 0.05
ROOT = Path(__file__).parent.parent.parent
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from market.extraction.child import main; main()"  # noqa: E501
UNREADABLE = 3
"""How the process ends where the file itself is at fault, so that trying again is of no use."""


class Unreadable(Exception):
    """The file is damaged, or locked by a password."""


class Failed(Exception):
    """It took too long or too much memory, or the process died. It may succeed another time."""


class Stopped(Exception):
    """Whoever asked does not want to wait any longer."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The words of a document, or a picture: reduced, as WebP, and the size of the original as it
    is looked at, in pixels."""

    text: str = ""
    small: bytes | None = None
    width: int | None = None
    height: int | None = None


def extract(
    path: Path, media_type: str, *, seconds: float = SECONDS,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Extracted:  # fmt: skip
    """Open a file of a type that `market.files` takes. Raises Unreadable, Failed or Stopped."""
    with tempfile.TemporaryDirectory(prefix="kejie-") as folder:
        code = _run(path, media_type, Path(folder), monotonic() + seconds, is_stopped)
        if code == UNREADABLE:
            raise Unreadable
        if code != 0:
            raise Failed(f"ended with {code}")
        return _read(Path(folder))


def _run(
    path: Path, media_type: str, folder: Path, until: float, is_stopped: Callable[[], bool]
) -> int:
    command = [sys.executable, "-I", "-X", "utf8", "-c", START, str(ROOT)]
    process = subprocess.Popen(
        [*command, str(path.resolve()), media_type, str(folder)], cwd=folder, env=_environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            if is_stopped():
                raise Stopped
            if monotonic() >= until:
                raise Failed("took too long")
            with suppress(subprocess.TimeoutExpired):
                return process.wait(POLL_SECONDS)
    finally:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    """What a program needs to start: no setting of ours and no secret."""
    return {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}


def _read(folder: Path) -> Extracted:
    """What the process left: it is limited in how much it writes, and no other file is opened."""
    try:
        said = json.loads((folder / "said.json").read_text("utf-8"))
        small = folder / "small"
        return Extracted(
            str(said["text"]), small.read_bytes() if small.is_file() else None,
            said["width"], said["height"],
        )  # fmt: skip
    except (OSError, ValueError, KeyError) as error:
        raise Failed("left no answer") from error
