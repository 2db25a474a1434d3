"""What a listing says as the cells of a table, and back: for exports, templates and imports.
Nothing is lost on the way. What our own forms say is read here; the ways in which foreign files
write money and levels are read in `imports.values`.

    words, codes, choices   one after the other with “、” between them
    indicators              one a line: name | before | value | unit
    rights                  one a line: kind | number | name | status | day
    holders                 one a line: name | holding | share | until
    who may read            one a line: part：tier

A sign that separates is written with a backslash before it where it is meant as itself, a line end
inside as `\\n`; empty ends of a line are left out. Whatever reads returns the value, or raises
ValueError with one sentence. `signs` and `writing` lead there, `reading` back.
"""

from market.cells.reading import (
    choice,
    choices,
    codes,
    day,
    holders,
    indicators,
    rights,
    tiers,
    words,
)
from market.cells.signs import harmless, plain, unharmed
from market.cells.writing import OWNER_TEXT, joined, tier_texts, tiers_written, written, yuan

__all__ = [
    "OWNER_TEXT", "choice", "choices", "codes", "day", "harmless", "holders", "indicators",
    "joined", "plain",
    "rights", "tier_texts", "tiers", "tiers_written", "unharmed", "words", "written", "yuan",
]  # fmt: skip
