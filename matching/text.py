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
_ENGLISH_STOP = re.compile(
    r"(?<=[a-z\d)])\.(?<!(?i:\be\.g\.))(?<!(?i:\bi\.e\.))(?<!(?i:\bvs\.))(?<!(?i:\bal\.))"
    r"(?:(?<!(?i:\bfig\.))(?<!(?i:\bfigs\.))(?<!(?i:\beq\.))(?<!(?i:\bno\.))|(?!\s+\d))\s+(?=[A-Z\d])"
)
"""A full stop before a capital or a number, but not that of an abbreviation, as in Fig. 3."""
_ORDINAL = re.compile(r"^\d{1,4}(?:\t|[、.．)）]\s*)(?=\D)")
_BORDER = re.compile(r"[\n\t：]|:\s|[ \u3000]{2}|(?<=[\u3400-\u9fff])[ \u3000](?=[\u3400-\u9fff])")
_CONTENT = re.compile(r"[^\W_]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CLUSTER = re.compile(r"(?s:.)[\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1160-\u11ff]*")
"""A character with the marks that NFKC may merge into it: accents, kana marks, Hangul parts."""


@cache
def _simplifier() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("t2s")


def normalise(text: str) -> str:
    """NFKC, lower case and Traditional → Simplified; control characters and halves of characters
    (lone surrogates) become spaces."""
    folded = unicodedata.normalize("NFKC", text).lower()
    if not folded.isascii():
        folded = _simplifier().convert(_SURROGATE.sub(" ", folded))
    return folded if folded.isprintable() else _without_controls(folded)


def _without_controls(text: str) -> str:
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") else c for c in text)


def normalise_with_offsets(text: str) -> tuple[str, range | list[int]]:
    """The normalised text and, for each of its characters and its end, an index into the text.

    A character and the marks that follow it are one cluster; what it becomes points at its first
    character. What stands for characters start ≤ i < end of the normalised text was written from
    offsets[start] to max(offsets[end], offsets[end - 1] + 1): the marks of the last cluster are
    in, and half of a ㎡ is the whole of it. Conversion between scripts keeps every length; only
    where clusters do not fold to the folded whole are they normalised one by one.
    """
    whole = normalise(text)
    folded = unicodedata.normalize("NFKC", text)
    if folded == text and len(whole) == len(text):
        return whole, range(len(text) + 1)
    clusters = [(match.start(), match.group()) for match in _CLUSTER.finditer(text)]
    pieces = [unicodedata.normalize("NFKC", cluster) for _, cluster in clusters]
    if "".join(pieces) == folded and len(whole) == len(folded.lower()):
        pieces = [piece.lower() for piece in pieces]
    else:
        pieces = [normalise(cluster) for _, cluster in clusters]
        whole = "".join(pieces)
    offsets = [start for (start, _), piece in zip(clusters, pieces, strict=True) for _ in piece]
    return whole, [*offsets, len(text)]


def has_content(text: str) -> bool:
    """Whether there is at least one letter, digit or character of a script."""
    return _CONTENT.search(text) is not None


def content_start(text: str) -> int:
    """The index of the first letter, digit or character of a script; 0 where there is none."""
    found = _CONTENT.search(text)
    return found.start() if found else 0


def is_foreign(text: str) -> bool:
    """Whether a text is written in letters rather than Han characters, a few of which may occur."""
    han = sum("\u3400" <= character <= "\u9fff" for character in text)
    return has_content(text) and han * 20 < sum(character.isalpha() for character in text)


def require_content(*parts: str, at_most: int | None = MAX_CHARACTERS) -> None:
    """Raise `ContentlessText` or `TextTooLong` for a text, whole or in parts, that cannot be
    searched with. at_most: the characters of all parts together; None for any number."""
    length = sum(map(len, parts))
    if at_most is not None and length > at_most:
        raise TextTooLong(f"the text has {length} characters; at most {at_most} are read")
    if not any(map(has_content, parts)):
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
        first, rest = stripped[: border.start()].rstrip(), stripped[border.end() :]
    if len(first) <= MAX_TITLE and has_content(first):
        return first, rest.strip().lstrip("：:").lstrip()
    return "", stripped
