"""The bureau's desk: queues, decisions, the record of changes, people."""

from __future__ import annotations

import ast
import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from market import ledger
from market.db import writing
from market.models import Appeal, Kind, ListingState, Need, Person, Report, ReportReason, Role
from market.queries.ledger import LedgerFilter
from market.roles import OPERATOR_VIEWER
from tests.web.pages import Client
from tests.web.people import organisation_in, person_in, signed_in
from tests.web.site import Site
from web.render import environment

WHY = "与事实不符，请看附件。"
PAGES = ("", "/listings", "/reports", "/appeals", "/ledger", "/people")


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(3, 1)


def waiting(site: Site, id: int = 1, days: int = 0) -> None:
    """Have a need wait for the editorial check since so many days."""
    with writing(site.engine) as session:
        need = session.get(Need, id)
        assert need is not None
        need.state = ListingState.IN_REVIEW
        need.changed_at = site.app.state.now() - timedelta(days=days)


def reported(site: Site, id: int = 1, days: int = 0, **given: object) -> int:
    now = site.app.state.now() - timedelta(days=days)
    with writing(site.engine) as session:
        row = Report(
            **{"receipt": f"JB-20261101-{now:%H%M%S}"[:17] + str(days), "kind": Kind.NEED,
               "listing_id": id, "listing_title": "某需求", "reason": ReportReason.FALSE,
               "text": "数据是编的。", "received_at": now, "due_at": now + timedelta(days=15),
               **given}
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id or 0


def noted_actions() -> list[str]:
    """What the market's own code calls the actions that it notes, where it says so in one word."""
    folder = Path(ledger.__file__).parent
    calls = (
        node
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("ledger.note", "Entry")
    )
    named = (part for call in calls for part in call.args if isinstance(part, ast.Constant))
    return [part.value for part in named if isinstance(part.value, str) and "." in part.value]


def state(site: Site, id: int = 1) -> ListingState:
    with site.session() as session:
        need = session.get(Need, id)
        assert need is not None
        return need.state


class TestDesk:
    def test_a_visitor_signs_in_and_a_member_is_told_whose_it_is(self, site: Site) -> None:
        for path in PAGES:
            answer = site.client.raw.get("/bureau" + path)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in?next=%2Fbureau")
            assert signed_in(site).raw.get("/bureau" + path).status_code == 403, path

    @pytest.mark.parametrize(
        ("role", "queues"),
        [(Role.ROUND_OFFICER, ["certifications", "listings", "reports"]),
         (Role.APPROVER, ["appeals", "merges"]), (Role.ADMINISTRATOR, ["outbox"]),
         (Role.SUPERVISOR, []), (Role.FINANCE, [])],
    )  # fmt: skip
    def test_everybody_finds_their_own_queues_empty_or_not(
        self, site: Site, role: Role, queues: list[str]
    ) -> None:
        page = signed_in(site, role).get("/bureau")
        found = [a.get("href") for a in page.all("a") if "queue" in (a.get("class") or "")]
        assert found == [f"/bureau/{name}" for name in queues]

    def test_ages_and_days_are_told_and_what_is_late_is_marked(self, site: Site) -> None:
        waiting(site, 1, days=9)
        waiting(site, 2, days=1)
        page = signed_in(site, Role.ROUND_OFFICER).get("/bureau")
        assert any("有 2 件等办理，其中 1 件已超期。" in words for words in page.words("p"))
        assert "9 天" in page.text
        assert "已超期 2 天" in page.text

    def test_what_was_done_last_is_listed(self, site: Site) -> None:
        waiting(site)
        officer = signed_in(site, Role.ROUND_OFFICER)
        officer.send("/bureau/listings/need/1", name="approve")
        done = officer.get("/bureau").words("li")
        assert any(words.startswith("通过审核 技术需求 1") for words in done)


class TestListings:
    def test_the_queue_and_the_page_show_what_waits(self, site: Site) -> None:
        waiting(site, days=9)
        officer = signed_in(site, Role.ROUND_OFFICER)
        page = officer.get("/bureau/listings")
        assert "/bureau/listings/need/1" in {a.get("href") for a in page.all("a")}
        assert any(row.get("class") == "is-late" for row in page.all("tr"))
        page = officer.get("/bureau/listings/need/1")
        assert {"通过审核", "退回修改"} <= set(page.words("button"))
        assert "下架" not in page.words("button")

    def test_approving_publishes(self, site: Site) -> None:
        waiting(site)
        officer = signed_in(site, Role.ROUND_OFFICER)
        assert officer.send("/bureau/listings/need/1", name="approve") == "/bureau/listings"
        assert state(site) is ListingState.PUBLISHED
        assert "已通过审核并发布" in officer.get("/bureau/listings").text

    def test_returning_wants_a_reason_and_keeps_what_was_written(self, site: Site) -> None:
        waiting(site)
        officer = signed_in(site, Role.ROUND_OFFICER)
        page = officer.post("/bureau/listings/need/1", 422, name="return", reason="x")
        assert "请写明理由" in page.text
        assert "#reason" in {a.get("href") for a in page.all("a")}
        officer.send("/bureau/listings/need/1", name="return", reason=WHY)
        assert state(site) is ListingState.DRAFT

    def test_whoever_comes_second_reads_what_happened(self, site: Site) -> None:
        waiting(site)
        first, second = (signed_in(site, Role.ROUND_OFFICER) for _ in range(2))
        second.get("/bureau/listings/need/1")
        first.send("/bureau/listings/need/1", name="approve")
        page = second.post("/bureau/listings/need/1", 422, name="approve")
        assert "刚刚有人办理过" in page.text

    def test_an_officer_of_the_owner_is_told_why_there_is_no_button(self, site: Site) -> None:
        waiting(site)
        officer = signed_in(site, Role.ROUND_OFFICER, organisation=1)
        page = officer.get("/bureau/listings/need/1")
        assert "请由其他工作人员处理" in page.text
        page = officer.post("/bureau/listings/need/1", 422, name="approve")
        assert "请由其他工作人员处理" in page.text
        assert state(site) is ListingState.IN_REVIEW

    def test_a_draft_is_not_there(self, site: Site) -> None:
        with writing(site.engine) as session:
            session.get(Need, 1).state = ListingState.DRAFT  # type: ignore[union-attr]
        officer = signed_in(site, Role.ROUND_OFFICER)
        officer.get("/bureau/listings/need/1", 404)
        officer.get("/bureau/listings/other/1", 404)


class TestReports:
    def test_from_the_queue_to_the_answer(self, site: Site) -> None:
        id = reported(site)
        officer = signed_in(site, Role.ROUND_OFFICER)
        assert "某需求" in officer.get("/bureau/reports").text
        officer.send(f"/bureau/reports/{id}", name="accept")
        page = officer.get(f"/bureau/reports/{id}")
        assert {"takes_down"} <= {box.get("id") for box in page.all("input")}
        officer.send(f"/bureau/reports/{id}", name="uphold", reason=WHY, takes_down="yes")
        assert state(site) is ListingState.TAKEN_DOWN
        assert WHY in officer.get(f"/bureau/reports/{id}").text
        assert "某需求" in officer.get("/bureau/reports?state=decided").text

    def test_several_of_one_listing_stand_together(self, site: Site) -> None:
        ids = [reported(site, days=days) for days in (1, 2, 3)]
        officer = signed_in(site, Role.ROUND_OFFICER)
        assert "同一内容共 3 件" in " ".join(officer.get("/bureau/reports").words("span"))
        page = officer.get(f"/bureau/reports/{ids[0]}")
        assert "另外 2 件“已收到”的同样办理" in page.text
        officer.send(f"/bureau/reports/{ids[0]}", name="decline", reason=WHY, together="yes")
        assert "没有等待处理的举报" in officer.get("/bureau/reports").words("h2")

    def test_what_is_late_is_marked(self, site: Site) -> None:
        reported(site, days=17)
        page = signed_in(site, Role.ROUND_OFFICER).get("/bureau/reports")
        assert "已超期 2 天" in page.text

    def test_the_contact_goes_when_it_is_answered(self, site: Site) -> None:
        id = reported(site, contact="who@example.com")
        officer = signed_in(site, Role.ROUND_OFFICER)
        assert "who@example.com" in officer.get(f"/bureau/reports/{id}").text
        officer.send(f"/bureau/reports/{id}", name="decline", reason=WHY)
        assert "who@example.com" not in officer.get(f"/bureau/reports/{id}").text

    def test_the_reported_side_learns_nothing(self, site: Site) -> None:
        reporter = person_in(site, name="张举报", email="zhang@example.com")
        id = reported(site, reported_by=reporter, contact="zhang@example.com")
        officer = signed_in(site, Role.ROUND_OFFICER)
        officer.send(f"/bureau/reports/{id}", name="accept")
        officer.send(f"/bureau/reports/{id}", name="uphold", reason=WHY, takes_down="yes")
        owner = signed_in(site, organisation=1)
        for path in ("/needs/1", "/needs/1/appeal", "/desk", "/organisations/1"):
            page = owner.get(path)
            for secret in ("张举报", "zhang@", "数据是编的", "JB-"):
                assert secret not in page.text, path
        owner.raw.get(f"/bureau/reports/{id}")
        assert owner.raw.get(f"/bureau/reports/{id}").status_code == 403


class TestAppeals:
    def appealed(self, site: Site) -> int:
        decider, owner = person_in(site, Role.ROUND_OFFICER), person_in(site, organisation=1)
        with writing(site.engine) as session:
            need = session.get(Need, 1)
            assert need is not None
            need.state, need.taken_down_by = ListingState.TAKEN_DOWN, decider
            row = Appeal(
                kind=Kind.NEED, listing_id=1, text="有检测报告为证。", filed_by=owner,
                filed_at=site.app.state.now(), against=decider,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id or 0

    def test_upholding_restores(self, site: Site) -> None:
        id = self.appealed(site)
        approver = signed_in(site, Role.APPROVER)
        assert f"/bureau/appeals/{id}" in {
            a.get("href") for a in approver.get("/bureau/appeals").all("a")
        }
        assert "支持申诉" in approver.get(f"/bureau/appeals/{id}").words("button")
        approver.send(f"/bureau/appeals/{id}", name="uphold", reason=WHY)
        assert state(site) is ListingState.PUBLISHED
        assert "申诉成立" in approver.get("/bureau/appeals?state=decided").text

    def test_officers_do_not_see_them(self, site: Site) -> None:
        id = self.appealed(site)
        assert (
            signed_in(site, Role.ROUND_OFFICER).raw.get(f"/bureau/appeals/{id}").status_code == 403
        )


class TestLedger:
    def note(self, site: Site, action: str, **more: object) -> None:
        with writing(site.engine) as session:
            ledger.note(session, OPERATOR_VIEWER, site.app.state.now(), action, "need", 1, **more)  # type: ignore[arg-type]

    def test_the_page_says_who_did_what(self, site: Site) -> None:
        page = signed_in(site, Role.SUPERVISOR).get("/bureau/ledger")
        assert "批量导入" in page.words("h2")
        assert "命令行" in page.text

    def test_codes_moments_and_fen_are_words(self, site: Site) -> None:
        after = {"kind": "institution", "amount_tier": "matched", "amount_max": 80_000_000,
                 "due_at": "2026-12-09T03:18:37.296562+00:00", "method": "password+totp",
                 "modes": ["joint"], "patents": "***", "memberships": {}}  # fmt: skip
        self.note(site, "x.words", after=after)
        page = signed_in(site, Role.SUPERVISOR).get("/bureau/ledger?action=x.words")
        assert dict(zip(page.words("dt"), page.words("dd"), strict=True)) == {
            "类别": "高校院所", "预算的公开范围": "签署保密协议后", "金额上限": "80 万元",
            "应答复": "2026-12-09 11:18（北京时间）", "方式": "密码、两步验证",
            "合作方式": "合作开发", "专利号": "不公开，没有记录", "单位和角色": "空",
        }  # fmt: skip

    def test_every_action_has_its_words(self) -> None:
        words = environment().globals
        known = {*words["ledger_ui"].acts, *words["move_words"]}
        assert [action for action in noted_actions() if action not in known] == []

    def test_it_is_searched(self, site: Site) -> None:
        self.note(site, "x.special", reason="特别的")
        auditor = signed_in(site, Role.SUPERVISOR)
        page = auditor.get("/bureau/ledger?action=x.special&noun=need&noun_id=1")
        assert page.words("h2") == ["x.special"]
        assert "没有符合条件的记录" in auditor.get("/bureau/ledger?person=99999").words("h2")
        day = site.app.state.now().strftime("%Y-%m-%d")
        assert "x.special" in auditor.get(f"/bureau/ledger?action=x.special&since={day}").words(
            "h2"
        )

    @pytest.mark.parametrize(
        ("query", "field"),
        [("noun_id=x", "noun_id"), ("person=-1", "person"), ("since=gestern", "since"),
         ("until=0001-01-01", "until"), ("since=2026-02-02&until=2026-01-01", "since"),
         ("organisation=99999999999999999999", "organisation"), ("page=0", "main")],
    )  # fmt: skip
    def test_what_was_entered_wrongly_is_told(self, site: Site, query: str, field: str) -> None:
        auditor = signed_in(site, Role.SUPERVISOR)
        page = auditor.get(f"/bureau/ledger?{query}", 422)
        assert f"#{field}" in {a.get("href") for a in page.all("a")}
        assert auditor.raw.get(f"/bureau/ledger.csv?{query}").status_code == 422

    def test_scripts_and_long_values_stay_text(self, site: Site) -> None:
        evil = "<script>alert(1)</script>" * 30
        self.note(site, "x.evil", reason=evil, after={f"f{n}": evil for n in range(6)})
        page = signed_in(site, Role.SUPERVISOR).get("/bureau/ledger?action=x.evil")
        assert "<script>alert" not in page.text

    def test_csv_and_json_hold_what_was_searched_for(self, site: Site) -> None:
        self.note(site, "x.one", after={"状态": "新"})
        auditor = signed_in(site, Role.SUPERVISOR)
        answer = auditor.raw.get("/bureau/ledger.csv?action=x.one")
        assert answer.headers["content-disposition"] == 'attachment; filename="ledger.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert [(row["action"], row["after"]) for row in rows] == [("x.one", '{"状态": "新"}')]
        [entry] = json.loads(auditor.raw.get("/bureau/ledger.json?action=x.one").text)
        assert (entry["action"], entry["after"]) == ("x.one", {"状态": "新"})

    @pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
    def test_no_cell_is_a_formula(self, site: Site, evil: str) -> None:
        self.note(site, "x.formula", reason=evil)
        answer = signed_in(site, Role.SUPERVISOR).raw.get("/bureau/ledger.csv?action=x.formula")
        [row] = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""))
        assert row["reason"] == f"'{evil}"

    @pytest.mark.parametrize("name", ["", ".csv", ".json"])
    @pytest.mark.parametrize("role", [Role.ROUND_OFFICER, Role.APPROVER, Role.FINANCE])
    def test_it_is_the_supervisors_and_the_administrators(
        self, site: Site, name: str, role: Role
    ) -> None:
        assert signed_in(site, role).raw.get("/bureau/ledger" + name).status_code == 403

    def test_paging_keeps_the_search(self, site: Site) -> None:
        with writing(site.engine) as session:
            entries = [ledger.Entry("x.page", "need", n) for n in range(60)]
            ledger.record(session, OPERATOR_VIEWER, site.app.state.now(), entries)
        page = signed_in(site, Role.SUPERVISOR).get("/bureau/ledger?action=x.page")
        [link] = [a.get("href") for a in page.all("a") if a.get("rel") == "next"]
        assert link == "/bureau/ledger?action=x.page&page=2"
        assert len(page.words("h2")) == LedgerFilter().per_page


class TestPeople:
    @pytest.fixture
    def administrator(self, site: Site) -> Client:
        return signed_in(site, Role.ADMINISTRATOR)

    def test_people_are_found_and_how_to_reach_them_is_masked(
        self, site: Site, administrator: Client
    ) -> None:
        id = person_in(site, name="李经办", email="li.jingban@example.com")
        page = administrator.get("/bureau/people?q=李经")
        assert f"/bureau/people/{id}" in {a.get("href") for a in page.all("a")}
        assert "li.jingban" not in page.text
        assert "l***@example.com" in page.text
        assert "没有找到" in administrator.get("/bureau/people?q=没有这个人").words("h2")[0]

    def test_roles_are_given_and_ended(self, site: Site, administrator: Client) -> None:
        id = person_in(site)
        administrator.send(f"/bureau/people/{id}/grants", role="round-officer")
        page = administrator.get(f"/bureau/people/{id}")
        assert "经办人" in page.words("b")
        [way] = [f.get("action") for f in page.all("form") if "/end" in (f.get("action") or "")]
        administrator.send(way)
        assert "经办人" not in administrator.get(f"/bureau/people/{id}").words("b")

    @pytest.mark.parametrize("role", ["", "owner", "operator", "x"])
    def test_what_is_no_platform_role_is_refused(
        self, site: Site, administrator: Client, role: str
    ) -> None:
        id = person_in(site)
        page = administrator.post(f"/bureau/people/{id}/grants", 422, role=role)
        assert "#role" in {a.get("href") for a in page.all("a")}

    def test_an_account_is_suspended_with_a_reason_and_resumed(
        self, site: Site, administrator: Client
    ) -> None:
        other = signed_in(site)
        id = other.person_id
        administrator.post(f"/bureau/people/{id}/suspension", 422, reason="")
        assert other.raw.get("/account").status_code == 200
        administrator.send(f"/bureau/people/{id}/suspension", reason="冒用他人身份。")
        assert other.raw.get("/account").status_code == 303
        administrator.send(f"/bureau/people/{id}/resumption")
        assert "正常" in administrator.get(f"/bureau/people/{id}").text

    def test_a_second_step_is_lifted(self, site: Site, administrator: Client) -> None:
        id = person_in(site, totp_secret="sealed")
        administrator.send(f"/bureau/people/{id}/second-step")
        with site.session() as session:
            person = session.get(Person, id)
            assert person is not None
            assert person.totp_secret is None

    def test_nobody_does_it_to_themselves(self, site: Site, administrator: Client) -> None:
        id = administrator.person_id
        page = administrator.get(f"/bureau/people/{id}")
        assert [f for f in page.all("form") if "/people/" in (f.get("action") or "")] == []
        page = administrator.post(f"/bureau/people/{id}/grants", 422, role="finance")
        assert "另一位系统管理员" in page.text

    def test_a_grant_is_ended_on_the_page_of_its_person(
        self, site: Site, administrator: Client
    ) -> None:
        one, other = person_in(site, Role.FINANCE), person_in(site)
        page = administrator.get(f"/bureau/people/{one}")
        [way] = [f.get("action") for f in page.all("form") if "/end" in (f.get("action") or "")]
        wrong = (way or "").replace(f"/people/{one}/", f"/people/{other}/")
        assert administrator.raw.post(wrong).status_code == 404

    def test_the_password_is_asked_for_again(self, site: Site, administrator: Client) -> None:
        id = person_in(site)
        later = site.app.state.now() + timedelta(hours=1)
        site.app.state.now = lambda: later
        for name in ("grants", "suspension", "resumption", "second-step"):
            answer = administrator.raw.post(f"/bureau/people/{id}/{name}", data={"role": "finance"})
            assert answer.headers["location"].startswith("/confirm"), name
        assert administrator.raw.get(f"/bureau/people/{id}").status_code == 200

    @pytest.mark.parametrize("role", [Role.ROUND_OFFICER, Role.APPROVER, Role.SUPERVISOR])
    def test_it_is_the_administrators(self, site: Site, role: Role) -> None:
        client, id = signed_in(site, role), person_in(site)
        assert client.raw.get("/bureau/people").status_code == 403
        assert client.raw.get(f"/bureau/people/{id}").status_code == 403
        answer = client.raw.post(f"/bureau/people/{id}/grants", data={"role": "finance"})
        assert answer.status_code == 403

    def test_somebody_who_is_not_there(self, administrator: Client) -> None:
        administrator.get("/bureau/people/99999", 404)
        administrator.get("/bureau/people/99999999999999", 404)


def test_queues_cost_the_same_for_many(site: Site) -> None:
    officer = signed_in(site, Role.ROUND_OFFICER)
    organisation_in(site, "另一家")

    def cost() -> int:
        with site.counted() as sent:
            officer.get("/bureau/reports")
        return len(sent)

    reported(site, days=20)
    few = cost()
    for days in range(15):
        reported(site, days=days)
    assert cost() == few


class TestApi:
    def send(self, client: Client, path: str, status: int = 200, **given: object) -> dict[str, Any]:
        answer = client.raw.post("/api/v1" + path, json=given)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def test_a_report_from_filing_to_its_answer(self, site: Site) -> None:
        found = self.send(
            site.client, "/needs/1/report", 201, reason="false", text="数据是编的，见附件。"
        )
        receipt = found["receipt"]
        assert set(found) == {
            "receipt", "kind", "title", "state", "received_at", "due_at", "decided_at", "answer"
        }  # fmt: skip
        officer = signed_in(site, Role.ROUND_OFFICER)
        assert [row["receipt"] for row in officer.json("/api/v1/bureau/reports")["items"]] == [
            receipt
        ]
        assert self.send(officer, "/bureau/reports/1", name="accept")["state"] == "accepted"
        refused = self.send(officer, "/bureau/reports/1", 422, name="uphold")
        assert [problem["field"] for problem in refused["problems"]] == ["reason"]
        self.send(officer, "/bureau/reports/1", name="uphold", reason=WHY, takes_down=True)
        assert state(site) is ListingState.TAKEN_DOWN
        assert site.client.json(f"/api/v1/reports/{receipt}")["answer"] == WHY
        assert site.client.json("/api/v1/reports/JB-20261101-222222", 404)["status"] == 404

    def test_an_appeal_from_filing_to_its_answer(self, site: Site) -> None:
        officer, owner = signed_in(site, Role.ROUND_OFFICER), signed_in(site, organisation=1)
        self.send(officer, "/bureau/listings/need/1", name="take-down", reason=WHY)
        id = self.send(owner, "/needs/1/appeal", 201, text="有第三方检测报告为证，见附件。")["id"]
        self.send(signed_in(site, organisation=2), "/needs/1/appeal", 404, text="x" * 20)
        approver = signed_in(site, Role.APPROVER)
        assert [row["url"] for row in approver.json("/api/v1/bureau/appeals")] == [
            f"/bureau/appeals/{id}"
        ]
        self.send(officer, f"/bureau/appeals/{id}", 403, name="uphold", reason=WHY)
        assert self.send(approver, f"/bureau/appeals/{id}", name="uphold", reason=WHY) == {
            "id": id, "state": "upheld"
        }  # fmt: skip
        assert state(site) is ListingState.PUBLISHED

    def test_the_desk_and_the_queue_of_listings(self, site: Site) -> None:
        waiting(site)
        officer = signed_in(site, Role.ROUND_OFFICER)
        counts = {row["name"]: row["count"] for row in officer.json("/api/v1/bureau")}
        assert counts == {"certifications": 0, "listings": 1, "reports": 0}
        [row] = officer.json("/api/v1/bureau/listings")
        found = self.send(officer, "/" + row["url"].removeprefix("/"), name="approve")
        assert found == {"id": 1, "state": "published"}
        refused = self.send(officer, row["url"], 403, name="approve")
        assert "刚刚有人办理过" in refused["detail"]

    def test_the_record_of_changes(self, site: Site) -> None:
        auditor = signed_in(site, Role.SUPERVISOR)
        found = auditor.json("/api/v1/ledger?noun=need&noun_id=1&action=listing.")
        assert [row["action"] for row in found["items"]] == ["listing.publish", "listing.record"]
        assert len(found["last_hash"]) == 64
        assert auditor.json("/api/v1/ledger?since=2027-01-01T00:00:00Z")["items"] == []
        auditor.json("/api/v1/ledger?since=2027-01-01", 422)
        signed_in(site, Role.ROUND_OFFICER).json("/api/v1/ledger", 403)
        site.client.json("/api/v1/ledger", 401)

    def test_what_the_form_does_not_ask_is_refused(self, site: Site) -> None:
        given = {
            "reason": "false",
            "text": "数据是编的，见附件。",
            "state": "upheld",
            "reported_by": 1,
        }
        self.send(site.client, "/needs/1/report", 422, **given)
