"""Reports: receipt, clock, answers, and that nobody learns who filed one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlmodel import select

from market.actions import demo, reports
from market.db import writing
from market.errors import Invalid, NotAllowed, NotFound
from market.models import (
    Change,
    Delivery,
    Kind,
    ListingState,
    Report,
    ReportReason,
    ReportState,
    Role,
)
from market.queries.reports import followed_report, receipt_of, report_by_id, report_page
from market.roles import VISITOR_VIEWER, Viewer
from tests.conftest import NOW, Maker
from tests.market.matters import WHY, actions, approver, officer, race, submitted

TEXT = "摘要里写的能耗数据是编的。"


def filed(make, need=None, viewer=None, contact="", **given) -> Report:
    need = need or make.need()
    values = {"reason": ReportReason.FALSE, "text": TEXT, **given}
    return reports.file(
        make.session, need.kind, need.key, values["reason"], values["text"], contact,
        viewer or VISITOR_VIEWER, NOW,
    )  # fmt: skip


def test_a_visitor_reports_and_gets_a_receipt_and_a_day(make, session, now):
    need = make.need("某某需求")
    report = filed(make, need)
    assert report.receipt.startswith("JB-20261123-")
    assert receipt_of(report.receipt) == report.receipt
    assert (report.listing_title, report.state) == ("某某需求", ReportState.RECEIVED)
    assert report.due_at == now + timedelta(days=15)


def test_receipts_differ_and_have_no_letters_that_look_alike(now):
    made = {reports.new_receipt(now) for _ in range(500)}
    assert len(made) == 500
    assert not set("".join(code[12:] for code in made)) & set("01OILU")


def test_the_day_of_a_receipt_is_that_of_china(now):
    assert reports.new_receipt(now.replace(hour=17))[:12] == "JB-20261124-"


@pytest.mark.parametrize(
    "typed",
    ["jb-20261123-7kq2mx", " JB－20261123－7KQ2MX ", "JB 20261123 7KQ2MX", "JB_20261123_7KQ2MX",
     "JB–20261123–7KQ2MX"],
)  # fmt: skip
def test_a_receipt_is_known_again_however_it_was_typed(typed):
    assert receipt_of(typed) == "JB-20261123-7KQ2MX"


@pytest.mark.parametrize(
    "typed", ["", "7KQ2MX", "JB-20261123-7KQ2M", "JB-2026-7KQ2MX", "%", "1" * 999]
)
def test_anything_else_is_no_receipt(typed):
    assert receipt_of(typed) is None


def test_every_problem_is_told_at_once(make, session):
    with pytest.raises(Invalid) as refused:
        filed(make, reason=None, text="差", contact="nobody")
    assert [problem.field for problem in refused.value.problems] == ["reason", "text", "contact"]
    assert session.exec(select(Report)).all() == []


@pytest.mark.parametrize("text", ["😀😀😀😀😀😀", "字" * 4_001, "a\0" * 10])
def test_nonsense_is_refused(text, make):
    with pytest.raises(Invalid):
        filed(make, text=text)


def test_what_the_reporter_cannot_see_cannot_be_reported(make):
    row, *_ = submitted(make)
    with pytest.raises(NotFound):
        filed(make, row)


def test_ones_own_listing_is_changed_instead(make):
    owner = make.owner()
    need = make.need(owner_id=owner.id)
    with pytest.raises(NotAllowed, match="直接修改"):
        filed(make, need, make.member(owner, Role.VIEWER))


def test_somebody_signed_in_reports_a_listing_once_at_a_time(make, session, now):
    need, viewer = make.need(), make.viewer()
    report = filed(make, need, viewer)
    with pytest.raises(NotAllowed, match=report.receipt):
        filed(make, need, viewer)
    reports.decide(session, report.id, "decline", officer(make), now, WHY)
    assert filed(make, need, viewer).id != report.id


class TestSecrecy:
    def test_the_record_of_changes_knows_neither_who_nor_what_nor_where(self, make, session):
        viewer = make.viewer()
        named = Viewer(viewer.roles, "张举报", viewer.person_id, {}, None, origin="web 203.0.113.9")
        report = filed(make, viewer=named, contact="who@example.com")
        session.flush()
        [entry] = session.exec(select(Change).where(Change.action == "report.file")).all()
        assert (entry.actor, entry.person_id, entry.origin) == ("举报人", None, "web")
        told = f"{entry.after}{entry.before}{entry.reason}"
        for secret in ("example.com", TEXT, report.receipt, "张举报"):
            assert secret not in told

    def test_the_receipt_tells_nothing_about_people(self, make, session, visitor):
        report = filed(make, viewer=make.viewer(), contact="who@example.com")
        found = asdict(followed_report(session, report.receipt, visitor))
        assert set(found) == {
            "receipt", "kind", "title", "state", "received_at", "due_at", "decided_at", "answer"
        }  # fmt: skip
        assert not {"who@example.com", TEXT, report.reported_by} & set(found.values())

    def test_unknown_receipts_are_all_alike(self, make, session, visitor):
        for receipt in ("JB-20261123-222222", "", "%", "x"):
            with pytest.raises(NotFound):
                followed_report(session, receipt, visitor)

    def test_officers_see_how_to_reach_only_while_it_is_open(self, make, session, now):
        report, viewer = filed(make, contact="Who@Example.com"), officer(make)
        assert report_by_id(session, report.id, viewer, now).contact == "who@example.com"
        reports.decide(session, report.id, "decline", viewer, now, WHY)
        assert report_by_id(session, report.id, viewer, now).contact == ""
        assert report.contact == ""

    def test_an_officer_of_the_reported_side_sees_no_contact(self, make, session, now):
        owner = make.owner()
        report = filed(make, make.need(owner_id=owner.id), contact="who@example.com")
        person = make.person("", Role.ROUND_OFFICER)
        member = make.member(owner, Role.OWNER, person)
        both = Viewer(
            member.roles | {Role.ROUND_OFFICER}, "两边", person.key, member.memberships, owner.id
        )
        found = report_by_id(session, report.id, both, now)
        assert (found.contact, found.moves, "您所在单位" in found.why_not) == ("", [], True)


class TestDeciding:
    def test_from_receipt_to_answer(self, make, session, now, visitor):
        report, viewer = filed(make), officer(make)
        reports.decide(session, report.id, "accept", viewer, now)
        assert followed_report(session, report.receipt, visitor).is_open
        reports.decide(session, report.id, "dismiss", viewer, now, WHY)
        found = followed_report(session, report.receipt, visitor)
        assert (found.state, found.answer, found.decided_at) == (ReportState.DISMISSED, WHY, now)
        assert actions(session, "report") == ["report.file", "report.accept", "report.dismiss"]

    @pytest.mark.parametrize("name", ["decline", "uphold", "dismiss"])
    def test_an_answer_has_a_reason(self, name, make, session, now):
        report = filed(make)
        if name != "decline":
            reports.decide(session, report.id, "accept", officer(make), now)
        with pytest.raises(Invalid, match="理由"):
            reports.decide(session, report.id, name, officer(make), now, " ")

    def test_upholding_takes_the_listing_down_with_it(self, make, session, now):
        need, viewer = make.need(), officer(make)
        report = filed(make, need)
        reports.decide(session, report.id, "accept", viewer, now)
        reports.decide(session, report.id, "uphold", viewer, now, WHY, takes_down=True)
        assert (need.state, need.taken_down_by) == (ListingState.TAKEN_DOWN, viewer.person_id)
        assert actions(session)[-2:] == ["report.uphold", "listing.take-down"]

    def test_upholding_alone_leaves_the_listing(self, make, session, now):
        need = make.need()
        report = filed(make, need)
        reports.decide(session, report.id, "accept", officer(make), now)
        reports.decide(session, report.id, "uphold", officer(make), now, WHY)
        assert need.state is ListingState.PUBLISHED

    def test_those_of_one_listing_are_decided_together(self, make, session, now):
        need = make.need()
        three, other = [filed(make, need) for _ in range(3)], filed(make)
        done = reports.decide(
            session, three[0].id, "decline", officer(make), now, WHY, together=True
        )
        assert {row.id for row in done} == {row.id for row in three}
        assert {row.state for row in three} == {ReportState.INADMISSIBLE}
        assert other.state is ReportState.RECEIVED

    def test_nobody_decides_on_what_they_reported(self, make, session, now):
        viewer = officer(make)
        report = filed(make, viewer=viewer)
        with pytest.raises(NotAllowed, match="本人的举报"):
            reports.decide(session, report.id, "accept", viewer, now)

    def test_together_stops_at_ones_own_report_and_changes_nothing(self, make, session, now):
        need, viewer = make.need(), officer(make)
        report, _ = filed(make, need), filed(make, need, viewer)
        with session.begin_nested() as attempt:
            with pytest.raises(NotAllowed, match="本人的举报"):
                reports.decide(session, report.id, "decline", viewer, now, WHY, together=True)
            attempt.rollback()
        session.refresh(report)
        assert report.state is ReportState.RECEIVED

    @pytest.mark.parametrize("role", [Role.APPROVER, Role.SUPERVISOR, Role.ADMINISTRATOR])
    def test_only_officers_decide_and_read(self, role, make, session, now):
        report, viewer = filed(make), make.viewer(role)
        with pytest.raises(NotAllowed):
            reports.decide(session, report.id, "accept", viewer, now)
        with pytest.raises(NotAllowed):
            report_page(session, viewer)

    def test_a_report_of_what_is_gone_is_still_answered(self, make, session, now, operator):
        need = make.need(is_demo=True)
        report = filed(make, need)
        demo.purge(session, operator, now)
        kept = session.get(Report, report.id)
        if kept is None:
            return  # reports of demonstrations go with them
        assert report_by_id(session, report.id, officer(make), now).listing_state is None
        reports.decide(session, report.id, "decline", officer(make), now, WHY)


class TestTelling:
    def letters(self, session):
        session.flush()
        return session.exec(select(Delivery)).all()

    def test_a_visitor_is_written_to_where_they_said(self, make, session, now):
        report = filed(make, contact="who@example.com")
        assert self.letters(session) == []
        reports.decide(session, report.id, "decline", officer(make), now, WHY)
        [letter] = self.letters(session)
        assert letter.target == "who@example.com"
        assert WHY in letter.text
        assert f"\n/reports/{report.receipt}" in letter.text

    def test_a_mobile_number_gets_a_short_message(self, make, session, now):
        report = filed(make, contact="138 0013 8000")
        reports.decide(session, report.id, "decline", officer(make), now, WHY)
        [letter] = self.letters(session)
        assert (letter.target, WHY in letter.text) == ("+8613800138000", False)

    def test_taking_it_up_is_not_yet_an_answer(self, make, session, now):
        report = filed(make, contact="who@example.com")
        reports.decide(session, report.id, "accept", officer(make), now)
        assert (self.letters(session), report.contact) == ([], "who@example.com")


class TestQueue:
    def test_what_is_due_first_stands_first_and_says_how_many_there_are(self, make, session, now):
        need = make.need()
        later, first = filed(make, need), filed(make, need)
        first.due_at = now + timedelta(days=1)
        found = report_page(session, officer(make))
        assert [row.id for row in found.rows] == [first.id, later.id]
        assert {row.together for row in found.rows} == {2}

    def test_it_costs_the_same_for_many(self, make, session, statements):
        viewer = officer(make)
        filed(make)
        session.flush()
        statements.clear()
        report_page(session, viewer)
        few = len(statements)
        for _ in range(20):
            filed(make)
        session.flush()
        statements.clear()
        assert len(report_page(session, viewer).rows) == 21
        assert len(statements) == few


def test_of_two_officers_at_once_one_answers(engine_apart):
    with writing(engine_apart) as session:
        make = Maker(session)
        report, viewers = filed(make), [officer(make), officer(make)]
        id = report.id
    told = race(
        engine_apart,
        lambda session, viewer, now: reports.decide(session, id, "decline", viewer, now, WHY),
        *viewers,
    )
    assert sorted(told)[0] == ""
    assert "刚刚有人办理过" in sorted(told)[1]
    with writing(engine_apart) as session:
        assert actions(session).count("report.decline") == 1


def test_the_kind_of_the_listing_is_told_apart(make):
    achievement = make.achievement("某某成果")
    assert filed(make, achievement).kind is Kind.ACHIEVEMENT


def test_an_approver_reads_no_reports(make, session, now):
    with pytest.raises(NotAllowed):
        report_by_id(session, filed(make).id, approver(make), now)
