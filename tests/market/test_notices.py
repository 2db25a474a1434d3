"""Who is told of what: the table of tellings, the inbox and the mail that come of it."""

from __future__ import annotations

from datetime import timedelta
from string import Formatter

import pytest
from sqlmodel import select

from market import notices, telling, workflow
from market.audiences import Officers
from market.models import (
    Appeal,
    Certification,
    Channel,
    Delivery,
    DigestRhythm,
    Disclosure,
    Kind,
    ListingState,
    Membership,
    Merge,
    Notice,
    NoticeKind,
    OrganisationKind,
    Report,
    ReportReason,
    Role,
    Tier,
)
from market.models.enums import Audience, MembershipState
from market.rules import RULES
from tests.conftest import NOW

MOMENT = timedelta(seconds=1)


def told(session):
    """Whom the inbox of the session tells, and with which subject."""
    return [
        (row.person_id, row.subject) for row in session.exec(select(Notice).order_by(Notice.id))
    ]


def mails(session):
    return list(session.exec(select(Delivery).order_by(Delivery.id)))


def post(session, people, kind=NoticeKind.LISTING, subject="标题", **given):
    notices.post(session, [p.key for p in people], kind, subject, "正文", "/needs/1", NOW, **given)


def in_review(session, make, owner):
    """A need that waits for its editor."""
    row = make.need("窑炉余热", owner_id=owner.id)
    row.state = ListingState.IN_REVIEW
    session.flush()
    return row


# ---- posting


def test_a_notice_is_in_the_inbox_and_in_the_mail(session, make):
    person = make.person("林晓", email="lin@example.com")
    post(session, [person])
    [row] = session.exec(select(Notice)).all()
    assert (row.subject, row.text, row.link, row.read_at) == ("标题", "正文", "/needs/1", None)
    [mail] = mails(session)
    assert (mail.target, mail.subject, mail.is_secret) == ("lin@example.com", "标题", False)
    assert mail.text == "林晓，您好：\n\n正文\n\n请打开网页查看：\n/needs/1"
    assert mail.unsubscribe == ""


def test_a_person_without_an_address_gets_a_short_message(session, make):
    post(session, [make.person(email=None, mobile="+8613812345678")])
    [mail] = mails(session)
    assert (mail.channel, mail.target, mail.subject) == (Channel.SMS, "+8613812345678", "")
    assert mail.text.startswith("【科揭】标题。")


def test_the_same_occurrence_is_told_once(session, make):
    one, two = make.person(), make.person()
    post(session, [one], key="k")
    post(session, [one, two, two], key="k")
    assert [id for id, _ in told(session)] == [one.key, two.key]
    assert len(mails(session)) == 2


def test_without_a_key_the_same_words_are_two_occurrences(session, make):
    person = make.person()
    post(session, [person])
    post(session, [person])
    assert len(told(session)) == 2


def test_whoever_erased_the_account_is_told_nothing(session, make):
    post(session, [make.person(erased_at=NOW)])
    assert (told(session), mails(session)) == ([], [])


@pytest.mark.parametrize(
    ("rhythm", "kind", "is_mailed", "waits"),
    [
        (DigestRhythm.AT_ONCE, NoticeKind.EXPIRY, True, False),
        (DigestRhythm.AT_ONCE, NoticeKind.MATCH, False, True),
        (DigestRhythm.DAILY, NoticeKind.EXPIRY, False, True),
        (DigestRhythm.WEEKLY, NoticeKind.MATCH, False, True),
        (DigestRhythm.OFF, NoticeKind.EXPIRY, False, False),
        (DigestRhythm.OFF, NoticeKind.LISTING, True, False),
        (DigestRhythm.DAILY, NoticeKind.MODERATION, True, False),
    ],
)
def test_what_is_optional_comes_as_somebody_wishes(session, make, rhythm, kind, is_mailed, waits):
    post(session, [make.person(digest=rhythm)], kind)
    [row] = session.exec(select(Notice)).all()
    assert (len(mails(session)) == 1, row.digested_at is None) == (is_mailed, waits)


def test_only_what_is_optional_can_be_unsubscribed(session, make):
    person = make.person()
    for kind in NoticeKind:
        post(session, [person], kind)
    assert {mail.unsubscribe for mail in mails(session)} == {"", NoticeKind.EXPIRY.value}


@pytest.mark.parametrize("link", ["https://evil.example/x", "javascript:alert(1)", "needs/1"])
def test_a_link_that_is_no_path_of_the_site_is_left_out(session, make, link):
    notices.post(session, [make.person().key], NoticeKind.LISTING, "s", "t", link, NOW)
    assert session.exec(select(Notice)).one().link == ""


def test_a_subject_is_one_line_of_at_most_two_hundred(session, make):
    post(session, [make.person()], subject="甲\r\nBcc: x@example.com\n" + "乙" * 300)
    row = session.exec(select(Notice)).one()
    assert row.subject.startswith("甲 Bcc: x@example.com 乙")
    assert len(row.subject) <= 200
    assert mails(session)[0].subject == row.subject


def test_sending_the_same_key_twice_sends_once(session):
    for _ in range(2):
        notices.send(session, Channel.EMAIL, "a@example.com", "s", "t", NOW, key="one")
    assert len(mails(session)) == 1


# ---- the table


def test_every_action_of_the_table_has_a_rule():
    known = set(RULES) | {"disclosure.dismiss", "merge.prepare", "membership.promote"}
    assert [action for action in telling.TELLINGS if action not in known] == []


def names_of(action):
    """The words that the table's sentences for an action name."""
    parts = [p for t in telling.TELLINGS[action] for p in (t.subject, t.text, t.link)]
    return {name for part in parts for _, name, _, _ in Formatter().parse(part) if name}


def rows_of(session, make):
    """A stored row of every noun of the table, with the organisation that owns it."""
    owner, other = make.owner("甲陶瓷厂"), make.owner("乙研究院")
    person = make.person("林晓").key
    need = make.need("窑炉余热", owner_id=owner.id)
    given = {"kind": Kind.NEED, "listing_id": need.key}
    rows = {
        "listing": need,
        "certification": Certification(
            organisation_id=owner.id, submitted_by=person, submitted_at=NOW
        ),
        "merge": Merge(
            source_id=owner.id, target_id=other.id, prepared_by=person, prepared_at=NOW
        ),
        "membership": Membership(
            organisation_id=owner.id, person_id=person, role=Role.EDITOR, since=NOW, note="同事"
        ),
        "report": Report(
            receipt="JB-1", listing_title=need.title, reason=ReportReason.FALSE, received_at=NOW,
            due_at=NOW, reported_by=person, **given,
        ),
        "appeal": Appeal(text="不服", filed_by=person, filed_at=NOW, **given),
        "disclosure": Disclosure(
            audience=Audience.ORGANISATION, organisation_id=other.id, requested_by=person,
            requested_at=NOW, **given,
        ),
    }  # fmt: skip
    session.add_all(rows.values())
    session.flush()
    rows["invitation"] = rows["membership"]
    return rows, owner


@pytest.mark.parametrize("action", telling.TELLINGS)
def test_every_sentence_can_be_filled_in(session, make, action):
    rows, owner = rows_of(session, make)
    words = telling._words(session, rows[action.split(".")[0]], owner, "资料不全")
    assert names_of(action) <= set(words)
    assert all(words[name] not in ("", None) for name in names_of(action))
    for each in telling.TELLINGS[action]:
        link = each.link.format_map(words)
        assert link.startswith("/")
        assert each.subject.format_map(words)


@pytest.mark.parametrize("action", telling.TELLINGS)
def test_every_subject_names_its_matter(action):
    """Subjects that are all alike get missed."""
    matter = {"title", "owner", "source"}
    for each in telling.TELLINGS[action]:
        named = {name for _, name, _, _ in Formatter().parse(each.subject) if name}
        assert named & matter, each.subject


# ---- whom


def test_an_approval_is_told_to_those_who_write_and_not_to_the_reader(session, make):
    owner = make.owner()
    roles = (Role.OWNER, Role.EDITOR, Role.TECHNOLOGY_MANAGER, Role.VIEWER)
    people = [make.member(owner, role).person_id for role in roles]
    make.member(make.owner(), Role.OWNER)
    workflow.move(
        session, "approve", in_review(session, make, owner), make.viewer(Role.ROUND_OFFICER), NOW
    )
    assert told(session) == [(id, "技术需求“窑炉余热”已通过审核") for id in people[:3]]


def test_whoever_left_is_not_told(session, make):
    owner = make.owner()
    gone = make.member(owner, Role.OWNER).person_id
    for row in session.exec(select(Membership).where(Membership.person_id == gone)):
        row.state = MembershipState.ENDED
    workflow.move(
        session, "approve", in_review(session, make, owner), make.viewer(Role.ROUND_OFFICER), NOW
    )
    assert told(session) == []


def test_nobody_is_told_of_their_own_act(session, make):
    owner = make.owner()
    one, two = make.member(owner, Role.OWNER), make.member(owner, Role.OWNER)
    row = Membership(
        organisation_id=owner.id, person_id=make.person("周明").key, role=Role.VIEWER, since=NOW
    )
    session.add(row)
    session.flush()
    notices.tell(session, "membership.request", row, owner, one, NOW)
    assert told(session) == [(two.person_id, f"周明申请加入{owner.name}")]


def test_a_submission_is_told_to_the_officers_who_may_decide(session, make):
    owner = make.owner()
    officer = make.person("", Role.ROUND_OFFICER)
    make.person("", Role.APPROVER)
    make.person("", Role.ROUND_OFFICER, suspended_at=NOW)
    inside = make.person("", Role.ROUND_OFFICER)
    make.member(owner, Role.EDITOR, inside)
    need = in_review(session, make, owner)
    notices.tell(session, "listing.submit", need, owner, make.member(owner, Role.OWNER), NOW)
    [(id, subject)] = told(session)
    assert (id, subject) == (officer.key, "待审核：技术需求“窑炉余热”")
    assert session.exec(select(Notice)).one().link == f"/bureau/listings/need/{need.key}"


def test_an_appeal_is_not_told_to_whoever_decided_before(session, make):
    owner = make.owner()
    judge, other = make.person("", Role.APPROVER), make.person("", Role.APPROVER)
    need = make.need("窑炉余热", owner_id=owner.id)
    viewer = make.member(owner, Role.OWNER)
    row = Appeal(
        kind=Kind.NEED, listing_id=need.key, text="不服", filed_by=viewer.person_id, filed_at=NOW,
        against=judge.key,
    )  # fmt: skip
    session.add(row)
    notices.tell(session, "appeal.file", row, owner, viewer, NOW)
    assert [id for id, _ in told(session)] == [other.key]


def test_a_report_is_answered_to_the_reporter_and_unknown_to_the_reported(session, make):
    owner, reporter = make.owner(), make.person("举报的人")
    mine = make.member(owner, Role.OWNER).person_id
    need = make.need("窑炉余热", owner_id=owner.id)
    officer = make.viewer(Role.ROUND_OFFICER)
    row = Report(
        receipt="JB-7", kind=Kind.NEED, listing_id=need.key, listing_title=need.title,
        reason=ReportReason.FALSE, reported_by=reporter.key, received_at=NOW, due_at=NOW,
    )  # fmt: skip
    session.add(row)
    session.flush()
    for action in ("accept", "uphold"):
        workflow.apply(session, "report", action, row, owner, officer, NOW, reason="数据造假")
    workflow.move(session, "take-down", need, officer, NOW, reason="数据造假")
    by_person = {}
    for notice in session.exec(select(Notice)):
        by_person.setdefault(notice.person_id, []).append(notice)
    assert set(by_person) == {mine, reporter.key}
    assert [n.link for n in by_person[reporter.key]] == ["/reports/JB-7"] * 2
    [told_owner] = by_person[mine]
    everything = told_owner.subject + told_owner.text + told_owner.link
    assert [word for word in ("举报", "JB-7") if word in everything] == []


def test_a_restored_listing_is_one_occurrence_with_its_appeal(session, make):
    owner = make.owner()
    mine = make.member(owner, Role.OWNER)
    need = make.need("窑炉余热", owner_id=owner.id)
    need.state = ListingState.TAKEN_DOWN
    row = Appeal(kind=Kind.NEED, listing_id=need.key, text="不服", filed_by=mine.person_id,
                 filed_at=NOW)  # fmt: skip
    session.add(row)
    session.flush()
    viewer = make.viewer(Role.APPROVER)
    workflow.apply(session, "appeal", "uphold", row, owner, viewer, NOW, reason="证据充分")
    workflow.move(session, "restore", need, viewer, NOW)
    assert told(session) == [(mine.person_id, "申诉成立：技术需求“窑炉余热”已恢复公开")]


def test_two_returns_are_two_occurrences(session, make):
    owner = make.owner()
    make.member(owner, Role.OWNER)
    need, officer = in_review(session, make, owner), make.viewer(Role.ROUND_OFFICER)
    for turn in range(2):
        need.state = ListingState.IN_REVIEW
        session.flush()
        workflow.move(session, "return", need, officer, NOW + turn * MOMENT, reason="补充数据")
    assert len(told(session)) == 2


def test_both_sides_of_a_merger_and_its_preparer_hear_of_it(session, make):
    source, target = make.owner("甲厂"), make.owner("乙厂")
    owners = [make.member(body, Role.OWNER).person_id for body in (source, target)]
    make.member(source, Role.EDITOR)
    preparer = make.person("", Role.ROUND_OFFICER)
    row = Merge(source_id=source.id, target_id=target.id, prepared_by=preparer.key, prepared_at=NOW)
    session.add(row)
    session.flush()
    workflow.apply(session, "merge", "approve", row, None, make.viewer(Role.APPROVER), NOW)
    assert sorted(id for id, _ in told(session)) == sorted([*owners, preparer.key])


# ---- what is never said


@pytest.mark.parametrize("action", ["listing.approve", "listing.expire", "listing.take-down"])
def test_hidden_fields_of_a_listing_are_in_no_notice(session, make, action):
    owner = make.owner()
    make.member(owner, Role.OWNER)
    hidden = dict.fromkeys(("summary_tier", "body_tier", "keywords_tier"), Tier.BUREAU)
    need = make.need("窑炉余热", owner_id=owner.id, summary="密要", body="密文", keywords=("密钥",))
    for name, tier in hidden.items():
        setattr(need, name, tier)
    notices.tell(session, action, need, owner, make.viewer(Role.ROUND_OFFICER), NOW, "理由")
    assert told(session)
    rows = [*session.exec(select(Notice)), *session.exec(select(Delivery))]
    assert not any("密" in row.subject + row.text for row in rows)


# ---- in bulk


def counted(session, statements, make, number, owner):
    needs = [make.draft(f"需求{n}", owner_id=owner.id) for n in range(number)]
    statements.clear()
    make.listings(Kind.NEED, needs)
    about = ("notice", "delivery", "membership", "person", "grant")
    return [s for s in statements if any(f"FROM {table}" in s for table in about)]


def test_an_import_asks_nothing_for_its_notices(session, make, statements):
    owner = make.owner()
    make.member(owner, Role.OWNER)
    before = len(mails(session))
    assert counted(session, statements, make, 1_000, owner) == []
    assert (told(session), len(mails(session))) == ([], before)


@pytest.mark.parametrize("has_member", [True, False])
def test_hundreds_that_end_at_once_cost_as_many_queries_as_one(
    session, make, statements, has_member
):
    owner = make.owner(kind=OrganisationKind.INSTITUTION)
    if has_member:
        make.member(owner, Role.OWNER)
    drafts = [make.draft(f"成果{n}", owner_id=owner.id) for n in range(401)]
    rows = make.listings(Kind.ACHIEVEMENT, drafts)
    sent = []
    for some in (rows[:1], rows[1:]):
        pairs = [(row, owner) for row in some]
        statements.clear()
        notices.tell_all(session, "listing.expire", pairs, make.viewer(Role.EXPERT), NOW)
        sent.append(len(statements))
    assert len(told(session)) == (401 if has_member else 0)
    assert sent[0] == sent[1]


def test_the_table_says_nothing_of_what_nobody_waits_for():
    quiet = {"listing.publish", "listing.change", "listing.close", "organisation.change"}
    assert not quiet & set(telling.TELLINGS)


def test_officers_are_asked_for_by_the_permission_of_the_next_move():
    """Whoever is told that something waits may decide on it."""
    wanted = {
        "listing.submit": "listing.approve", "certification.submit": "certification.verify",
        "merge.prepare": "merge.approve", "report.file": "report.accept",
        "appeal.file": "appeal.uphold",
    }  # fmt: skip
    told_officers = {
        action: each.to.permission
        for action, tellings in telling.TELLINGS.items()
        for each in tellings
        if isinstance(each.to, Officers)
    }
    assert told_officers == {a: RULES[b].permission for a, b in wanted.items()}
