"""Everything that is kept about somebody, for themselves to read and to take along (PIPL art. 45).

One table says which rows are theirs and which columns tell of it. Secrets, and what belongs to
other people, are not in it: addresses that were invited are masked, officers are not named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session, SQLModel, col

from market import rules
from market.errors import NotFound
from market.models.achievements import Achievement
from market.models.answers import Answer
from market.models.attachments import Attachment
from market.models.certifications import Certification
from market.models.changes import Change
from market.models.disclosures import Disclosure
from market.models.imports import Import
from market.models.memberships import Invitation, Membership
from market.models.needs import Need
from market.models.notices import Delivery, Notice
from market.models.organisations import Organisation
from market.models.people import Consent, Grant, Identity, Person
from market.models.replays import Replay
from market.models.reports import Appeal, Report
from market.models.saved import SavedItem, SavedList
from market.models.sign_ins import OneTime, SignIn
from market.models.sketches import Sketch
from market.models.versions import ListingVersion
from market.roles import Viewer
from market.texts import masked

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a table that are about a person (given by id), told by these columns."""

    table: type[SQLModel]
    theirs: Callable[[int], ColumnElement[bool]]
    columns: str
    more: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


def _by(column: Any) -> Callable[[int], ColumnElement[bool]]:
    return lambda id: col(column) == id


def _saved(id: int) -> ColumnElement[bool]:
    lists = select(col(SavedList.id)).where(col(SavedList.person_id) == id)
    return col(SavedItem.list_id).in_(lists)


LISTING = "id title state created_at changed_at published_at"
PARTS: Mapping[str, Part] = {
    "account": Part(
        Person, _by(Person.id),
        "id name email mobile acting_for personalised digest visited_at visited_before is_demo "
        "created_at suspended_at",
        {
            "has_password": lambda row: row.password_hash is not None,
            "has_second_step": lambda row: row.totp_secret is not None,
        },
    ),
    "consents": Part(Consent, _by(Consent.person_id), "topic version given_at withdrawn_at"),
    "sign_ins": Part(
        SignIn, _by(SignIn.person_id),
        "kind name method created_at seen_at expires_at revoked_at address agent",
    ),
    "identities": Part(Identity, _by(Identity.person_id), "issuer subject linked_at"),
    "roles": Part(Grant, _by(Grant.person_id), "role granted_at ended_at"),
    "memberships": Part(
        Membership, _by(Membership.person_id), "organisation_id role state note since ended_at"
    ),
    "organisations": Part(Organisation, _by(Organisation.created_by), "id name kind created_at"),
    "invitations": Part(
        Invitation, _by(Invitation.invited_by), "organisation_id role created_at accepted_at",
        {"target": lambda row: masked(row.target)},
    ),
    "needs": Part(Need, _by(Need.author_id), LISTING),
    "achievements": Part(Achievement, _by(Achievement.author_id), LISTING),
    "versions": Part(
        ListingVersion, _by(ListingVersion.author_id), "kind listing_id version at"
    ),
    "unfinished": Part(
        Sketch, _by(Sketch.person_id), "kind listing_id step entered created_at saved_at"
    ),
    "imports": Part(
        Import, _by(Import.person_id),
        "organisation_id kind name state total created changed started_at ended_at",
    ),
    "answers": Part(
        Answer, _by(Answer.person_id),
        "need_id achievement_id side verdict reason comment organisation_id at",
    ),
    "saved_lists": Part(SavedList, _by(SavedList.person_id), "id name created_at changed_at"),
    "saved": Part(SavedItem, _saved, "list_id kind listing_id note added_at"),
    "api_writes": Part(Replay, _by(Replay.person_id), "key status at"),
    "attachments": Part(
        Attachment, _by(Attachment.uploaded_by), "noun noun_id name size sha256 uploaded_at"
    ),
    "certifications": Part(
        Certification, _by(Certification.submitted_by),
        "organisation_id statement state submitted_at decided_at reason",
    ),
    "disclosures": Part(
        Disclosure,
        lambda id: or_(col(Disclosure.requested_by) == id, col(Disclosure.person_id) == id),
        "kind listing_id audience purpose promise state requested_at decided_at",
    ),
    "reports": Part(
        Report, _by(Report.reported_by),
        "receipt listing_title reason text contact state received_at decided_at answer",
    ),
    "appeals": Part(Appeal, _by(Appeal.filed_by), "text state filed_at decided_at answer"),
    "notices": Part(Notice, _by(Notice.person_id), "kind subject text link at read_at"),
    "letters": Part(
        Delivery, _by(Delivery.person_id), "channel target subject state created_at sent_at",
        {"text": lambda row: "" if row.is_secret else row.text},
    ),
    "codes": Part(OneTime, _by(OneTime.person_id), "purpose target created_at expires_at used_at"),
    "changes": Part(
        Change, _by(Change.person_id),
        "at acting_for action noun noun_id before after reason origin",
    ),
    "changes_about_me": Part(
        Change,
        lambda id: (col(Change.noun) == "person") & (col(Change.noun_id) == id)
        & col(Change.person_id).is_distinct_from(id),
        "at action reason",
    ),
}  # fmt: skip
"""By the name that it has in the export."""


def own_data(session: Session, viewer: Viewer) -> dict[str, Any]:
    """All of it as JSON can hold it; the account itself is one row, the rest are lists."""
    tables = own_data_tables(session, viewer)
    [account] = tables.pop("account")
    return {"account": account, **tables}


def own_data_tables(session: Session, viewer: Viewer) -> dict[str, list[Row]]:
    """The same as tables by name, each row with the same columns."""
    rules.require(viewer, "account.use")
    if viewer.person_id is None or session.get(Person, viewer.person_id) is None:
        raise NotFound
    return {name: _rows(session, part, viewer.person_id) for name, part in PARTS.items()}


def _rows(session: Session, part: Part, person_id: int) -> list[Row]:
    id: Any = part.table.id  # type: ignore[attr-defined]
    query = select(part.table).where(part.theirs(person_id)).order_by(id)
    return [_row(part, found) for found in session.execute(query).scalars()]


def _row(part: Part, found: Any) -> Row:
    told = {name: getattr(found, name) for name in part.columns.split()}
    told |= {name: read(found) for name, read in part.more.items()}
    return {name: _plain(value) for name, value in told.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.value if isinstance(value, Enum) else value
