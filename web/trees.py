"""Codes that lie under one another: which branches of a facet are unfolded, what a choice means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from market.queries.listings import Facet
from market.queries.places import DivisionNode, FieldNode


def stem(code: str) -> str:
    """What the codes under this one begin with; a division is filled up with pairs of zeros."""
    return re.sub(r"(00)+$", "", code) if len(code) == 6 and code.isdecimal() else code


def narrowest(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Without those that have another of them under themselves: who ticks 再生铜 inside 新材料
    wants less than 新材料, not the same again."""
    stems = {code: stem(code) for code in codes}
    return tuple(
        code
        for code in codes
        if not any(other != code and stems[other].startswith(stems[code]) for other in codes)
    )


def shown(codes: Sequence[str], roots: Iterable[FieldNode | DivisionNode]) -> tuple[str, list[str]]:
    """The code that a list of two levels can show as its choice, and the others, which have to
    stand beside it."""
    listed = {node.code for root in roots for node in (root, *root.children)}
    chosen = next((code for code in codes if code in listed), "")
    return chosen, [code for code in codes if code != chosen]


def broadest(codes: Sequence[str]) -> list[str]:
    """Without those that lie under another of them: together the rest stands for all of them."""
    stems = {code: stem(code) for code in codes}
    return [
        code
        for code in stems
        if not any(other != code and stems[code].startswith(stems[other]) for other in stems)
    ]


def unfolded(choices: Sequence[Facet], always: int = 1) -> list[tuple[Facet, int]]:
    """The choices to show with their depth, children after their parent: the upper levels
    always, deeper ones where the parent, a sibling or a child is chosen."""
    known = {choice.value for choice in choices}
    under: dict[str | None, list[Facet]] = {}
    for choice in choices:
        under.setdefault(choice.parent if choice.parent in known else None, []).append(choice)

    def walk(parent: str | None, depth: int, is_chosen: bool) -> list[tuple[Facet, int]]:
        children = under.get(parent, [])
        if depth >= always and not is_chosen and not any(_holds(c, under) for c in children):
            return []
        return [
            shown
            for child in children
            for shown in [(child, depth), *walk(child.value, depth + 1, child.selected)]
        ]

    return walk(None, 0, True)


def _holds(choice: Facet, under: dict[str | None, list[Facet]]) -> bool:
    return choice.selected or any(_holds(child, under) for child in under.get(choice.value, []))
