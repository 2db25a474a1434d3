"""What can go wrong in matching, each with a sentence that says what to do."""

from __future__ import annotations


class MatchingError(Exception):
    """The parent of every error that this package raises on purpose."""


class ContentlessText(MatchingError):
    """A text without one letter, digit or character of a script: nothing to search with."""


class TextTooLong(MatchingError):
    """A text longer than the matcher reads."""


class IndexMismatch(MatchingError):
    """An index that was built with another model or text preparation; the message says which."""


class IndexDamaged(MatchingError):
    """An index folder that is incomplete or fails its checksums."""


class BadInput(MatchingError):
    """A file that cannot be read as what it claims to be; names the file and the line."""


class UnknownModel(MatchingError):
    """A model that cannot be loaded; the sentence says why and what to do."""

    def __init__(self, spec: str, why: str) -> None:
        super().__init__(f"Cannot load the encoder {spec!r}: {why}")
        self.spec = spec
        self.why = why
