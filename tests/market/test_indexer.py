"""The index and the stored suggestions follow the tables, whatever happens to the folder."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from market.actions import demo, listings
from market.db import FILE_NAME, engine_for, url_for, writing
from market.indexer import Indexer
from market.matchmaking import Matchmaker
from market.models import TABLES, IndexChange, Kind, ListingState, StaleSuggestion, Suggestion
from market.queries.suggestions import suggestions_for


def published(site) -> set[str]:
    with site.read() as session:
        return {
            f"{kind.value}:{id}"
            for kind in Kind
            for id in session.exec(
                select(TABLES[kind].listing.id).where(
                    TABLES[kind].listing.state == ListingState.PUBLISHED
                )
            )
        }


def indexed(site) -> set[str]:
    return set(site.matchmaker.reader().ids)


def move(site, name: str, kind: Kind, id: int, operator, now) -> None:
    with writing(site.engine) as session:
        listings.move(session, name, session.get(TABLES[kind].listing, id), operator, now)


def shown(site, kind: Kind, id: int, visitor) -> list[str]:
    with site.read() as session:
        return [row.listing.title for row in suggestions_for(session, kind, id, visitor)]


def test_publishing_closing_and_reopening_are_followed(site, operator, now):
    need, _ = site.make(Kind.NEED, "甲", "乙")
    site.settle()
    assert indexed(site) == published(site)
    move(site, "close", Kind.NEED, need, operator, now)
    site.settle()
    assert indexed(site) == published(site) == {"need:2"}
    move(site, "reopen", Kind.NEED, need, operator, now)
    site.settle()
    assert indexed(site) == published(site)


def test_the_index_remembers_where_it_is(site):
    site.make(Kind.NEED, "甲")
    site.settle()
    with site.read() as session:
        last = session.exec(select(func.max(IndexChange.seq))).one()
    assert site.matchmaker.reader().position == last
    assert (site.matchmaker.status.pending, site.matchmaker.status.suggestions_pending) == (0, 0)


def test_suggestions_stand_on_both_pages_with_reasons(site, visitor, now):
    [need] = site.make(Kind.NEED, "再生铜除杂", readiness=7)
    achievement, _ = site.make(Kind.ACHIEVEMENT, "再生铜杂质脱除", "茶叶发酵检测", readiness=4)
    site.settle(now)
    with site.read() as session:
        best = suggestions_for(session, Kind.NEED, need, visitor)[0]
    assert (best.listing.title, best.rank, best.model, best.made_at) == (
        "再生铜杂质脱除", 1, "hashing", now,
    )  # fmt: skip
    assert best.reasons.has_evidence
    assert [(f.fact, f.fits, f.wanted, f.offered) for f in best.reasons.facts] == [
        ("readiness", False, [7, 7], [4, 4])
    ]
    assert shown(site, Kind.ACHIEVEMENT, achievement, visitor) == ["再生铜除杂"]


def test_a_later_need_appears_on_the_pages_of_what_suits_it(site, visitor):
    [achievement] = site.make(Kind.ACHIEVEMENT, "再生铜杂质脱除")
    site.settle()
    assert shown(site, Kind.ACHIEVEMENT, achievement, visitor) == []
    site.make(Kind.NEED, "再生铜除杂")
    site.settle()
    assert shown(site, Kind.ACHIEVEMENT, achievement, visitor) == ["再生铜除杂"]


def test_what_is_withdrawn_leaves_every_page(site, visitor, operator, now):
    [need] = site.make(Kind.NEED, "再生铜除杂")
    [achievement] = site.make(Kind.ACHIEVEMENT, "再生铜杂质脱除")
    site.settle()
    move(site, "withdraw", Kind.ACHIEVEMENT, achievement, operator, now)
    assert shown(site, Kind.NEED, need, visitor) == []
    site.settle()
    with site.read() as session:
        assert session.exec(select(Suggestion)).all() == []


def test_reasons_for_an_older_text_are_not_shown(site, visitor, operator, now):
    [need] = site.make(Kind.NEED, "再生铜除杂", source="s", source_id="1")
    site.make(Kind.ACHIEVEMENT, "再生铜杂质脱除")
    site.settle()
    with writing(site.engine) as session:
        row = session.get(TABLES[Kind.NEED].listing, need)
        row.version += 1
    with site.read() as session:
        [found] = suggestions_for(session, Kind.NEED, need, visitor)
    assert (found.reasons.has_evidence, bool(found.reasons.channels)) == (False, True)


def test_a_suggestion_costs_four_queries_whatever_their_number(site, visitor):
    from sqlalchemy import event

    [need] = site.make(Kind.NEED, "再生铜除杂")
    site.make(Kind.ACHIEVEMENT, *(f"再生铜杂质脱除{n}" for n in range(18)))
    site.settle()
    sent: list[str] = []
    event.listen(site.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    assert len(shown(site, Kind.NEED, need, visitor)) == 18
    assert len([statement for statement in sent if statement.startswith("SELECT")]) == 4


def test_a_bulk_is_suggested_once_each(site, monkeypatch):
    made: list[int] = []
    site.make(Kind.NEED, *(f"再生铜除杂{n}" for n in range(6)))
    site.make(Kind.ACHIEVEMENT, *(f"再生铜杂质脱除{n}" for n in range(6)))
    suggest = site.matchmaker.suggest
    monkeypatch.setattr(
        site.matchmaker, "suggest", lambda m, row, k: made.append(row.row.id) or suggest(m, row, k)
    )
    site.settle()
    assert len(made) == 12


def test_publishing_does_not_wait_for_thousands_of_suggestions(site, now):
    site.make(Kind.NEED, *(f"再生铜除杂{n}" for n in range(20)))
    site.indexer.run_once(now)
    site.make(Kind.NEED, "刚发布的")
    site.indexer.run_once(now)
    assert site.matchmaker.status.pending == 0
    assert site.matchmaker.status.suggestions_pending == 13


def test_a_listing_marked_meanwhile_is_made_again(site, now, operator, monkeypatch):
    [need] = site.make(Kind.NEED, "甲", source="s", source_id="1")
    suggest = site.matchmaker.suggest

    def interrupted(matcher, row, limit):
        monkeypatch.setattr(site.matchmaker, "suggest", suggest)
        move(site, "close", Kind.NEED, need, operator, now)
        move(site, "reopen", Kind.NEED, need, operator, now)
        return suggest(matcher, row, limit)

    monkeypatch.setattr(site.matchmaker, "suggest", interrupted)
    site.indexer.run_once(now)
    with site.read() as session:
        assert session.exec(select(StaleSuggestion.listing_id)).all() == [need]


def test_what_is_published_between_two_steps_is_not_left_out(site, now, visitor, monkeypatch):
    """The mark of a listing that the index does not hold yet waits for the index."""
    [achievement] = site.make(Kind.ACHIEVEMENT, "再生铜杂质脱除")
    apply_changes = site.indexer._apply_changes

    def interrupted(matcher, at):
        done = apply_changes(matcher, at)
        monkeypatch.setattr(site.indexer, "_apply_changes", apply_changes)
        site.make(Kind.NEED, "再生铜除杂")
        return done

    monkeypatch.setattr(site.indexer, "_apply_changes", interrupted)
    site.settle()
    assert shown(site, Kind.ACHIEVEMENT, achievement, visitor) == ["再生铜除杂"]


def test_purging_demo_empties_the_index(site, operator, now):
    site.make(Kind.NEED, "示例", is_demo=True)
    [real] = site.make(Kind.ACHIEVEMENT, "真的")
    site.settle()
    with writing(site.engine) as session:
        demo.purge(session, operator, now)
    site.settle()
    assert indexed(site) == {f"achievement:{real}"}


class TestHealing:
    """The folder is lost or spoilt; the answers come back."""

    @pytest.fixture(autouse=True)
    def filled(self, site):
        site.make(Kind.NEED, "甲", "乙")
        site.settle()

    def test_a_deleted_folder(self, site):
        shutil.rmtree(site.matchmaker.folder)
        site.settle()
        assert indexed(site) == published(site)
        assert (site.matchmaker.folder / "CURRENT").exists()

    def test_an_emptied_folder(self, site):
        for path in site.matchmaker.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        site.settle()
        assert indexed(site) == published(site)

    @pytest.mark.parametrize("name", ["manifest.json", "journal.sqlite3"])
    def test_a_spoilt_file(self, name, site, now):
        site.indexer.close()
        [path] = site.matchmaker.folder.glob(f"snapshot-*/{name}")
        for rest in path.parent.glob(f"{name}-*"):
            rest.unlink()
        path.write_bytes(b"\0garbage" * 100)
        site.settle()
        assert indexed(site) == published(site)

    def test_an_index_of_another_installation(self, site):
        site.indexer.close()
        with writing(site.engine) as session:
            from market.models import Installation

            session.get(Installation, 1).uuid = "another"
        site.settle()
        assert (indexed(site), site.matchmaker.reader().origin) == (published(site), "another")

    def test_another_model_makes_everything_anew(self, site, now):
        site.make(Kind.ACHIEVEMENT, "丙")
        site.settle()
        site.indexer.close()
        other = Matchmaker(site.data, "hashing-16", site.engine)
        other.load()
        indexer = Indexer(site.engine, other)
        while indexer.run_once(now):
            pass
        indexer.close()
        with site.read() as session:
            models = set(session.exec(select(Suggestion.model)))
        assert (set(other.reader().ids), models) == (published(site), {"hashing-16"})

    def test_a_model_that_was_trained_again_makes_everything_anew(self, site, now):
        site.make(Kind.ACHIEVEMENT, "丙")
        site.settle()
        site.indexer.close()
        again = Matchmaker(site.data, site.matchmaker.model, site.engine)
        again.load()
        again._encoder.fingerprint = "c0ffee"
        indexer = Indexer(site.engine, again)
        while indexer.run_once(now):
            pass
        indexer.close()
        with site.read() as session:
            made_by = set(session.exec(select(Suggestion.model)))
        assert made_by == {f"{site.matchmaker.model}#c0ffee"}

    def test_a_database_that_was_restored_from_an_older_copy(self, site, tmp_path, now):
        site.indexer.close()
        with writing(site.engine) as session:
            last = session.exec(select(IndexChange).order_by(col(IndexChange.seq).desc())).first()
            session.delete(last)
        site.settle()
        with site.read() as session:
            assert (
                site.matchmaker.reader().position
                == session.exec(select(func.max(IndexChange.seq))).one()
            )
        assert indexed(site) == published(site)

    def test_a_restored_database_of_the_same_length(self, site):
        """Its listings differ although its last number is the one that the index stands at."""
        site.indexer.close()
        with writing(site.engine) as session:
            session.get(TABLES[Kind.NEED].listing, 1).state = ListingState.CLOSED
        site.settle()
        assert indexed(site) == {"need:2"}

    def test_reindexing_gives_the_same_answers(self, site, visitor):
        def found():
            with site.read() as session:
                result = site.matchmaker.search(session, "甲", viewer=visitor)
            return [(row.listing.id, row.reasons) for row in result.rows]

        before = found()
        assert site.indexer.rebuild() == 2
        assert found() == before


class TestTwoWriters:
    def test_only_one_of_two_writes(self, site, now):
        site.make(Kind.NEED, "甲")
        other = Indexer(site.engine, site.matchmaker)
        assert site.indexer.run_once(now) == 2
        assert (other.run_once(now), other.is_writing) == (0, False)

    def test_the_other_takes_over_when_the_first_is_gone(self, site, now):
        second = Matchmaker(site.data, "hashing", site.engine)
        second.load()
        other = Indexer(site.engine, second)
        site.make(Kind.NEED, "甲")
        site.settle()
        site.indexer.close()
        site.make(Kind.NEED, "乙")
        assert other.run_once(now + timedelta(seconds=1)) == 2
        assert set(second.reader().ids) == published(site)
        other.close()

    def test_a_lost_folder_does_not_free_the_lock(self, site, now):
        site.make(Kind.NEED, "甲")
        site.settle()
        shutil.rmtree(site.matchmaker.folder)
        other = Indexer(site.engine, site.matchmaker)
        assert other.run_once(now) == 0


def test_it_waits_for_the_encoder(site, now):
    warming = Matchmaker(site.data, "hashing", site.engine)
    site.make(Kind.NEED, "甲")
    indexer = Indexer(site.engine, warming)
    assert (indexer.run_once(now), warming.status.pending) == (0, 1)


def test_words_alone_are_indexed_if_so_set(site, now):
    lexical = Matchmaker(site.data, "lexical", site.engine)
    lexical.load()
    site.make(Kind.NEED, "甲")
    indexer = Indexer(site.engine, lexical)
    while indexer.run_once(now):
        pass
    indexer.close()
    assert (lexical.status.state, lexical.status.documents) == ("lexical-only", 1)


def test_the_default_database_is_in_the_data_folder(tmp_path):
    engine = engine_for(url_for(tmp_path))
    engine.connect().close()
    engine.dispose()
    assert (tmp_path / FILE_NAME).exists()
