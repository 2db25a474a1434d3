"""Which passwords are soon guessed: patterns, what is known of their owner, and leaked ones.

`KEJIE_BREACHED_PASSWORDS` may name a file of leaked passwords as Have I Been Pwned publishes it:
SHA-1 in capital hexadecimal, one a line, sorted, with or without ":count". It is searched on disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

VARIABLE = "KEJIE_BREACHED_PASSWORDS"
LEAST_UNITS = 5
WORDS = (
    "administrator", "password", "passw0rd", "p@ssw0rd", "p@ssword", "iloveyou", "5201314",
    "welcome", "letmein", "woaini", "qingyuan", "guangdong", "kejie", "admin", "zxcvbn", "1314",
    "test", "root", "love", "520", "科揭", "清远", "广东", "密码", "我爱你",
)  # fmt: skip
ROWS = (
    "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "!@#$%^&*()", "1qaz", "2wsx", "3edc",
    "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/", "147258369", "789456123",
)  # fmt: skip
RUNS = tuple(run for row in ROWS for run in (row, row[::-1]))


def is_trivial(password: str) -> bool:
    """Whether it is a few patterns in a row: repeats, sequences, keyboard runs, common words."""
    text = password.lower()
    period = (text + text).find(text, 1)
    if period < len(text) and period <= 4:
        return True
    return len(set(text)) < LEAST_UNITS or _units(text) < LEAST_UNITS


def _units(text: str) -> int:
    """How many pieces it falls into, each the longest pattern that begins where it does."""
    units, at = 0, 0
    while at < len(text):
        at += max(1, _word(text[at:]), _sequence(text[at:]), _run(text[at:]))
        units += 1
    return units


def _word(text: str) -> int:
    return max((len(word) for word in WORDS if text.startswith(word)), default=0)


def _sequence(text: str) -> int:
    """How far neighbours of the alphabet, or one and the same character, go on; three at least."""
    if len(text) < 3:
        return 0
    step, length = ord(text[1]) - ord(text[0]), 2
    if step not in (-1, 0, 1):
        return 0
    while length < len(text) and ord(text[length]) - ord(text[length - 1]) == step:
        length += 1
    return length if length >= 3 else 0


def _run(text: str) -> int:
    length = 0
    for row in RUNS:
        while length < len(text) and text[: length + 1] in row:
            length += 1
    return length if length >= 3 else 0


def tells_of(password: str, about: Iterable[str | None]) -> bool:
    """Whether it contains a name, the first part of an address, or a number of its owner."""
    text = password.casefold()
    return any(part in text for known in about if known for part in _parts(known.casefold()))


def _parts(known: str) -> list[str]:
    if "@" in known:
        local = known.partition("@")[0]
        return [local] if len(local) >= 3 else []
    digits = "".join(letter for letter in known if letter.isdigit())
    if len(digits) >= 8 and not any(letter.isalpha() for letter in known):
        return [digits[-8:]]
    names = [known, *known.split()]
    return [name for name in names if len(name) >= (3 if name.isascii() else 2)]


def is_breached(password: str) -> bool:
    """Whether the list of leaked passwords, if the installation has one, holds it."""
    path = os.environ.get(VARIABLE, "").strip()
    if not path:
        return False
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    return _holds(Path(path), wanted)


def _holds(path: Path, wanted: bytes) -> bool:
    """Binary search over the bytes of a sorted file, for lines that begin from `low` to `high`."""
    with path.open("rb") as file:
        low, high = 0, file.seek(0, os.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            start = _start_of_line(file, middle)
            found = file.readline().strip().partition(b":")[0].upper() if start < high else b""
            if found == wanted:
                return True
            if found and found < wanted:
                low = file.tell()
            else:
                high = middle
    return False


def _start_of_line(file: BinaryIO, at: int) -> int:
    """Move to the first line that begins there or later."""
    file.seek(max(at - 1, 0))
    if at:
        file.readline()
    return file.tell()
