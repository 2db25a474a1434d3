"""Two people changed one listing: what each of them changed, part by part.

All three contents are as `market.contents` writes them. What only one side changed is taken from
that side; what both changed differently is for the writer to decide. Who may read a part counts by
itself, under the name `tier:part`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from market.contents import TIERS
from market.models.enums import Tier

Content = Mapping[str, Any]
TIER = "tier:"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """`content` is the writer's with what only the others changed; `taken` names those parts,
    `clashing` the ones that both changed, in which `content` keeps the writer's."""

    content: dict[str, Any]
    taken: tuple[str, ...]
    clashing: tuple[str, ...]


def reconcile(base: Content, mine: Content, theirs: Content) -> Reconciled:
    """Three-way, by part. A part that one of them does not have was not changed by it."""
    was, is_mine, is_theirs = units(base), units(mine), units(theirs)
    names = list(dict.fromkeys([*is_theirs, *is_mine]))
    result = dict(is_mine)
    taken, clashing = [], []
    for name in names:
        old, ours, other = was.get(name), is_mine.get(name), is_theirs.get(name)
        if ours == other or other == old:
            continue
        if ours == old:
            result[name] = other
            taken.append(name)
        else:
            clashing.append(name)
    return Reconciled(content_of(result), tuple(taken), tuple(clashing))


def units(content: Content) -> dict[str, Any]:
    """Parts and tiers side by side; a tier that is not named is public."""
    parts = {name: value for name, value in content.items() if name != TIERS}
    return parts | {f"{TIER}{name}": tier for name, tier in content.get(TIERS, {}).items()}


def content_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """The other way round."""
    parts = {name: value for name, value in found.items() if not name.startswith(TIER)}
    tiers = {n.removeprefix(TIER): v for n, v in found.items() if n.startswith(TIER)}
    return parts | {TIERS: tiers}


def every_tier(content: Content, names: Iterable[str]) -> dict[str, Any]:
    """The content with every tier said, so that contents of forms and of versions compare."""
    tiers = dict.fromkeys(names, Tier.PUBLIC.value) | dict(content.get(TIERS, {}))
    return {**content, TIERS: tiers}
