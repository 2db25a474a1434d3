"""Files of listings, certifications, reports and appeals: who adds them, who may read them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from market.actions import attachments, posting
from market.actions.drafts import ListingDraft
from market.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from market.models import (
    Appeal,
    Attachment,
    Audience,
    Certification,
    Change,
    Disclosure,
    DisclosureState,
    Kind,
    Listing,
    ListingState,
    Organisation,
    Report,
    ReportReason,
    ReportState,
    Role,
    Standing,
    Tier,
)
from market.queries.attachments import attachment_by_code, attachments_of
from market.roles import VISITOR_VIEWER, Viewer
from market.storage import path_of
from tests.conftest import NOW, Maker
from tests.market.containers import PDF


@pytest.fixture
def body(make: Maker) -> Organisation:
    body = make.owner()
    body.standing = Standing.VERIFIED
    return body


@pytest.fixture
def owner(make: Maker, body: Organisation) -> Viewer:
    return make.member(body, Role.OWNER)


@pytest.fixture
def need(session: Session, body: Organisation, owner: Viewer) -> Listing:
    row = posting.create(session, Kind.NEED, ListingDraft("余热", body.id or 0), owner, NOW)
    posting.act(session, row, "publish", owner, NOW)
    return row


class Adding:
    """Adds files in a folder of its own."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session, self.folder = session, folder

    def __call__(
        self, noun: str, id: int, viewer: Viewer, tier: Tier = Tier.PUBLIC, name: str = "a.pdf",
        data: bytes = PDF,
    ) -> Attachment:  # fmt: skip
        return attachments.add(self.session, noun, id, name, data, tier, viewer, NOW, self.folder)


@pytest.fixture
def add(session: Session, tmp_path: Path) -> Adding:
    return Adding(session, tmp_path)


def reads(session: Session, file: Attachment, viewer: Viewer) -> bool:
    listed = file.code in {
        row.code for row in attachments_of(session, file.noun, file.noun_id, viewer)
    }
    try:
        attachment_by_code(session, file.code, viewer)
    except NotFound:
        assert not listed
        return False
    assert listed
    return True


def disclose(session: Session, need: Listing, **whom: int) -> None:
    audience = Audience.EXPERT if "person_id" in whom else Audience.ORGANISATION
    session.add(
        Disclosure(kind=Kind.NEED, listing_id=need.key, audience=audience, requested_at=NOW,
                   state=DisclosureState.GRANTED, requested_by=next(iter(people(session))), **whom)
    )  # fmt: skip
    session.flush()


def people(session: Session) -> list[int]:
    from market.models import Person

    return [row.key for row in session.exec(select(Person))]


@pytest.mark.parametrize("role", [Role.OWNER, Role.EDITOR, Role.TECHNOLOGY_MANAGER])
def test_who_adds_to_a_listing(
    session: Session, make: Maker, body: Organisation, need: Listing, add: Adding, role: Role
) -> None:
    file = add("need", need.key, make.member(body, role))
    assert path_of(add.folder, file.stored_as).read_bytes() == PDF
    assert (file.name, file.media_type, file.size) == ("a.pdf", "application/pdf", len(PDF))
    assert len(file.code) > 20
    assert file.code not in file.stored_as


def test_who_does_not(
    session: Session, make: Maker, body: Organisation, need: Listing, add: Adding
) -> None:
    for viewer in (make.member(body, Role.VIEWER), make.viewer(Role.ROUND_OFFICER),
                   make.member(make.owner(), Role.OWNER)):  # fmt: skip
        with pytest.raises(NotAllowed):
            add("need", need.key, viewer)
    with pytest.raises(NotSignedIn):
        add("need", need.key, VISITOR_VIEWER)
    assert session.exec(select(Attachment)).all() == []


def test_another_organisations_draft_has_no_files(
    session: Session, make: Maker, need: Listing, owner: Viewer, add: Adding
) -> None:
    file = add("need", need.key, owner)
    need.state = ListingState.DRAFT
    session.flush()
    stranger = make.member(make.owner(), Role.OWNER)
    with pytest.raises(NotFound):
        add("need", need.key, stranger)
    for viewer in (stranger, VISITOR_VIEWER, make.viewer(Role.ROUND_OFFICER)):
        assert not reads(session, file, viewer)
        with pytest.raises(NotFound):
            attachments.remove(session, file.code, viewer, NOW)
    assert reads(session, file, owner)


@pytest.mark.parametrize("noun", ["person", "organisation", "", "need "])
def test_files_belong_to_certain_things_only(owner: Viewer, add: Adding, noun: str) -> None:
    with pytest.raises(NotFound):
        add(noun, 1, owner)


@pytest.mark.parametrize("id", [0, -1, 99_999, 2**40])
def test_what_is_not_there_has_no_files(owner: Viewer, add: Adding, id: int) -> None:
    with pytest.raises(NotFound):
        add("need", id, owner)


@pytest.mark.parametrize("tier", list(Tier))
def test_every_tier_has_its_readers(
    session: Session, make: Maker, need: Listing, owner: Viewer, add: Adding, tier: Tier
) -> None:
    file = add("need", need.key, owner, tier)
    partner, expert = make.owner(), make.person("", Role.EXPERT)
    disclose(session, need, organisation_id=partner.id or 0)
    disclose(session, need, person_id=expert.key)
    readers = {
        "visitor": VISITOR_VIEWER,
        "member": make.viewer(),
        "stranger": make.member(make.owner(), Role.OWNER),
        "partner": make.member(partner, Role.EDITOR),
        "expert": make.viewer(Role.EXPERT, person=expert),
        "another expert": make.viewer(Role.EXPERT),
        "officer": make.viewer(Role.ROUND_OFFICER),
        "owner": owner,
    }
    least = {"visitor": 0, "member": 1, "stranger": 1, "partner": 2, "expert": 3,
             "another expert": 1, "officer": 4, "owner": 4}  # fmt: skip
    assert {name: reads(session, file, viewer) for name, viewer in readers.items()} == {
        name: tier.level <= level for name, level in least.items()
    }


def test_at_most_ten(session: Session, need: Listing, owner: Viewer, add: Adding) -> None:
    files = [add("need", need.key, owner) for _ in range(10)]
    with pytest.raises(Invalid, match="最多 10 个附件"):
        add("need", need.key, owner)
    attachments.remove(session, files[0].code, owner, NOW)
    add("need", need.key, owner)


def test_a_bad_file_leaves_nothing_behind(
    session: Session, need: Listing, owner: Viewer, add: Adding
) -> None:
    with pytest.raises(Invalid):
        add("need", need.key, owner, name="a.html", data=b"<html>")
    assert list(add.folder.iterdir()) == []
    assert session.exec(select(Attachment)).all() == []


@pytest.mark.parametrize(
    "state",
    [ListingState.IN_REVIEW, ListingState.CLOSED, ListingState.WITHDRAWN, ListingState.TAKEN_DOWN],
)
def test_what_cannot_be_changed_gets_no_files(
    session: Session, need: Listing, owner: Viewer, add: Adding, state: ListingState
) -> None:
    file = add("need", need.key, owner)
    need.state = state
    session.flush()
    with pytest.raises(NotAllowed, match="不能增删附件"):
        add("need", need.key, owner)
    with pytest.raises(NotAllowed, match="不能增删附件"):
        attachments.remove(session, file.code, owner, NOW)


def test_a_removed_file_is_gone_for_everybody(
    session: Session, need: Listing, owner: Viewer, add: Adding
) -> None:
    file = add("need", need.key, owner)
    attachments.remove(session, file.code, owner, NOW)
    assert not reads(session, file, owner)
    with pytest.raises(NotFound):
        attachments.remove(session, file.code, owner, NOW)


def test_who_removes(
    session: Session, make: Maker, body: Organisation, need: Listing, owner: Viewer, add: Adding
) -> None:
    file = add("need", need.key, owner)
    for viewer in (make.member(body, Role.VIEWER), make.viewer(Role.ROUND_OFFICER),
                   make.member(make.owner(), Role.OWNER)):  # fmt: skip
        with pytest.raises(NotAllowed):
            attachments.remove(session, file.code, viewer, NOW)
    attachments.remove(session, file.code, make.member(body, Role.EDITOR), NOW)


def test_both_stand_in_the_record(
    session: Session, need: Listing, owner: Viewer, add: Adding
) -> None:
    file = add("need", need.key, owner, Tier.MATCHED)
    attachments.remove(session, file.code, owner, NOW)
    rows = session.exec(select(Change).where(Change.noun_id == need.id).order_by(Change.id)).all()[
        -2:
    ]  # type: ignore[arg-type]
    assert [row.action for row in rows] == ["attachment.add", "attachment.remove"]
    assert rows[0].after is not None
    assert rows[0].after["sha256"] == file.sha256
    for row in rows:
        assert file.code not in str((row.before, row.after))
        assert file.stored_as not in str((row.before, row.after))
        assert file.name not in str((row.before, row.after))


def certification(session: Session, body: Organisation, person_id: int | None) -> Certification:
    row = Certification(organisation_id=body.id or 0, submitted_by=person_id or 0, submitted_at=NOW)
    session.add(row)
    session.flush()
    return row


def test_proofs_are_for_owners_and_those_who_decide(
    session: Session, make: Maker, body: Organisation, owner: Viewer, add: Adding
) -> None:
    row = certification(session, body, owner.person_id)
    file = add("certification", row.id or 0, owner, Tier.PUBLIC)
    assert file.tier is Tier.BUREAU
    readers = {
        "owner": owner, "another owner": make.member(body, Role.OWNER),
        "editor": make.member(body, Role.EDITOR), "visitor": VISITOR_VIEWER,
        "stranger": make.member(make.owner(), Role.OWNER), "expert": make.viewer(Role.EXPERT),
        "officer": make.viewer(Role.ROUND_OFFICER), "finance": make.viewer(Role.FINANCE),
        "administrator": make.viewer(Role.ADMINISTRATOR),
    }  # fmt: skip
    who = {name for name, viewer in readers.items() if reads(session, file, viewer)}
    assert who == {"owner", "another owner", "officer"}
    with pytest.raises(NotFound):
        add("certification", row.id or 0, readers["editor"])
    with pytest.raises(NotAllowed):
        add("certification", row.id or 0, readers["officer"])


def test_a_claimant_adds_to_their_own_claim(
    session: Session, make: Maker, body: Organisation, add: Adding
) -> None:
    claimant, other = make.viewer(), make.viewer()
    row = certification(session, body, claimant.person_id)
    assert reads(session, add("certification", row.id or 0, claimant), claimant)
    with pytest.raises(NotFound):
        add("certification", row.id or 0, other)


def report(session: Session, need: Listing, person_id: int | None) -> Report:
    row = Report(receipt=f"R{person_id}", kind=Kind.NEED, listing_id=need.key, listing_title="余热",
                 reason=ReportReason.FALSE, reported_by=person_id, received_at=NOW,
                 due_at=NOW + timedelta(days=15))  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_who_reads_what_was_handed_in_with_a_report(
    session: Session, make: Maker, need: Listing, owner: Viewer, add: Adding
) -> None:
    reporter = make.viewer()
    row = report(session, need, reporter.person_id)
    file = add("report", row.id or 0, reporter)
    readers = {"reporter": reporter, "reported": owner, "visitor": VISITOR_VIEWER,
               "officer": make.viewer(Role.ROUND_OFFICER), "another": make.viewer()}  # fmt: skip
    assert {n for n, v in readers.items() if reads(session, file, v)} == {"reporter", "officer"}
    with pytest.raises(NotAllowed):
        attachments.remove(session, file.code, reporter, NOW)
    for viewer in (owner, readers["another"]):
        with pytest.raises(NotFound):
            add("report", row.id or 0, viewer)
    with pytest.raises(NotAllowed):
        add("report", row.id or 0, readers["officer"])
    row.state = ReportState.ACCEPTED
    session.flush()
    with pytest.raises(NotAllowed):
        add("report", row.id or 0, reporter)


def test_a_visitor_hands_in_files_while_reporting_and_not_later(
    session: Session, need: Listing, add: Adding, make: Maker
) -> None:
    row = report(session, need, None)
    file = add("report", row.id or 0, VISITOR_VIEWER)
    assert not reads(session, file, VISITOR_VIEWER)
    row.received_at = NOW - timedelta(minutes=1)
    session.flush()
    with pytest.raises(NotSignedIn):
        add("report", row.id or 0, VISITOR_VIEWER)
    with pytest.raises(NotFound):
        add("report", row.id or 0, make.viewer())


def test_an_appeal_is_read_by_its_organisation_and_by_those_who_decide(
    session: Session, make: Maker, body: Organisation, need: Listing, owner: Viewer, add: Adding
) -> None:
    row = Appeal(
        kind=Kind.NEED,
        listing_id=need.key,
        text="不服",
        filed_by=owner.person_id or 0,
        filed_at=NOW,
    )
    session.add(row)
    session.flush()
    file = add("appeal", row.id or 0, owner)
    readers = {"owner": owner, "viewer": make.member(body, Role.VIEWER), "visitor": VISITOR_VIEWER,
               "officer": make.viewer(Role.ROUND_OFFICER), "approver": make.viewer(Role.APPROVER),
               "stranger": make.member(make.owner(), Role.OWNER)}  # fmt: skip
    assert {n for n, v in readers.items() if reads(session, file, v)} == {
        "owner",
        "viewer",
        "approver",
    }
    with pytest.raises(NotAllowed):
        attachments.remove(session, file.code, owner, NOW)
