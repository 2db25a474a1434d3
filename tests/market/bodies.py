"""What the tests of organisations share: real numbers, drafts, papers, and who somebody is now."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from sqlmodel import Session, select

from market.actions import certifications
from market.actions.organisation_drafts import OrganisationDraft
from market.identifiers import CODE_SYMBOLS, body_check, code_check
from market.models import (
    Attachment,
    Certification,
    Change,
    Organisation,
    OrganisationKind,
    Person,
)
from market.queries.people import viewer_for
from market.roles import Viewer
from tests.conftest import NOW

NUMBERS = count(1)
DEMO_CODE = "91999999DEM000014G"
"""From the seeds: right in form, with the division that only demo organisations have."""


def code(number: int = 0, start: str = "91441802") -> str:
    """A credit code of right form."""
    body = "".join(CODE_SYMBOLS[(number // 31**place) % 31] for place in (1, 0)).rjust(8, "M")
    first = start + body + body_check(body)
    return first + code_check(first) if first[-1] in CODE_SYMBOLS else code(number + 400, start)


def draft(name: str = "清远市新材料有限公司", **given: Any) -> OrganisationDraft:
    return OrganisationDraft(name, **{"kind": OrganisationKind.ENTERPRISE, **given})


def again(session: Session, viewer: Viewer) -> Viewer:
    """The same person with the roles that they have by now; the password was shown just now."""
    assert viewer.person_id is not None
    session.flush()
    found = viewer_for(session, viewer.person_id)
    assert found is not None
    return Viewer(
        found.roles, found.name, found.person_id, found.memberships, found.acting_for, NOW
    )


def person_of(session: Session, viewer: Viewer) -> Person:
    found = session.get(Person, viewer.person_id)
    assert found is not None
    return found


def papers(session: Session, how_many: int = 1) -> Callable[[Certification], None]:
    """Stores so many papers of a certification."""

    def attach(row: Certification) -> None:
        for _ in range(how_many):
            number = next(NUMBERS)
            session.add(
                Attachment(
                    code=f"code-{number}", stored_as=f"file-{number}", noun="certification",
                    noun_id=row.id, name="营业执照.pdf", media_type="application/pdf", size=9,
                    sha256="0" * 64, uploaded_by=row.submitted_by, uploaded_at=NOW,
                )
            )  # fmt: skip
        session.flush()

    return attach


def submitted(
    session: Session, body: Organisation, viewer: Viewer, statement: str = "", **numbers: Any
) -> Certification:
    """A certification with one paper."""
    return certifications.submit(
        session, body.id or 0, statement, viewer, NOW, attach=papers(session),
        numbers=draft(**numbers) if numbers else None,
    )  # fmt: skip


def changes(session: Session) -> list[str]:
    """The actions that were recorded, in order."""
    session.flush()
    return [row.action for row in session.exec(select(Change).order_by(Change.id))]
