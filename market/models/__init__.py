"""What exists: tables only, one file per noun. Importing this package knows them all."""

from market.models.achievements import Achievement, AchievementField, AchievementMode
from market.models.answers import Answer
from market.models.attachments import Attachment
from market.models.certifications import Certification, Merge
from market.models.changes import Change, Ledger
from market.models.disclosures import Disclosure
from market.models.enums import (
    AnswerReason,
    AppealState,
    Assessment,
    Audience,
    CertificationState,
    Channel,
    ConsentTopic,
    CooperationMode,
    DeliveryState,
    DigestRhythm,
    DisclosureState,
    Evidence,
    Holding,
    ImportState,
    Kind,
    Language,
    ListingState,
    MembershipState,
    MergeState,
    NoticeKind,
    OneTimePurpose,
    OrganisationKind,
    RegistrationType,
    ReportReason,
    ReportState,
    RightKind,
    RightStatus,
    Role,
    SignInKind,
    Stage,
    Standing,
    TextState,
    Tier,
    Verdict,
)
from market.models.imports import Import, ImportRow
from market.models.indexing import IndexChange
from market.models.installation import Installation
from market.models.listings import TIERED, TIERED_BY, Listing
from market.models.memberships import Invitation, Membership
from market.models.needs import Need, NeedField, NeedMode
from market.models.notices import Delivery, Notice
from market.models.organisations import Organisation
from market.models.particulars import Holder, Indicator, Right
from market.models.people import Consent, Grant, Identity, Person
from market.models.places import Division, Field
from market.models.replays import Replay
from market.models.reports import Appeal, Report
from market.models.saved import SavedItem, SavedList
from market.models.sign_ins import OneTime, SignIn
from market.models.sketches import Sketch
from market.models.suggestions import StaleSuggestion, Suggestion
from market.models.tables import TABLES, Tables
from market.models.versions import ListingVersion
from market.models.views import ListingViews

__all__ = [
    "TABLES",
    "TIERED",
    "TIERED_BY",
    "Achievement",
    "AchievementField",
    "AchievementMode",
    "Answer",
    "AnswerReason",
    "Appeal",
    "AppealState",
    "Assessment",
    "Attachment",
    "Audience",
    "Certification",
    "CertificationState",
    "Change",
    "Channel",
    "Consent",
    "ConsentTopic",
    "CooperationMode",
    "Delivery",
    "DeliveryState",
    "DigestRhythm",
    "Disclosure",
    "DisclosureState",
    "Division",
    "Evidence",
    "Field",
    "Grant",
    "Holder",
    "Holding",
    "Identity",
    "Import",
    "ImportRow",
    "ImportState",
    "IndexChange",
    "Indicator",
    "Installation",
    "Invitation",
    "Kind",
    "Language",
    "Ledger",
    "Listing",
    "ListingState",
    "ListingVersion",
    "ListingViews",
    "Membership",
    "MembershipState",
    "Merge",
    "MergeState",
    "Need",
    "NeedField",
    "NeedMode",
    "Notice",
    "NoticeKind",
    "OneTime",
    "OneTimePurpose",
    "Organisation",
    "OrganisationKind",
    "Person",
    "RegistrationType",
    "Replay",
    "Report",
    "ReportReason",
    "ReportState",
    "Right",
    "RightKind",
    "RightStatus",
    "Role",
    "SavedItem",
    "SavedList",
    "SignIn",
    "SignInKind",
    "Sketch",
    "Stage",
    "StaleSuggestion",
    "Standing",
    "Suggestion",
    "Tables",
    "TextState",
    "Tier",
    "Verdict",
]  # fmt: skip
