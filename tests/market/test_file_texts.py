"""The words of public files reach the matcher, those of other files nobody; how often is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from market import storage
from market.actions import attachments, file_texts, posting
from market.actions.listings import as_draft
from market.db import writing
from market.errors import NotAllowed, NotFound
from market.file_reading import FileReader
from market.models import (
    Attachment,
    Change,
    IndexChange,
    Kind,
    Listing,
    Need,
    Organisation,
    Role,
    Standing,
    Tier,
)
from market.models.enums import TextState
from market.queries.attachments import attachments_of
from market.queries.rows import rows_for
from market.roles import VISITOR_VIEWER, Viewer
from tests.conftest import NOW, Maker, Site
from tests.market.documents import photo, word

LATER = NOW + timedelta(minutes=2)
Add = Callable[..., Attachment]


@pytest.fixture
def need(make: Maker) -> Listing:
    return make.need("辊道窑余热", body="正文")


@pytest.fixture
def owner(make: Maker, session: Session, need: Listing) -> Viewer:

    body = session.get_one(Organisation, need.owner_id)
    body.standing = Standing.VERIFIED
    return make.member(body, Role.OWNER)


@pytest.fixture
def add(session: Session, need: Listing, owner: Viewer, tmp_path: Path) -> Add:
    def added(name: str, text: str, tier: Tier = Tier.PUBLIC) -> Attachment:
        """A file that was read already."""
        row = attachments.add(
            session, "need", need.key, name, text.encode(), tier, owner, NOW, tmp_path
        )
        file_texts.keep(session, row.id or 0, NOW, text=text)
        return row

    return added


def text_of(session: Session, need: Listing) -> str:
    return rows_for(session, Kind.NEED, [need.key], VISITOR_VIEWER)[need.key].text


def pending(session: Session) -> int:
    return len(session.exec(select(IndexChange)).all())


def test_words_of_public_files_are_matched(session: Session, need: Listing, add: Add) -> None:
    before, version = pending(session), need.files_version
    add("a.txt", "辊道窑换热器")
    assert text_of(session, need) == "正文\n辊道窑换热器"
    assert (pending(session), need.files_version) == (before + 1, version + 1)


@pytest.mark.parametrize("tier", list(Tier)[1:])
def test_words_of_other_files_are_not(
    session: Session, need: Listing, add: Add, tier: Tier
) -> None:
    before = pending(session)
    add("a.txt", "辊道窑换热器", tier)
    assert (text_of(session, need), need.files_version, pending(session)) == ("正文", 0, before)


def test_a_file_that_is_kept_back_is_forgotten_at_once_and_comes_back(
    session: Session, need: Listing, add: Add, owner: Viewer
) -> None:
    file = add("a.txt", "辊道窑换热器")
    attachments.change_tier(session, file.code, Tier.MATCHED, owner, NOW)
    assert (text_of(session, need), need.files_version) == ("正文", 2)
    attachments.change_tier(session, file.code, Tier.PUBLIC, owner, NOW)
    assert (text_of(session, need), need.files_version) == ("正文\n辊道窑换热器", 3)


def test_a_removed_file_is_forgotten_at_once(
    session: Session, need: Listing, add: Add, owner: Viewer
) -> None:
    file = add("a.txt", "辊道窑换热器")
    attachments.remove(session, file.code, owner, NOW)
    assert text_of(session, need) == "正文"


def test_no_file_crowds_out_the_others(session: Session, need: Listing, add: Add) -> None:
    for sign in "甲乙丙":
        add(f"{sign}.txt", "\n".join(f"辊道窑{sign}{n}" for n in range(900)))
    assert len(need.files_text) <= file_texts.MOST
    lines = {sign: need.files_text.count(sign) for sign in "甲乙丙"}
    assert min(lines.values()) >= 40


def test_a_short_file_leaves_its_room_to_those_that_follow(
    session: Session, need: Listing, add: Add
) -> None:
    add("a.txt", "辊道窑甲")
    add("b.txt", "\n".join(f"辊道窑乙{n}" for n in range(900)))
    assert file_texts.MOST - 10 < len(need.files_text) <= file_texts.MOST


def test_what_speaks_of_something_else_is_left_out(
    session: Session, need: Listing, add: Add
) -> None:
    add("a.txt", "公司食堂开放时间。辊道窑的换热器堵塞。\n停车须知。")
    assert need.files_text == "辊道窑的换热器堵塞。"


def test_the_choice_follows_what_the_listing_says(
    session: Session, need: Listing, add: Add, owner: Viewer
) -> None:
    add("a.txt", "公司食堂开放时间。辊道窑的换热器堵塞。")
    draft = replace(as_draft(session, need), title="食堂排队")
    posting.edit(session, need, draft, need.version, owner, NOW)
    assert need.files_text == "公司食堂开放时间。"


def test_what_is_kept_back_of_the_listing_has_no_say(
    session: Session, make: Maker, tmp_path: Path
) -> None:
    row = make.need("辊道窑", body="食堂排队", tiers={"body": Tier.MATCHED})
    row_id = row.key
    file = Attachment(
        code="c", stored_as="x", noun="need", noun_id=row_id, name="a.txt", size=1, sha256="",
        media_type="text/plain", uploaded_at=NOW,
    )  # fmt: skip
    session.add(file)
    session.flush()
    file_texts.keep(session, file.id or 0, NOW, text="公司食堂开放。辊道窑堵塞。")
    assert row.files_text == "辊道窑堵塞。"


def test_a_draft_is_no_matter_of_the_index(
    session: Session, make: Maker, owner: Viewer, tmp_path: Path
) -> None:
    row = posting.create(session, Kind.NEED, make.draft(owner_id=owner.acting_for), owner, NOW)
    before = pending(session)
    file = attachments.add(
        session, "need", row.key, "a.txt", b"words", Tier.PUBLIC, owner, NOW, tmp_path
    )
    file_texts.keep(session, file.id or 0, NOW, text="陶瓷窑炉节能")
    assert (row.files_text, pending(session)) == ("陶瓷窑炉节能", before)


def test_the_change_of_a_tier_stands_in_the_record(
    session: Session, need: Listing, add: Add, owner: Viewer
) -> None:
    file = add("a.txt", "字")
    for _ in range(2):
        attachments.change_tier(session, file.code, Tier.REGISTERED, owner, NOW)
    query = select(Change).where(Change.action == "attachment.change")
    [change] = session.exec(query).all()
    assert change.before == {"attachment": file.id, "tier": "public"}
    assert change.after == {"attachment": file.id, "tier": "registered"}


def test_who_changes_a_tier(session: Session, make: Maker, add: Add, owner: Viewer) -> None:

    file = add("a.txt", "字")
    body = session.get_one(Organisation, owner.acting_for)
    for viewer in (make.member(body, Role.VIEWER), make.member(make.owner(), Role.OWNER)):
        with pytest.raises(NotAllowed):
            attachments.change_tier(session, file.code, Tier.BUREAU, viewer, NOW)
    attachments.change_tier(session, file.code, Tier.BUREAU, make.member(body, Role.EDITOR), NOW)
    with pytest.raises(NotFound):
        attachments.change_tier(session, file.code, Tier.PUBLIC, VISITOR_VIEWER, NOW)


class TestTheReader:
    """The worker's part, on a site whose transactions are kept."""

    @pytest.fixture
    def id(self, site: Site) -> int:
        return site.make(Kind.NEED, "陶瓷窑炉换热节能")[0]

    @pytest.fixture
    def put(self, site: Site, id: int) -> Callable[..., int]:
        def put(name: str, data: bytes, media_type: str, tier: Tier = Tier.PUBLIC) -> int:
            stored_as = storage.store(site.data, data)
            with writing(site.engine) as session:
                row = Attachment(
                    code=name, stored_as=stored_as, noun="need", noun_id=id, name=name, tier=tier,
                    media_type=media_type, size=len(data), sha256=stored_as[-8:], uploaded_at=NOW,
                )  # fmt: skip
                session.add(row)
                session.flush()
                return row.id or 0

        return put

    @pytest.fixture
    def reader(self, site: Site):
        reader = FileReader(site.engine, site.data)
        yield reader
        reader.close()

    def row(self, site: Site, id: int) -> Attachment:
        with site.read() as session:
            return session.get_one(Attachment, id)

    def test_a_document_is_found_by_words_that_stand_only_in_it(
        self, site: Site, put, reader: FileReader
    ) -> None:
        from market.matchmaking import normal_form

        docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        file = put("a.docx", word("石墨烯换热膜"), docx)
        site.settle()
        assert (reader.run_once(NOW), reader.run_once(NOW)) == (1, 0)
        site.settle()
        assert self.row(site, file).text_state is TextState.READ
        matcher = site.matchmaker.reader()
        text = matcher.document("need:1").text if matcher else ""
        assert "石墨烯换热膜" in normal_form(text)

    def test_a_picture_is_reduced_whoever_may_see_it(
        self, site: Site, put, reader: FileReader
    ) -> None:
        file = self.row(site, put("a.jpg", photo(30, 20), "image/jpeg", Tier.BUREAU))
        reader.run_once(NOW)
        row = self.row(site, file.id or 0)
        assert (row.text_state, row.width, row.height) == (TextState.EMPTY, 30, 20)
        assert storage.path_of(site.data, row.small_as or "").read_bytes()[8:12] == b"WEBP"

    def test_a_document_that_is_kept_back_is_not_opened(
        self, site: Site, put, reader: FileReader
    ) -> None:
        file = put("a.txt", b"words", "text/plain", Tier.REGISTERED)
        assert reader.run_once(NOW) == 0
        assert self.row(site, file).text_state is TextState.WAITING

    def test_a_damaged_file_is_given_up_at_once(self, site: Site, put, reader: FileReader) -> None:
        file = put("a.pdf", b"%PDF-1.7 nothing", "application/pdf")
        assert (reader.run_once(NOW), reader.run_once(LATER)) == (1, 0)
        row = self.row(site, file)
        assert (row.text_state, row.tries) == (TextState.FAILED, 1)

    def test_trouble_is_tried_three_times_with_a_pause(
        self, site: Site, put, reader: FileReader
    ) -> None:
        file = put("a.txt", b"words", "text/plain")
        storage.path_of(site.data, self.row(site, file).stored_as).unlink()
        assert (reader.run_once(NOW), reader.run_once(NOW)) == (1, 0)
        assert self.row(site, file).text_state is TextState.WAITING
        tried = [reader.run_once(NOW + n * timedelta(minutes=2)) for n in (1, 2, 3)]
        assert tried == [1, 1, 0]
        row = self.row(site, file)
        assert (row.text_state, row.tries) == (TextState.FAILED, 3)

    def test_a_file_that_ended_the_whole_worker_three_times_is_not_opened_again(
        self, site: Site, put, reader: FileReader
    ) -> None:
        file = put("a.txt", b"words", "text/plain")
        for tries in range(3):
            with writing(site.engine) as session:
                assert file_texts.begin(session, file, tries)
        assert reader.run_once(NOW) == 0
        assert self.row(site, file).text_state is TextState.FAILED

    def test_one_process_at_a_time_opens_files(self, site: Site, put, reader: FileReader) -> None:
        put("a.txt", b"words", "text/plain")
        put("b.txt", b"more words", "text/plain")
        other = FileReader(site.engine, site.data)
        assert (reader.run_once(NOW), other.run_once(NOW)) == (1, 0)
        reader.close()
        assert other.run_once(NOW) == 1
        other.close()

    def test_a_file_that_is_hidden_while_it_is_read_stays_hidden(
        self, site: Site, put, reader: FileReader
    ) -> None:
        file = put("a.txt", b"words", "text/plain")
        with writing(site.engine) as session:
            assert file_texts.begin(session, file, 0)
            session.get_one(Attachment, file).tier = Tier.MATCHED
        with writing(site.engine) as session:
            file_texts.keep(session, file, NOW, text="陶瓷窑炉")
        with site.read() as session:
            assert session.exec(select(col(Need.files_text))).one() == ""
            rows = attachments_of(session, "need", 1, VISITOR_VIEWER)
        assert rows == []
