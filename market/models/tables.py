"""Which tables hold a kind of listing, for code that treats both kinds alike."""

from __future__ import annotations

from dataclasses import dataclass

from market.models.achievements import Achievement, AchievementField, AchievementMode
from market.models.enums import Kind
from market.models.listings import FieldLink, Listing, ModeLink
from market.models.needs import Need, NeedField, NeedMode


@dataclass(frozen=True, slots=True)
class Tables:
    """The listing and its two link tables."""

    listing: type[Listing]
    fields: type[FieldLink]
    modes: type[ModeLink]


TABLES = {
    Kind.NEED: Tables(Need, NeedField, NeedMode),
    Kind.ACHIEVEMENT: Tables(Achievement, AchievementField, AchievementMode),
}
