"""Text before everything else: one form for width, case and script, and where it came from.

Lives here: normalisation with a way back to the author's characters, sentences, the split of a
pasted text into title and body. Not here: segmentation into words (`tokens`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from matching.errors import ContentlessText, TextTooLong

if TYPE_CHECKING:
    from opencc import OpenCC

VERSION = "nfkc-lower-t2s-1"
MAX_CHARACTERS = 20_000
MAX_TITLE = 60

_SENTENCE = re.compile(r"[^。！？!?；;\n]*(?:[。！？!?；;]+[”’」』）)]*|\n|$)")
_ENGLISH_STOP = re.compile(r"(?<=[a-z\d)])\.\s+(?=[A-Z\d])")
_ORDINAL = re.compile(r"^\d{1,4}(?:\t|[、.．)）]\s*)(?=\D)")
_BORDER = re.compile(
    r"\s*[\n\t：]\s*|:\s+|[ \u3000]{2,}|(?<=[\u3400-\u9fff])[ \u3000](?=[\u3400-\u9fff])"
)
_CONTENT = re.compile(r"[^\W_]")


@cache
def _simplifier() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")


def normalise(text: str) -> str:
    """NFKC, lower case and Traditional → Simplified; control characters become spaces."""
    folded = unicodedata.normalize("NFKC", text).lower()
    if not folded.isascii():
        folded = _simplifier().convert(folded)
    return folded if folded.isprintable() else _without_controls(folded)


def _without_controls(text: str) -> str:
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") else c for c in text)


def normalise_with_offsets(text: str) -> tuple[str, range | list[int]]:
    """The normalised text and, for each of its characters, the index of the one it came from.

    Nearly every text keeps its length, and then the offsets are a range; where width folding or
    conversion changes it, characters are treated one by one.
    """
    whole = normalise(text)
    if len(whole) == len(text):
        return whole, range(len(text) + 1)
    pieces = [normalise(character) for character in text]
    offsets = [i for i, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*offsets, len(text)]


def has_content(text: str) -> bool:
    """Whether there is at least one letter, digit or character of a script."""
    return _CONTENT.search(text) is not None


def is_foreign(text: str) -> bool:
    """Whether a text is written in letters rather than Han characters, a few of which may occur."""
    han = sum("\u3400" <= character <= "\u9fff" for character in text)
    return has_content(text) and han * 20 < sum(character.isalpha() for character in text)


def require_content(text: str) -> None:
    """Raise `ContentlessText` or `TextTooLong` for a text that cannot be searched with."""
    if len(text) > MAX_CHARACTERS:
        raise TextTooLong(f"the text has {len(text)} characters; at most {MAX_CHARACTERS} are read")
    if not has_content(text):
        raise ContentlessText("the text holds no word, character or number to search with")


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence with content, stripped of white space, in order."""
    spans = []
    for match in _SENTENCE.finditer(text):
        start = match.start()
        for stop in _ENGLISH_STOP.finditer(text, match.start(), match.end()):
            spans.append((start, stop.start() + 1))
            start = stop.end()
        spans.append((start, match.end()))
    return [
        span for span in (_strip(text, *span) for span in spans) if has_content(text[slice(*span)])
    ]


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def title_and_body(text: str) -> tuple[str, str]:
    """A pasted text as (title, body): what stands before the first line break, cell border, colon
    or gap is a title if it is short, and so is a short whole.

    That is how needs come out of spreadsheets and forms; a running number before the title is
    dropped. Either part may be empty, but not both if the text has content.
    """
    stripped = _ORDINAL.sub("", text.strip(), count=1).strip()
    first, rest = stripped, ""
    if border := _BORDER.search(stripped):
        first, rest = stripped[: border.start()], stripped[border.end() :]
    if len(first) <= MAX_TITLE and has_content(first):
        return first.strip(), rest.strip()
    return "", stripped
