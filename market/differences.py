"""What differs between two versions of a listing, part by part. Knows no database.

Texts are compared by sentences first and within what differs by words, so that a long text is
compared in time and what was rewritten is not shown as confetti.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from market import contents
from market.actions.drafts import ListingDraft
from market.models.enums import Kind, Tier
from market.models.listings import TIERED_BY
from market.parts import PARTS, Part, Shape

Change = Literal["same", "added", "removed", "changed"]
SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]+|[^。！？!?；;\n]+")
WORD = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*|\s+|.", re.DOTALL)
LONGEST = 1_500
"""Stretches with more words than this are shown as replaced whole."""
ALIKE = 0.35
"""Two sentences that share less are two, not one rewritten."""
TEXTUAL = (Shape.LINE, Shape.TEXT)
SETS = (Shape.WORDS, Shape.FIELDS, Shape.MODES, Shape.CHOICES)
"""What holds several values, in whatever order."""
OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: in both, in the later one only, or in the earlier one only."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class RowPair:
    """A row of a table as it was and as it is; None where there is none."""

    change: Change
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class PartDifference:
    """What became of one part. `pieces` for texts, `rows` for tables, and for what holds several
    values, one a row; otherwise the two values. `tiers` are who could read it before and after,
    where that changed."""

    name: str
    text: str
    shape: Shape
    before: Any
    after: Any
    pieces: tuple[Piece, ...] = ()
    rows: tuple[RowPair, ...] = ()
    tiers: tuple[Tier, Tier] | None = None
    is_same: bool = False
    """Whether the part itself says the same, and only its readers changed."""


def changed_parts(kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What readers call the parts that differ between two stored contents, those included whose
    readers alone changed."""
    was, now = before.get(contents.TIERS, {}), after.get(contents.TIERS, {})
    found = [
        part.text
        for part in PARTS[kind]
        if not _alike(part, before.get(part.name), after.get(part.name))
        or _tier(was, part) != _tier(now, part)
    ]
    return [*found, OWNER_TEXT] if was.get(OWNER) != now.get(OWNER) else found


OWNER_TEXT = "单位是否公开"


def differences(kind: Kind, before: ListingDraft, after: ListingDraft) -> list[PartDifference]:
    """The parts that differ, in the order in which they are read."""
    found = [_difference(part, before, after) for part in PARTS[kind]]
    changed = [each for each in found if not each.is_same or each.tiers]
    tiers = _tiers(before, after, OWNER) if OWNER in TIERED_BY[kind] else None
    if tiers:
        told = PartDifference(OWNER, OWNER_TEXT, Shape.LINE, "", "", tiers=tiers, is_same=True)
        changed.append(told)
    return changed


def _difference(part: Part, before: ListingDraft, after: ListingDraft) -> PartDifference:
    was, now = contents.value_of(part, before), contents.value_of(part, after)
    is_same = _alike(part, was, now)
    told: dict[str, Any] = {}
    if not is_same and part.shape in TEXTUAL:
        told["pieces"] = tuple(pieces(was, now))
    elif not is_same and part.shape in contents.PARTICULARS:
        told["rows"] = tuple(pairs(was, now))
    elif not is_same and part.shape in SETS:
        told["rows"] = tuple(values(was, now))
    tiers = _tiers(before, after, part.tier) if part.tier == part.name else None
    return PartDifference(
        part.name, part.text, part.shape, was, now, **told, tiers=tiers, is_same=is_same
    )


def _alike(part: Part, was: Any, now: Any) -> bool:
    return set(was or ()) == set(now or ()) if part.shape in SETS else bool(was == now)


def _tier(held: Mapping[str, str], part: Part) -> str:
    return held.get(part.name, Tier.PUBLIC.value) if part.tier == part.name else ""


def _tiers(before: ListingDraft, after: ListingDraft, name: str | None) -> tuple[Tier, Tier] | None:
    was, now = (each.tiers.get(name or "", Tier.PUBLIC) for each in (before, after))
    return (was, now) if was is not now else None


def pieces(before: str, after: str) -> list[Piece]:
    """Two texts as one, with what was taken out and what was put in."""
    was, now = SENTENCE.findall(before), SENTENCE.findall(after)
    found: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(was[i:j])))
        else:
            found += _within("".join(was[i:j]), "".join(now[k:m]))
    return _joined(found)


def pairs(before: Sequence[Any], after: Sequence[Any]) -> list[RowPair]:
    """Two tables side by side: rows of one name belong together, in the order of the later one;
    those that are gone come last."""
    left = list(before)
    found = []
    for row in after:
        was = next((each for each in left if each == row), None) or next(
            (each for each in left if _key(each) == _key(row) and each not in after), None
        )
        if was is not None:
            left.remove(was)
        change: Change = "added" if was is None else "same" if was == row else "changed"
        found.append(RowPair(change, was, row))
    return [*found, *(RowPair("removed", row, None) for row in left)]


def values(before: Sequence[Any], after: Sequence[Any]) -> list[RowPair]:
    """Several values: those of the later version in their order, then those that are gone."""
    held = [RowPair("same" if each in before else "added", None, each) for each in after]
    return [*held, *(RowPair("removed", each, None) for each in before if each not in after)]


def _key(row: Any) -> tuple[str, str]:
    """What makes two rows the same one: the number of a right, or the name."""
    return (getattr(row, "number", ""), "") if getattr(row, "number", "") else ("", row.name)


def _within(was: str, now: str) -> Iterator[Piece]:
    old, new = WORD.findall(was), WORD.findall(now)
    if max(len(old), len(new)) <= LONGEST and old and new:
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        if matcher.ratio() >= ALIKE:
            for tag, i, j, k, m in matcher.get_opcodes():
                if tag == "equal":
                    yield Piece("same", "".join(old[i:j]))
                else:
                    yield Piece("removed", "".join(old[i:j]))
                    yield Piece("added", "".join(new[k:m]))
            return
    yield Piece("removed", was)
    yield Piece("added", now)


def _joined(found: Sequence[Piece]) -> list[Piece]:
    """Without empty pieces, neighbours of one kind as one."""
    joined: list[Piece] = []
    for piece in found:
        if piece.text and joined and joined[-1].change == piece.change:
            joined[-1] = Piece(piece.change, joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return joined
