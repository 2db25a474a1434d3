"""An import from its file to its undoing: what is wrong beside each cell, what repeats, what is
written, and that nothing is lost or doubled whatever happens in the middle."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func
from sqlmodel import col, select

from market.actions import imports, posting
from market.actions.drafts import ListingDraft
from market.actions.imports import Upload
from market.db import session_for, writing
from market.errors import Invalid, NotAllowed, NotFound
from market.importing import FULL, GONE, OVER, Importer, page_reading
from market.imports import sheets
from market.imports.guessing import guessed
from market.imports.progress import read as read_progress
from market.imports.run import reading_for
from market.ledger import verify
from market.models import (
    TABLES,
    Change,
    Import,
    ImportRow,
    ImportState,
    Kind,
    ListingState,
    ListingVersion,
    Membership,
    Organisation,
    OrganisationKind,
    Role,
    Standing,
    Tier,
)
from market.queries.imports import import_page, import_row, import_rows, imports_of
from market.roles import Viewer
from tests.conftest import NOW, Maker
from tests.market import messy

S = ImportState
LATER = NOW + timedelta(minutes=5)


@dataclass
class Desk:
    """An institute that imports, with a database file of its own and a worker."""

    engine: object
    data: Path
    viewer: Viewer
    body_id: int
    kind: Kind = Kind.ACHIEVEMENT

    def upload(self, data: bytes, name: str = "成果.xlsx", mapping: list[str] | None = None) -> int:
        sheet = sheets.read(name, data)
        with writing(self.engine) as session:
            reading = reading_for(session, self.kind, "", NOW)
            cells = [row for _, row in sheet.rows[:60]]
            found = guessed(self.kind, sheet.headings, cells, reading.fields, reading.divisions)
            draft = Upload(self.body_id, self.kind, name, sheet, mapping or found)
            return imports.begin(session, draft, self.viewer, NOW).id or 0

    def checked(self, data: bytes | str, name: str = "成果.xlsx") -> int:
        if isinstance(data, str):
            data, name = data.encode(), "成果.csv"
        id = self.upload(data, name)
        with writing(self.engine) as session:
            row = imports.found(session, id, self.viewer, S.UPLOADED)
            imports.name_columns(session, row, row.mapping, self.viewer, NOW)
        return self.work(id)

    def work(self, id: int, now=NOW) -> int:
        worker = Importer(self.engine, self.data)
        while worker.run_once(now):
            pass
        worker.close()
        return id

    def start(self, id: int, then: str = "") -> int:
        with writing(self.engine) as session:
            row = imports.found(session, id, self.viewer, S.CHECKED)
            imports.start(session, row, then, self.viewer, NOW)
        return id

    def undo(self, id: int) -> int:
        with writing(self.engine) as session:
            imports.undo(session, imports.found(session, id, self.viewer, S.DONE), self.viewer, NOW)
        return self.work(id, LATER)

    def mend(self, id: int, number: int, **given: str) -> int:
        with writing(self.engine) as session:
            row = imports.found(session, id, self.viewer, S.CHECKED)
            cell = self.row(id, number).id
            return imports.mend(session, row, page_reading(session, row, NOW), {cell: given})

    def mend_alike(self, id: int, what: tuple[str, str], text: str) -> tuple[int, int]:
        with writing(self.engine) as session:
            row = imports.found(session, id, self.viewer, S.CHECKED)
            return imports.mend_alike(session, row, page_reading(session, row, NOW), {what: text})

    def row(self, id: int, number: int):
        with session_for(self.engine) as session:
            return import_row(session, id, number, self.viewer)

    def page(self, id: int):
        with session_for(self.engine) as session:
            return import_page(session, id, self.viewer, NOW, self.data)

    def listings(self) -> list:
        table = TABLES[self.kind].listing
        with session_for(self.engine) as session:
            return list(session.exec(select(table).order_by(col(table.id))))

    def count(self, table) -> int:
        with session_for(self.engine) as session:
            return session.execute(select(func.count()).select_from(table)).scalar() or 0


@pytest.fixture
def desk(engine_apart, tmp_path) -> Desk:
    with writing(engine_apart) as session:
        maker = Maker(session)
        body = maker.owner("某研究院", kind=OrganisationKind.INSTITUTION)
        body.standing = Standing.VERIFIED
        session.add(body)
        viewer = maker.member(body, Role.EDITOR)
    return Desk(engine_apart, tmp_path, viewer, body.id or 0)


TWO = "编号,成果名称,成果描述,成熟度\nA1,甲工艺,甲的说明,5\nA2,乙工艺,乙的说明,6\n"


# ---- the dry run


def test_the_dry_run_of_a_messy_file_finds_every_mistake_and_writes_no_listing(desk):
    id = desk.checked(messy.workbook(205))
    wrong = {n for every, first in messy.WRONG.values() for n in range(205) if n % every == first}
    twice = [n for n in range(205) if n % messy.REPEATED[0] == messy.REPEATED[1]]
    counts = desk.page(id).counts
    assert (counts.all, counts.wrong, counts.repeated) == (205, len(wrong), len(twice))
    assert counts.chosen == 205 - len(wrong | set(twice))
    assert (desk.listings(), desk.count(Change)) == ([], desk.count(Change))


def test_a_mistake_stands_beside_its_cell(desk):
    id = desk.checked("成果名称,成熟度,专利号\n甲工艺,很高,201710601862.4\n乙工艺,5,\n")
    told = [(cell.target, cell.text, cell.reason) for cell in desk.row(id, 2).wrong]
    assert told == [
        ("readiness", "很高", "技术成熟度应是 1 到 9 的整数，“很高”不是。"),
        ("rights", "201710601862.4", "专利号“201710601862.4”的校验位不对，请核对有无错字。"),
    ]
    assert desk.row(id, 3).wrong == ()


def test_a_problem_without_a_column_can_be_mended_too(desk):
    id = desk.checked("成果名称,成熟度评定\n甲工艺,第三方评定\n")
    assert [cell.target for cell in desk.row(id, 2).wrong] == ["assessor"]
    assert desk.mend(id, 2, assessor="某评价机构") == 0
    desk.work(desk.start(id))
    assert [row.assessor for row in desk.listings()] == ["某评价机构"]


def test_a_mended_cell_is_checked_again_and_chosen_once_it_is_right(desk):
    id = desk.checked("成果名称,成熟度\n甲工艺,很高\n")
    assert desk.mend(id, 2, readiness="极高") == 1
    assert (desk.row(id, 2).wrong[0].text, desk.row(id, 2).chosen) == ("极高", False)
    assert desk.mend(id, 2, readiness="７级") == 0
    assert (desk.row(id, 2).is_wrong, desk.row(id, 2).chosen) == (False, True)


def test_the_same_mistake_is_told_once_and_mended_everywhere(desk):
    fields = ["节能环保"] * 3 + ["新材料"] * 4 + ["别的"]
    rows = "".join(f"第{n}种工艺,{field}\n" for n, field in enumerate(fields))
    id = desk.checked(f"成果名称,所属领域\n{rows}")
    told = [(m.target, m.text, m.rows) for m in desk.page(id).mistakes]
    assert told == [("fields", "节能环保", 3)]
    assert "新材料" in desk.page(id).mistakes[0].choices
    assert desk.mend_alike(id, ("fields", "节能环保"), "新材料") == (3, 0)
    assert [desk.row(id, n).is_wrong for n in range(2, 10)] == [False] * 7 + [True]
    assert desk.page(id).mistakes == []


def test_the_same_mistake_can_be_emptied_and_may_stay_wrong(desk):
    modes = ["不限"] * 3 + ["技术转让"] * 3
    rows = "".join(f"第{n}种工艺,{mode}\n" for n, mode in enumerate(modes))
    id = desk.checked(f"成果名称,合作方式\n{rows}")
    assert desk.mend_alike(id, ("modes", "不限"), "不限") == (0, 0)
    assert desk.mend_alike(id, ("modes", "不限"), "都可以") == (3, 3)
    assert desk.mend_alike(id, ("modes", "都可以"), "") == (3, 0)
    assert [desk.row(id, n).is_wrong for n in range(2, 8)] == [False] * 6


def test_what_was_mended_stays_when_columns_are_named_anew(desk):
    id = desk.checked("成果名称,成熟度,别的\n甲工艺,很高,1\n")
    desk.mend(id, 2, readiness="7")
    with writing(desk.engine) as session:
        row = imports.found(session, id, desk.viewer, S.CHECKED)
        imports.name_columns(session, row, ["title", "readiness", "body"], desk.viewer, NOW)
    desk.work(id)
    assert not desk.row(id, 2).is_wrong


def test_columns_are_remembered_for_the_same_headings(desk):
    id = desk.upload("名目,说法\n甲工艺,说明\n".encode(), "a.csv", ["title", ""])
    with writing(desk.engine) as session:
        row = imports.found(session, id, desk.viewer, S.UPLOADED)
        imports.name_columns(session, row, ["title", "innovation"], desk.viewer, NOW)
    again = desk.upload("名目,说法\n乙工艺,别的\n".encode(), "b.csv", ["title", ""])
    other = desk.upload("名目,说词\n乙工艺,别的\n".encode(), "c.csv", ["title", ""])
    assert [c.target for c in desk.page(again).columns] == ["title", "innovation"]
    assert [c.target for c in desk.page(other).columns] == ["title", ""]


@pytest.mark.parametrize(
    ("mapping", "field", "told"),
    [(["", "body"], "column-0", "请指明哪一列是标题。"),
     (["title", "title"], "column-1", "一项只能对应一列"),
     (["title", "owner"], "column-1", "没有这一项"), (["title"], "page", "列数和文件对不上")],
)  # fmt: skip
def test_columns_that_cannot_be(desk, mapping, field, told):
    id = desk.upload("名目,说法\n甲工艺,说明\n".encode(), "a.csv", ["title", ""])
    with writing(desk.engine) as session:
        row = imports.found(session, id, desk.viewer, S.UPLOADED)
        with pytest.raises(Invalid) as refused:
            imports.name_columns(session, row, mapping, desk.viewer, NOW)
    assert [(p.field, told in p.reason) for p in refused.value.problems] == [(field, True)]


def test_several_columns_make_one_text(desk):
    id = desk.upload("名目,甲,乙\n甲工艺,一,二\n".encode(), "a.csv", ["title", "", ""])
    with writing(desk.engine) as session:
        row = imports.found(session, id, desk.viewer, S.UPLOADED)
        imports.name_columns(session, row, ["title", "body", "body"], desk.viewer, NOW)
    desk.work(desk.start(desk.work(id)))
    assert [row.body for row in desk.listings()] == ["一\n二"]


# ---- what repeats


def test_what_a_row_repeats_is_named(desk):
    with writing(desk.engine) as session:
        maker = Maker(session)
        own = maker.achievement("窑炉余热回收", owner_id=desk.body_id)
        other = maker.achievement("锗废料提纯")
    id = desk.checked("成果名称\n窑炉 余热回收\n锗废料提纯\n丙工艺\n丙工艺\n")
    told = [
        [(item["what"], item["id"], item["why"]) for item in desk.row(id, n).resembles]
        for n in (2, 3, 4, 5)
    ]
    assert told == [
        [("own", own.key, "title")], [("other", other.key, "title")], [], [("row", 4, "title")]
    ]  # fmt: skip
    assert [desk.row(id, n).chosen for n in (2, 3, 4, 5)] == [False, False, True, False]


def test_others_drafts_are_never_told_of(desk):
    with writing(desk.engine) as session:
        maker = Maker(session)
        theirs = maker.owner(kind=OrganisationKind.INSTITUTION)
        editor = maker.member(theirs, Role.EDITOR)
        draft = ListingDraft("锗废料提纯", theirs.id or 0)
        posting.create(session, Kind.ACHIEVEMENT, draft, editor, NOW)
    assert desk.row(desk.checked("成果名称\n锗废料提纯\n"), 2).resembles == ()


def test_nearly_the_same_text_is_marked_and_stays_chosen(desk):
    text = "采用氯化蒸馏与区熔提纯相结合的办法从切屑和废靶中回收高纯锗，铁硅杂质降到最低，已经中试"
    id = desk.checked(f"成果名称,成果描述\n高纯锗回收,{text}。\n废靶回收高纯锗,{text}完成。\n")
    row = desk.row(id, 3)
    assert [(each["what"], each["id"], each["why"]) for each in row.resembles] == [
        ("row", 2, "text")
    ]
    assert (row.is_repeated, row.chosen) == (True, True)


def test_one_number_for_two_different_titles_is_a_mistake_until_it_is_mended(desk):
    id = desk.checked("编号,成果名称\n1,甲工艺\n1,乙工艺\n")
    assert [cell.reason for cell in desk.row(id, 3).wrong] == ["编号“1”与第 2 行重复。"]
    desk.mend(id, 3, source_id="2")
    assert (desk.row(id, 3).is_wrong, desk.row(id, 3).chosen) == (False, True)


def test_two_rows_of_one_number_are_not_imported_together(desk):
    id = desk.checked("编号,成果名称\n1,甲工艺\n1,甲工艺\n")
    with writing(desk.engine) as session:
        imports.choose_all(session, imports.found(session, id, desk.viewer, S.CHECKED), "all")
    with pytest.raises(Invalid, match="编号都是“1”"):
        desk.start(id)


# ---- the import


def test_chosen_rows_become_drafts_of_the_organisation(desk):
    id = desk.work(desk.start(desk.checked(TWO)))
    rows = desk.listings()
    assert [(r.title, r.body, r.readiness, r.state, r.source_id) for r in rows] == [
        ("甲工艺", "甲的说明", 5, ListingState.DRAFT, "A1"),
        ("乙工艺", "乙的说明", 6, ListingState.DRAFT, "A2"),
    ]
    assert {(r.owner_id, r.author_id) for r in rows} == {(desk.body_id, desk.viewer.person_id)}
    line = desk.page(id).line
    assert (line.state, line.created, line.changed) == (S.DONE, 2, 0)
    with session_for(desk.engine) as session:
        assert verify(session).holds


def test_only_chosen_rows_are_imported(desk):
    id = desk.checked(TWO)
    with writing(desk.engine) as session:
        row = imports.found(session, id, desk.viewer, S.CHECKED)
        shown = {desk.row(id, 2).id, desk.row(id, 3).id}
        imports.choose(session, row, shown, {desk.row(id, 3).id})
    desk.work(desk.start(id))
    assert [row.title for row in desk.listings()] == ["乙工艺"]


def test_a_wrong_row_cannot_be_chosen(desk):
    id = desk.checked("成果名称,成熟度\n甲工艺,很高\n")
    with writing(desk.engine) as session:
        row = imports.found(session, id, desk.viewer, S.CHECKED)
        imports.choose(session, row, {desk.row(id, 2).id}, {desk.row(id, 2).id})
    with pytest.raises(Invalid, match="还没有选中"):
        desk.start(id)


def test_new_ones_are_published_where_the_table_of_moves_lets_one(desk):
    desk.work(desk.start(desk.checked(TWO), "publish"))
    assert {row.state for row in desk.listings()} == {ListingState.PUBLISHED}


def test_an_organisation_without_proof_submits_and_cannot_publish(desk):
    with writing(desk.engine) as session:
        session.get_one(Organisation, desk.body_id).standing = Standing.UNVERIFIED
    id = desk.checked(TWO)
    assert [move.name for move in desk.page(id).moves] == ["submit"]
    with pytest.raises(NotAllowed):
        desk.start(id, "publish")
    desk.work(desk.start(id, "submit"))
    assert {row.state for row in desk.listings()} == {ListingState.IN_REVIEW}


def test_what_cannot_be_published_yet_stays_a_draft_and_says_why(desk):
    desk.kind = Kind.NEED
    with writing(desk.engine) as session:
        session.get_one(Organisation, desk.body_id).kind = OrganisationKind.ENTERPRISE
        held = {desk.body_id: frozenset({Role.EDITOR, Role.ENTERPRISE})}
        desk.viewer = replace(desk.viewer, memberships=held)
    id = desk.checked("需求名称,希望完成日期\n甲难题,2020年3月8日\n乙难题,2027.12.1\n")
    desk.work(desk.start(id, "publish"))
    assert [row.state for row in desk.listings()] == [ListingState.DRAFT, ListingState.PUBLISHED]
    assert desk.row(id, 2).stays == "希望完成的日期已经过去，请改后再发布。"


def test_the_same_number_changes_its_listing_and_only_what_has_a_column(desk):
    desk.work(desk.start(desk.checked(TWO)))
    id = desk.checked("编号,成果名称,成熟度\nA1,甲工艺（改进）,8\n")
    assert [item["why"] for item in desk.row(id, 2).resembles] == ["number"]
    desk.work(desk.start(id))
    first, second = desk.listings()
    assert (first.title, first.readiness, first.body) == ("甲工艺（改进）", 8, "甲的说明")
    assert (first.version, second.version) == (2, 1)
    assert (desk.page(id).line.created, desk.page(id).line.changed) == (0, 1)


def test_a_number_that_was_given_twice_writes_over_nothing_unasked(desk):
    desk.work(desk.start(desk.checked(TWO)))
    id = desk.checked("编号,成果名称\nA1,丙烯酸乳液的连续聚合\nA2,乙工艺（二代）\n")
    assert [desk.row(id, n).chosen for n in (2, 3)] == [False, True]
    assert desk.row(id, 2).resembles[0]["why"] == "number"


def test_the_same_file_again_changes_nothing(desk):
    desk.work(desk.start(desk.checked(TWO)))
    id = desk.work(desk.start(desk.checked(TWO)))
    assert (desk.page(id).line.created, desk.page(id).line.changed) == (0, 0)
    assert [row.version for row in desk.listings()] == [1, 1]


def test_a_listing_that_is_closed_is_told_as_a_mistake(desk):
    desk.work(desk.start(desk.checked(TWO), "publish"))
    with writing(desk.engine) as session:
        row = session.get_one(TABLES[desk.kind].listing, desk.listings()[0].key)
        posting.act(session, row, "close", desk.viewer, NOW)
    id = desk.checked(TWO)
    assert [cell.reason for cell in desk.row(id, 2).wrong] == ["编号相同的内容“已关闭”，不能修改。"]


# ---- its undoing


def test_undoing_removes_what_was_made_and_nothing_else(desk):
    before = desk.work(desk.start(desk.checked("编号,成果名称\nB1,丙工艺\n")))
    id = desk.undo(desk.work(desk.start(desk.checked(TWO), "publish")))
    assert [row.title for row in desk.listings()] == ["丙工艺"]
    assert (desk.page(id).line.state, desk.page(before).line.state) == (S.UNDONE, S.DONE)
    assert desk.count(ListingVersion) == 1


def test_undoing_brings_back_what_was_changed_tiers_included(desk):
    desk.work(desk.start(desk.checked(TWO)))
    change = "编号,成果名称,成果描述,谁可以看\nA1,甲工艺改,改文,补充说明：登录用户\n"
    id = desk.work(desk.start(desk.checked(change)))
    assert desk.listings()[0].body_tier is Tier.REGISTERED
    desk.undo(id)
    first = desk.listings()[0]
    assert (first.title, first.body, first.body_tier, first.version) == (
        "甲工艺", "甲的说明", Tier.PUBLIC, 3,
    )  # fmt: skip


def test_what_somebody_went_on_with_stays_and_is_told(desk):
    id = desk.work(desk.start(desk.checked(TWO)))
    with writing(desk.engine) as session:
        row = session.get_one(TABLES[desk.kind].listing, desk.listings()[0].key)
        posting.act(session, row, "publish", desk.viewer, NOW + timedelta(minutes=1))
    desk.undo(id)
    assert [row.title for row in desk.listings()] == ["甲工艺"]
    assert desk.row(id, 2).stays == "导入以后有人处理过，现在“已发布”。"
    assert desk.page(id).counts.left == 1


def test_an_undone_number_can_be_imported_again(desk):
    desk.undo(desk.work(desk.start(desk.checked(TWO))))
    desk.work(desk.start(desk.checked(TWO)))
    assert [row.source_id for row in desk.listings()] == ["A1", "A2"]


# ---- trouble


def test_a_full_disk_undoes_everything_says_so_and_can_be_tried_again(desk):
    id = desk.start(desk.checked(messy.workbook(205)))
    before = desk.count(Change)
    limit = desk.engine.raw_connection()
    pages = limit.execute("PRAGMA page_count").fetchone()[0]
    limit.close()

    def little_room(connection, *rest):
        connection.execute(f"PRAGMA max_page_count={pages + 20}")

    event.listen(desk.engine, "checkout", little_room)
    desk.work(id)
    event.remove(desk.engine, "checkout", little_room)
    line = desk.page(id).line
    assert (line.state, line.message, line.failed_in) == (S.FAILED, FULL, "running")
    assert (desk.listings(), desk.count(Change)) == ([], before)
    desk.engine.dispose()
    with writing(desk.engine) as session:
        imports.retry(session, imports.found(session, id, desk.viewer, S.FAILED), desk.viewer, NOW)
    desk.work(id)
    assert len(desk.listings()) == desk.page(id).line.created > 100


@pytest.mark.parametrize(
    "point", ["INSERT INTO achievement ", "INSERT INTO index_change", "UPDATE import SET"]
)
def test_a_worker_that_dies_in_the_middle_doubles_nothing(desk, point):
    id = desk.start(desk.checked(TWO), "publish")
    seen: list[str] = []

    def die(connection, cursor, statement, *rest):
        seen.append(statement)
        is_writing = any(one.startswith("INSERT INTO achievement ") for one in seen)
        if is_writing and statement.startswith(point):
            raise KeyboardInterrupt

    event.listen(desk.engine, "before_cursor_execute", die)
    worker = Importer(desk.engine, desk.data)
    with pytest.raises(KeyboardInterrupt):
        worker.run_once(NOW)
    event.remove(desk.engine, "before_cursor_execute", die)
    worker.close()
    assert (desk.listings(), desk.page(id).line.state) == ([], S.RUNNING)
    desk.work(id)
    assert ([row.title for row in desk.listings()], desk.page(id).line.state) == (
        ["甲工艺", "乙工艺"], S.DONE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("phase", "point", "ended"),
    [(S.CHECKING, "UPDATE import_row SET", S.CHECKED),
     (S.UNDOING, "DELETE FROM achievement", S.UNDONE)],
)  # fmt: skip
def test_a_worker_that_dies_while_it_checks_or_undoes_loses_nothing(desk, phase, point, ended):
    id = desk.checked(TWO)
    before = [desk.row(id, n) for n in (2, 3)]
    if phase is S.UNDOING:
        desk.work(desk.start(id))
    with writing(desk.engine) as session:
        row = session.get_one(Import, id)
        row.state, row.tries = phase, 0

    def die(connection, cursor, statement, *rest):
        if statement.startswith(point):
            raise KeyboardInterrupt

    event.listen(desk.engine, "before_cursor_execute", die)
    worker = Importer(desk.engine, desk.data)
    with pytest.raises(KeyboardInterrupt):
        worker.run_once(LATER)
    event.remove(desk.engine, "before_cursor_execute", die)
    worker.close()
    made = 2 if phase is S.UNDOING else 0
    assert (len(desk.listings()), desk.page(id).line.state) == (made, phase)
    desk.work(id, LATER)
    assert (desk.listings(), desk.page(id).line.state) == ([], ended)
    assert phase is S.UNDOING or [desk.row(id, n) for n in (2, 3)] == before


def test_nobody_is_told_of_silence_before_the_worker_could_begin(desk):
    id = desk.checked(TWO)
    with writing(desk.engine) as session:
        row = imports.found(session, id, desk.viewer, S.CHECKED)
        imports.start(session, row, "", desk.viewer, LATER)
    with session_for(desk.engine) as session:
        for seconds, is_quiet in ((5, False), (31, True)):
            now = LATER + timedelta(seconds=seconds)
            line = import_page(session, id, desk.viewer, now, desk.data).line
            assert line.is_quiet is is_quiet


def test_a_worker_that_is_told_to_stop_leaves_the_work_to_the_next(desk):
    id = desk.start(desk.checked(TWO))
    worker = Importer(desk.engine, desk.data)
    worker.stop()
    assert worker.run_once(NOW) == 0
    worker.close()
    assert (desk.listings(), desk.page(id).line.state) == ([], S.RUNNING)
    desk.work(id)
    assert len(desk.listings()) == 2


def test_two_workers_never_take_the_same_import(desk):
    id = desk.start(desk.checked(TWO))
    first, second = Importer(desk.engine, desk.data), Importer(desk.engine, desk.data)
    assert (first.run_once(NOW), second.run_once(NOW)) == (1, 0)
    threads = [threading.Thread(target=w.run_once, args=(NOW,)) for w in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first.close(), second.close()
    assert (len(desk.listings()), desk.page(id).line.state) == (2, S.DONE)


def test_what_never_ends_well_is_given_up_after_some_tries(desk):
    id = desk.start(desk.checked(TWO))
    with writing(desk.engine) as session:
        session.get_one(Import, id).tries = 3
    desk.work(id)
    line = desk.page(id).line
    assert (line.state, line.message, desk.listings()) == (S.FAILED, OVER, [])


def test_whoever_left_the_organisation_imports_nothing_more(desk):
    id = desk.start(desk.checked(TWO))
    with writing(desk.engine) as session:
        session.delete(session.exec(select(Membership)).one())
    desk.work(id)
    line = desk.page(id).line
    assert (line.state, line.message, desk.listings()) == (S.FAILED, GONE, [])


def test_a_colleague_goes_on_where_somebody_left_and_answers_for_it(desk):
    id = desk.start(desk.checked(TWO))
    with writing(desk.engine) as session:
        session.delete(session.exec(select(Membership)).one())
        maker, body = Maker(session), session.get_one(Organisation, desk.body_id)
        colleague = maker.person(email="colleague@example.com")
        left, desk.viewer = desk.viewer, maker.member(body, Role.EDITOR, colleague)
    desk.work(id)
    with writing(desk.engine) as session:
        imports.retry(session, imports.found(session, id, desk.viewer, S.FAILED), desk.viewer, NOW)
    desk.undo(desk.work(id))
    with session_for(desk.engine) as session:
        told = session.exec(select(Change).where(col(Change.action).startswith("import.")))
        actors = {change.person_id for change in told}
    assert (actors, desk.listings()) == ({desk.viewer.person_id}, [])
    assert left.person_id not in actors


def test_what_could_not_be_undone_cannot_be_brought_a_second_time(desk):
    id = desk.work(desk.start(desk.checked("成果名称\n甲工艺\n")))
    with writing(desk.engine) as session:
        imports.undo(session, imports.found(session, id, desk.viewer, S.DONE), desk.viewer, NOW)
        membership = session.exec(select(Membership)).one()
        membership.role = Role.VIEWER
        session.add(membership)
    desk.work(id)
    with writing(desk.engine) as session:
        row = imports.found(session, id, desk.viewer, S.FAILED)
        with pytest.raises(NotAllowed, match="撤销没有完成"):
            imports.name_columns(session, row, row.mapping, desk.viewer, NOW)
        with pytest.raises(NotAllowed, match="撤销没有完成"):
            imports.drop(session, row, NOW)
    assert desk.count(ImportRow) == 1
    with writing(desk.engine) as session:
        membership = session.exec(select(Membership)).one()
        membership.role = Role.EDITOR
        session.add(membership)
        imports.retry(session, imports.found(session, id, desk.viewer, S.FAILED), desk.viewer, NOW)
    desk.work(id, LATER)
    assert (desk.listings(), desk.page(id).line.state) == ([], S.UNDONE)


def test_progress_is_gone_when_the_work_is(desk):
    id = desk.work(desk.start(desk.checked(TWO)))
    assert read_progress(desk.data, id) is None


# ---- who sees it, and how long


def test_others_imports_do_not_exist(desk):
    id = desk.checked(TWO)
    with writing(desk.engine) as session:
        maker = Maker(session)
        stranger = maker.member(maker.owner(kind=OrganisationKind.INSTITUTION), Role.OWNER)
        reader = Viewer(
            desk.viewer.roles, "看", maker.person().key, {desk.body_id: frozenset({Role.VIEWER})}
        )
    with session_for(desk.engine) as session:
        for viewer in (stranger, reader):
            with pytest.raises(NotFound):
                import_page(session, id, viewer, NOW, desk.data)
            with pytest.raises(NotFound):
                import_rows(session, id, viewer, "all", 1)
            assert imports_of(session, viewer, NOW, desk.data) == []
        assert [line.id for line in imports_of(session, desk.viewer, NOW, desk.data)] == [id]


def test_a_dropped_import_leaves_no_rows_behind(desk):
    id = desk.checked(TWO)
    with writing(desk.engine) as session:
        imports.drop(session, imports.found(session, id, desk.viewer, S.CHECKED), NOW)
    assert (desk.count(ImportRow), desk.page(id).line.state) == (0, S.DROPPED)


def test_a_step_that_is_over_is_refused(desk):
    id = desk.work(desk.start(desk.checked(TWO)))
    with pytest.raises(NotAllowed, match="已导入"):
        desk.start(id)


def test_rows_are_let_go_when_nobody_needs_them_any_more(desk):
    done, left = desk.work(desk.start(desk.checked(TWO))), desk.checked("成果名称\n丙工艺\n")
    with writing(desk.engine) as session:
        assert imports.forget(session, NOW + timedelta(days=29)) == 0
        assert imports.forget(session, NOW + timedelta(days=91)) == 2
    assert desk.count(ImportRow) == 0
    assert (desk.page(done).line.state, desk.page(left).line.state) == (S.DONE, S.DROPPED)
    with pytest.raises(NotAllowed, match="90 天"):
        desk.undo(done)
