"""What exists: tables only, one file per noun. Importing this package knows them all."""

from market.models.achievements import Achievement, AchievementField, AchievementMode
from market.models.changes import Change
from market.models.enums import (
    CooperationMode,
    Kind,
    Language,
    ListingState,
    OrganisationKind,
    RegistrationType,
)
from market.models.indexing import IndexChange
from market.models.installation import Installation
from market.models.listings import Listing
from market.models.needs import Need, NeedField, NeedMode
from market.models.organisations import Organisation
from market.models.places import Division, Field
from market.models.suggestions import StaleSuggestion, Suggestion
from market.models.tables import TABLES, Tables

__all__ = [
    "TABLES",
    "Achievement",
    "AchievementField",
    "AchievementMode",
    "Change",
    "CooperationMode",
    "Division",
    "Field",
    "IndexChange",
    "Installation",
    "Kind",
    "Language",
    "Listing",
    "ListingState",
    "Need",
    "NeedField",
    "NeedMode",
    "Organisation",
    "OrganisationKind",
    "RegistrationType",
    "StaleSuggestion",
    "Suggestion",
    "Tables",
]
