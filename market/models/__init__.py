"""What exists: tables only, one file per noun. Importing this package knows them all."""

from market.models.achievements import Achievement, AchievementField, AchievementMode
from market.models.attachments import Attachment
from market.models.certifications import Certification, Merge
from market.models.changes import Change, Ledger
from market.models.disclosures import Disclosure
from market.models.enums import (
    AppealState,
    Audience,
    CertificationState,
    Channel,
    ConsentTopic,
    CooperationMode,
    DeliveryState,
    DigestRhythm,
    DisclosureState,
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
    Role,
    SignInKind,
    Standing,
    Tier,
)
from market.models.indexing import IndexChange
from market.models.installation import Installation
from market.models.listings import TIERED, Listing
from market.models.memberships import Invitation, Membership
from market.models.needs import Need, NeedField, NeedMode
from market.models.notices import Delivery, Notice
from market.models.organisations import Organisation
from market.models.people import Consent, Grant, Identity, Person
from market.models.places import Division, Field
from market.models.reports import Appeal, Report
from market.models.sign_ins import OneTime, SignIn
from market.models.suggestions import StaleSuggestion, Suggestion
from market.models.tables import TABLES, Tables

__all__ = [
    "TABLES",
    "TIERED",
    "Achievement",
    "AchievementField",
    "AchievementMode",
    "Appeal",
    "AppealState",
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
    "Field",
    "Grant",
    "Identity",
    "IndexChange",
    "Installation",
    "Invitation",
    "Kind",
    "Language",
    "Ledger",
    "Listing",
    "ListingState",
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
    "Report",
    "ReportReason",
    "ReportState",
    "Role",
    "SignIn",
    "SignInKind",
    "StaleSuggestion",
    "Standing",
    "Suggestion",
    "Tables",
    "Tier",
]  # fmt: skip
