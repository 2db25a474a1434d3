"""Signs of a cell that mean something: separators and their backslashes, and what a spreadsheet
would compute."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

SEPARATORS = "、，,；;|\n"
FORMULA = re.compile(r"'*[ \u3000\u00a0]*[=+\-@\t\r\n＝＋－＠]")
"""How a text begins that a spreadsheet computes: full-width signs count, spaces do not. One that
begins so after apostrophes gets one more, so that taking one off gives back what was there."""


def harmless(cell: Any) -> str:
    """What a cell of a CSV file shows, never what it computes (OWASP, CSV injection).

    >>> harmless("=1+1"), harmless(-5), harmless("a-b"), harmless(None)
    ("'=1+1", '-5', 'a-b', '')
    """
    if cell is None:
        return ""
    text = str(cell)
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return f"'{text}" if FORMULA.match(text) and not is_number else text


def unharmed(text: str) -> str:
    """The text that `harmless` was given.

    >>> unharmed("'=1+1"), unharmed("''=1+1"), unharmed("'it"), unharmed("-5")
    ('=1+1', "'=1+1", "'it", '-5')
    """
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def plain(value: Any) -> str:
    """Half-width and lower case, for what is looked up and not shown."""
    return unicodedata.normalize("NFKC", str(value)).strip().lower()


def escaped(text: str, signs: str) -> str:
    """The text, in which these signs separate nothing any more."""
    text = text.replace("\\", "\\\\")
    for sign in signs:
        text = text.replace(sign, "\\n" if sign == "\n" else f"\\{sign}")
    return text


def split(text: str, signs: str) -> list[str]:
    """The pieces between the signs, without the backslashes that hold signs together."""
    pieces, held = [""], iter(text)
    for sign in held:
        if sign == "\\":
            follows = next(held, "")
            is_held = follows in (*signs, "\\", "|") and follows
            pieces[-1] += "\n" if follows == "n" else follows if is_held else f"\\{follows}"
        elif sign in signs:
            pieces.append("")
        else:
            pieces[-1] += sign
    return pieces
