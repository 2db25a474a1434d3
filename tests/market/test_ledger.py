"""The chain of changes: many writers, every kind of tampering, letting go of the old, and speed."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, func, select

import market
from market import ledger
from market.__main__ import main
from market.db import engine_for, migrate, session_for, url_for, writing
from market.errors import Invalid, NotAllowed
from market.ledger import Entry
from market.models import Change, Ledger, Role
from market.queries.ledger import LedgerFilter, ledger_export, ledger_page
from market.roles import CLOCK_VIEWER, OPERATOR_VIEWER, Viewer
from seeds.load import load
from tests.conftest import NOW, Maker

TRIGGERS = ("change_is_never_edited", "change_is_kept")


def write(engine, count=10, at=NOW, viewer=OPERATOR_VIEWER):
    with writing(engine) as session:
        entries = [Entry("a.b", "thing", n, {"名": None}, {"名": f"第{n}"}) for n in range(count)]
        ledger.record(session, viewer, at, entries)


def tamper(engine, *statements):
    """Change the database past everything, its triggers too."""
    with engine.execution_options(market_writes=True).begin() as connection:
        for name in TRIGGERS:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        for statement in statements:
            connection.execute(text(statement))


def verdict(engine):
    with session_for(engine) as session:
        return ledger.verify(session)


@pytest.fixture
def chain(engine_apart):
    """A database with the entries of its seeds and ten more; the id of the last of those before."""
    with session_for(engine_apart) as session:
        before = session.exec(select(func.max(col(Change.id)))).one() or 0
    write(engine_apart)
    return engine_apart, before


class TestTampering:
    def test_a_chain_that_nobody_touched_holds(self, chain):
        engine, before = chain
        found = verdict(engine)
        assert (found.holds, found.last_id, found.entries) == (True, before + 10, before + 10)

    @pytest.mark.parametrize(
        ("column", "value"),
        [("at", "'2026-01-01 00:00:00.000000'"), ("actor", "'别人'"), ("person_id", "7"),
         ("acting_for", "7"), ("action", "'a.c'"), ("noun", "'other'"), ("noun_id", "99"),
         ("before", "'{}'"), ("after", """'{"名":"假"}'"""), ("reason", "'补写'"),
         ("origin", "'web 1.1.1.1'"), ("hash", f"'{'0' * 64}'"), ("previous", f"'{'0' * 64}'")],
    )  # fmt: skip
    def test_an_edit_of_anything_is_named(self, column, value, chain):
        engine, before = chain
        tamper(engine, f'UPDATE change SET "{column}" = {value} WHERE id = {before + 4}')
        found = verdict(engine)
        assert (found.holds, found.broken_at, found.entries) == (False, before + 4, before + 3)

    def test_an_edit_with_a_hash_made_anew_shows_at_the_next(self, chain):
        engine, before = chain
        with session_for(engine) as session:
            row = session.get(Change, before + 4)
            row.reason = "补写"
            forged = ledger.hash_of(row, row.previous)
        tamper(
            engine,
            f"UPDATE change SET reason = '补写', hash = '{forged}' WHERE id = {before + 4}",
        )
        found = verdict(engine)
        assert (found.broken_at, found.why) == (before + 5, "与上一条记录的链接不符")

    @pytest.mark.parametrize("place", [1, 5, 9])
    def test_a_deletion_is_named(self, place, chain):
        engine, before = chain
        tamper(engine, f"DELETE FROM change WHERE id = {before + place}")
        assert (verdict(engine).broken_at, verdict(engine).why) == (
            before + place,
            "这一条记录缺失",
        )

    @pytest.mark.parametrize("how_many", [1, 3, 10])
    def test_a_deletion_at_the_end_is_named(self, how_many, chain):
        engine, before = chain
        tamper(engine, f"DELETE FROM change WHERE id > {before + 10 - how_many}")
        found = verdict(engine)
        assert (found.broken_at, "末尾" in found.why) == (before + 11 - how_many, True)

    def test_a_deletion_that_closes_the_gap_is_named(self, chain):
        engine, before = chain
        tamper(
            engine, f"DELETE FROM change WHERE id = {before + 4}",
            f"UPDATE change SET id = id - 1 WHERE id > {before + 4}",
        )  # fmt: skip
        assert verdict(engine).broken_at == before + 4

    def test_swapping_two_is_named(self, chain):
        engine, before = chain
        one, other = before + 3, before + 6
        tamper(
            engine, f"UPDATE change SET id = -1 WHERE id = {one}",
            f"UPDATE change SET id = {one} WHERE id = {other}",
            f"UPDATE change SET id = {other} WHERE id = -1",
        )  # fmt: skip
        assert verdict(engine).broken_at == one

    def test_an_insertion_in_the_middle_is_named(self, chain):
        engine, before = chain
        tamper(
            engine, f"UPDATE change SET id = id + 1000 WHERE id >= {before + 5}",
            f"UPDATE change SET id = id - 999 WHERE id >= {before + 1005}",
            "INSERT INTO change (id, at, actor, action, noun, reason, origin, previous, hash) "
            f"SELECT {before + 5}, at, '别人', action, noun, '', '', hash, hash FROM change "
            f"WHERE id = {before + 4}",
        )  # fmt: skip
        assert verdict(engine).broken_at == before + 5

    def test_an_entry_added_at_the_end_with_a_right_hash_is_named(self, chain):
        engine, before = chain
        with session_for(engine) as session:
            last = session.get(Change, before + 10)
            forged = Change(
                id=before + 11, at=NOW, actor="别人", action="a.b", noun="thing",
                previous=last.hash, hash="",
            )  # fmt: skip
            forged.hash = ledger.hash_of(forged, last.hash)
        tamper(
            engine,
            "INSERT INTO change (id, at, actor, action, noun, before, after, reason, origin, "
            "previous, hash) "
            f"VALUES ({before + 11}, '2026-11-23 04:00:00.000000', '别人', 'a.b', 'thing', 'null', "
            f"'null', '', '', '{forged.previous}', '{forged.hash}')",
        )
        found = verdict(engine)
        assert (found.broken_at, found.entries) == (before + 11, before + 10)
        assert "之后添加" in found.why

    def test_an_end_that_was_written_by_hand_is_named(self, chain):
        engine, before = chain
        tamper(engine, f"UPDATE ledger SET last_hash = '{'0' * 64}'")
        assert verdict(engine).broken_at == before + 10

    def test_letting_go_by_hand_is_named(self, chain):
        engine, before = chain
        tamper(
            engine,
            f"UPDATE ledger SET pruned_to = {before + 4}, pruned_hash = "
            f"(SELECT hash FROM change WHERE id = {before + 4})",
            f"DELETE FROM change WHERE id <= {before + 4}",
        )
        assert (verdict(engine).broken_at, "没有登记" in verdict(engine).why) == (before + 4, True)

    def test_moving_only_the_beginning_is_named(self, chain):
        engine, before = chain
        tamper(
            engine,
            f"UPDATE ledger SET pruned_to = {before + 4}, pruned_hash = "
            f"(SELECT hash FROM change WHERE id = {before + 4})",
        )
        assert not verdict(engine).holds

    def test_a_chain_that_was_written_anew_no_longer_holds_the_hash_of_before(self, chain):
        engine, _ = chain
        noted = verdict(engine).last_hash
        write(engine, 2)
        with session_for(engine) as session:
            assert ledger.holds_hash(session, noted)
            assert not ledger.holds_hash(session, "0" * 64)


class TestTheDatabaseItself:
    @pytest.mark.parametrize(
        "statement",
        ["UPDATE change SET reason = 'x'", "UPDATE change SET hash = hash",
         "DELETE FROM change", "DELETE FROM change WHERE id = (SELECT max(id) FROM change)"],
    )  # fmt: skip
    def test_it_refuses_to_edit_and_to_delete(self, statement, chain):
        engine, _ = chain
        with pytest.raises(DatabaseError, match="record of changes"), engine.begin() as connection:
            connection.execute(text(statement))
        assert verdict(engine).holds

    def test_the_session_cannot_edit_either(self, chain):
        engine, before = chain
        with pytest.raises(DatabaseError, match="never edited"), writing(engine) as session:
            session.get(Change, before + 1).reason = "补写"
        assert verdict(engine).holds


class TestWriting:
    def test_many_at_once_lose_nothing_and_leave_no_gap(self, chain):
        engine, before = chain
        start, wrong = threading.Barrier(8), []

        def work(name):
            start.wait(10)
            try:
                for _ in range(5):
                    write(engine, 3, viewer=Viewer(frozenset({Role.OPERATOR}), name))
            except Exception as error:
                wrong.append(error)

        threads = [threading.Thread(target=work, args=(f"写者{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        found = verdict(engine)
        assert (wrong, found.holds, found.entries) == ([], True, before + 10 + 8 * 5 * 3)

    def test_one_session_writes_again_after_somebody_else(self, chain):
        engine, before = chain
        with session_for(engine, writes=True) as mine:
            for _ in range(3):
                ledger.note(mine, OPERATOR_VIEWER, NOW, "a.b", "thing", 1)
                mine.commit()
                write(engine, 1)
        assert (verdict(engine).holds, verdict(engine).entries) == (True, before + 16)

    def test_what_is_rolled_back_leaves_no_gap(self, chain):
        engine, before = chain
        with session_for(engine, writes=True) as session:
            ledger.note(session, OPERATOR_VIEWER, NOW, "a.b", "thing", 1)
            nested = session.begin_nested()
            ledger.note(session, OPERATOR_VIEWER, NOW, "a.b", "thing", 2)
            session.flush()
            nested.rollback()
            ledger.note(session, OPERATOR_VIEWER, NOW, "a.b", "thing", 3)
            session.commit()
            ledger.note(session, OPERATOR_VIEWER, NOW, "a.b", "thing", 4)
            session.rollback()
            ledger.note(session, OPERATOR_VIEWER, NOW, "a.b", "thing", 5)
            session.commit()
        assert (verdict(engine).holds, verdict(engine).entries) == (True, before + 13)

    def test_what_an_entry_holds_comes_back_as_it_was_sealed(self, chain):
        engine, _ = chain
        odd = {
            "文": "“引号”\n换行\t😀\\", "数": 1.5, "大": 2**60, "无": None, "真": True,
            "列": [1, "二", None], "集": {"b", "a"}, "时": NOW, "里": {"深": {"层": ()}},
            "枚": Role.OWNER,
        }  # fmt: skip
        with writing(engine) as session:
            ledger.note(
                session, OPERATOR_VIEWER, NOW, "a.b", "thing", 1, after=odd, reason="长" * 3000
            )
        assert verdict(engine).holds

    def test_a_person_is_kept_by_id_and_not_by_name(self, chain):
        engine, before = chain
        viewer = Viewer(frozenset({Role.MEMBER}), "张三", 42, origin="web 203.0.113.9")
        write(engine, 1, viewer=viewer)
        with session_for(engine) as session:
            row = session.get(Change, before + 11)
        assert (row.actor, row.person_id, row.origin) == ("用户 #42", 42, "web 203.0.113.9")


class TestLettingGo:
    def test_old_entries_go_and_the_rest_can_be_checked(self, engine_apart):
        write(engine_apart, 5, NOW - timedelta(days=400))
        write(engine_apart, 5)
        noted = verdict(engine_apart).last_hash
        with writing(engine_apart) as session:
            assert ledger.prune(session, CLOCK_VIEWER, NOW, 12) == 5
        found = verdict(engine_apart)
        assert (found.holds, found.entries) == (True, 6)
        with session_for(engine_apart) as session:
            assert ledger.holds_hash(session, noted)

    def test_everything_may_go_and_the_chain_goes_on(self, engine_apart):
        later = NOW + timedelta(days=4_000)
        write(engine_apart, 3)
        total = verdict(engine_apart).entries
        with writing(engine_apart) as session:
            assert ledger.prune(session, CLOCK_VIEWER, later, 6) == total
        assert (verdict(engine_apart).holds, verdict(engine_apart).entries) == (True, 1)
        write(engine_apart, 3, later)
        assert (verdict(engine_apart).holds, verdict(engine_apart).entries) == (True, 4)
        with writing(engine_apart) as session:
            assert ledger.prune(session, CLOCK_VIEWER, later + timedelta(days=400), 6) == 4
        assert verdict(engine_apart).holds

    def test_an_entry_behind_a_newer_one_is_kept(self, engine_apart):
        write(engine_apart, 1, NOW + timedelta(days=3_000))
        write(engine_apart, 1, NOW)
        with writing(engine_apart) as session:
            ledger.prune(session, CLOCK_VIEWER, NOW + timedelta(days=3_001), 6)
        with session_for(engine_apart) as session:
            assert session.exec(select(func.count()).where(Change.action == "a.b")).one() == 2
        assert verdict(engine_apart).holds

    @pytest.mark.parametrize("months", [5, 0, -1])
    def test_six_months_stay_whatever_is_asked(self, months, engine_apart):
        with pytest.raises(Invalid, match="6 个月"), writing(engine_apart) as session:
            ledger.prune(session, CLOCK_VIEWER, NOW, months)

    def test_an_entry_that_comes_back_is_named(self, engine_apart):
        write(engine_apart, 3)
        with writing(engine_apart) as session:
            ledger.prune(session, CLOCK_VIEWER, NOW + timedelta(days=400), 6)
        tamper(
            engine_apart,
            "INSERT INTO change (id, at, actor, action, noun, reason, origin, previous, hash) "
            "VALUES (2, '2026-01-01', '别人', 'a.b', 'thing', '', '', '', '')",
        )
        assert (verdict(engine_apart).broken_at, verdict(engine_apart).holds) == (2, False)

    def test_nothing_old_means_nothing_written(self, engine_apart):
        write(engine_apart)
        before = verdict(engine_apart).last_id
        with writing(engine_apart) as session:
            assert ledger.prune(session, CLOCK_VIEWER, NOW, 6) == 0
        assert verdict(engine_apart).last_id == before


def test_a_long_chain_is_checked_quickly(engine_apart):
    for _ in range(10):
        write(engine_apart, 2_000)
    started = time.process_time()
    found = verdict(engine_apart)
    assert found.holds
    assert found.entries >= 20_000
    assert time.process_time() - started < 8


class TestCommands:
    @pytest.fixture
    def run(self, tmp_path, engine_apart, capsys):
        def run(*arguments):
            status = main([*arguments, "--data", str(tmp_path)])
            printed = capsys.readouterr()
            return status, printed.out, printed.err

        return run

    def test_a_whole_chain(self, run, engine_apart):
        write(engine_apart)
        found = verdict(engine_apart)
        status, out, _ = run("verify-ledger")
        assert (status, f"第 {found.last_id:,} 条" in out, found.last_hash in out) == (
            0,
            True,
            True,
        )
        assert run("verify-ledger", "--expect", found.last_hash)[0] == 0

    def test_a_broken_one_is_named(self, run, engine_apart):
        write(engine_apart)
        last = verdict(engine_apart).last_id
        tamper(engine_apart, f"UPDATE change SET reason = 'x' WHERE id = {last - 2}")
        status, out, err = run("verify-ledger")
        assert (status, out) == (1, "")
        assert f"第 {last - 2:,} 条断开：内容与校验值不符" in err

    def test_another_chain_than_the_one_that_was_noted(self, run, engine_apart):
        write(engine_apart)
        status, _, err = run("verify-ledger", "--expect", "0" * 64)
        assert (status, "没有您要核对的校验值" in err) == (1, True)

    def test_letting_go(self, run, engine_apart):
        assert "已清理 0 条 36 个月以前" in run("prune-ledger")[1]
        assert run("prune-ledger", "--months", "3")[0] == 1


class TestSearching:
    @pytest.fixture
    def auditor(self, make):
        return make.viewer(Role.SUPERVISOR)

    @pytest.mark.parametrize("role", [Role.ROUND_OFFICER, Role.APPROVER, Role.FINANCE, Role.EXPERT])
    def test_it_is_the_supervisors_and_the_administrators(self, role, make, session):
        for read in (ledger_page, ledger_export):
            with pytest.raises(NotAllowed, match="监督人"):
                read(session, LedgerFilter(), make.viewer(role))
        make.owner()
        assert ledger_page(session, LedgerFilter(), make.viewer(Role.ADMINISTRATOR)).rows

    def test_by_noun_id_action_person_and_organisation(self, make, session, auditor, now):
        owner = make.owner()
        member = make.member(owner, Role.OWNER)
        ledger.note(session, member, now, "x.one", "thing", 7)
        ledger.note(session, member, now, "x.two", "thing", 8)
        ledger.note(session, OPERATOR_VIEWER, now, "y.one", "thing", 7)
        session.flush()

        def found(**wanted):
            return [
                row.action for row in ledger_page(session, LedgerFilter(**wanted), auditor).rows
            ]

        assert found(noun="thing", noun_id=7) == ["y.one", "x.one"]
        assert found(action="x.two") == ["x.two"]
        assert found(action="x.") == ["x.two", "x.one"]
        assert found(person_id=member.person_id) == ["x.two", "x.one"]
        assert found(organisation_id=owner.id) == ["x.two", "x.one", "organisation.record"]

    def test_by_period_with_its_beginning_and_without_its_end(self, make, session, auditor, now):
        for days in range(3):
            ledger.note(
                session, OPERATOR_VIEWER, now + timedelta(days=days), "x.day", "thing", days
            )
        session.flush()
        wanted = LedgerFilter(
            action="x.day", since=now + timedelta(days=1), until=now + timedelta(days=2)
        )
        assert [row.noun_id for row in ledger_page(session, wanted, auditor).rows] == [1]

    def test_paging_shows_the_latest_first_and_the_last_page_beyond_it(
        self, make, session, auditor, now
    ):
        for number in range(25):
            ledger.note(session, OPERATOR_VIEWER, now, "x.page", "thing", number)
        session.flush()
        first = ledger_page(session, LedgerFilter(action="x.page", per_page=10), auditor)
        assert ([row.noun_id for row in first.rows][:2], first.total, first.pages) == (
            [24, 23],
            25,
            3,
        )
        last = ledger_page(session, LedgerFilter(action="x.page", per_page=10, page=99), auditor)
        assert ([row.noun_id for row in last.rows], last.page) == ([4, 3, 2, 1, 0], 3)

    def test_names_are_those_of_now_and_the_erased_have_none(self, make, session, auditor, now):
        person = make.person("旧名")
        viewer = Viewer(frozenset({Role.MEMBER}), person.name, person.key)
        ledger.note(session, viewer, now, "x.name", "thing", 1)
        person.name = "新名"
        session.flush()
        wanted = LedgerFilter(action="x.name")
        assert ledger_page(session, wanted, auditor).rows[0].actor == "新名"
        person.erased_at = now
        session.flush()
        assert ledger_page(session, wanted, auditor).rows[0].actor == "已注销用户"

    def test_it_costs_the_same_for_many_people(self, make, session, auditor, now, statements):
        def written(count):
            for _ in range(count):
                ledger.note(session, make.viewer(), now, "x.many", "thing", 1)
            session.flush()
            statements.clear()
            ledger_page(session, LedgerFilter(action="x.many"), auditor)
            return len(statements)

        assert written(1) == written(20)


def test_what_the_seeds_write_is_a_chain_that_holds(tmp_path):
    migrate(url_for(tmp_path))
    engine = engine_for(url_for(tmp_path))
    with writing(engine) as session:
        load(session, NOW)
    found = verdict(engine)
    with session_for(engine) as session:
        assert (found.holds, found.last_id) == (True, session.get(Ledger, 1).last_id)
    assert found.entries > 400
    engine.dispose()


def test_the_migration_seals_what_is_there_and_closes_its_gaps(tmp_path):
    url = url_for(tmp_path)
    migrate(url)
    engine = engine_for(url)
    write(engine, 7)
    with engine.execution_options(market_writes=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(market.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0004")
        connection.execute(text("UPDATE change SET id = id * 10"))
        command.upgrade(config, "head")
    found = verdict(engine)
    assert (found.holds, found.entries, found.last_id) == (True, 7, 7)
    engine.dispose()


def test_a_maker_writes_real_entries(make: Maker, session):
    make.need()
    session.flush()
    assert ledger.verify(session).holds
