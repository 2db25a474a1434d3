"""What passes by itself: digests, news of matches, and what need not be kept."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from market import clock, digests, match_news, notices, storage
from market.actions import inbox
from market.clock import Chore, Clock
from market.db import writing
from market.models import (
    Channel,
    Delivery,
    DeliveryState,
    DigestRhythm,
    Kind,
    ListingState,
    Need,
    Notice,
    NoticeKind,
    OneTime,
    OneTimePurpose,
    Role,
    SignIn,
    Suggestion,
)
from market.models.changes import Change
from market.notices import send
from market.roles import Viewer
from tests.conftest import NOW, Maker

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAILY, WEEKLY, OFF = DigestRhythm.DAILY, DigestRhythm.WEEKLY, DigestRhythm.OFF
AT_ONCE = DigestRhythm.AT_ONCE


def at(text):
    """A moment of Shanghai; 23 November 2026 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def remind(session, person, subject, now, kind=NoticeKind.EXPIRY):
    notices.post(session, [person.key], kind, subject, "正文", "/needs/1", now)


def mails(session):
    session.flush()
    return [
        (mail.subject, mail.unsubscribe)
        for mail in session.exec(select(Delivery).order_by(Delivery.id))
    ]


def myself(person):
    return Viewer(frozenset({Role.VISITOR, Role.MEMBER}), person.name, person.key)


# ---- digests


@pytest.mark.parametrize(
    ("rhythm", "now", "mark"),
    [
        (DAILY, "2026-11-23 08:00", "2026-11-23 08:00"),
        (DAILY, "2026-11-23 07:59", "2026-11-22 08:00"),
        (DAILY, "2026-11-23 23:30", "2026-11-23 08:00"),
        (WEEKLY, "2026-11-23 08:00", "2026-11-23 08:00"),
        (WEEKLY, "2026-11-23 07:59", "2026-11-16 08:00"),
        (WEEKLY, "2026-11-29 23:59", "2026-11-23 08:00"),
        (WEEKLY, "2027-01-01 12:00", "2026-12-28 08:00"),
        (AT_ONCE, "2026-11-23 07:59", "2026-11-23 07:59"),
    ],
)
def test_a_digest_is_due_at_eight_in_shanghai(rhythm, now, mark):
    assert digests.mark_of(rhythm, at(now)) == at(mark)
    assert digests.mark_of(rhythm, at(now).astimezone(ZoneInfo("UTC"))) == at(mark)


def test_a_daily_digest_gathers_what_is_new_in_one_mail(session, make):
    person = make.person(digest=DAILY)
    remind(session, person, "甲", at("2026-11-22 09:00"))
    remind(session, person, "乙", at("2026-11-22 22:00"))
    assert digests.send_due(session, at("2026-11-23 07:59")) == 0
    assert digests.send_due(session, at("2026-11-23 08:00")) == 1
    assert mails(session) == [("2 条新通知：甲", "digest")]
    text = session.exec(select(Delivery)).one().text
    assert text.index("1. 甲\n/needs/1") < text.index("2. 乙\n/needs/1")


def test_what_was_in_a_digest_is_in_no_other(session, make):
    person = make.person(digest=DAILY)
    remind(session, person, "甲", at("2026-11-22 09:00"))
    for hour in ("08:00", "08:01", "20:00"):
        digests.send_due(session, at(f"2026-11-23 {hour}"))
    digests.send_due(session, at("2026-11-24 08:00"))
    assert mails(session) == [("甲", "digest")]


def test_nothing_is_sent_when_nothing_is_new(session, make):
    make.person(digest=DAILY)
    assert digests.send_due(session, at("2026-11-23 08:00")) == 0
    assert mails(session) == []


def test_what_comes_after_the_hour_waits_for_the_next(session, make):
    person = make.person(digest=DAILY)
    remind(session, person, "甲", at("2026-11-23 08:01"))
    assert digests.send_due(session, at("2026-11-23 15:00")) == 0
    assert digests.send_due(session, at("2026-11-24 08:00")) == 1


def test_a_digest_that_was_missed_is_made_up_for_once(session, make):
    person = make.person(digest=DAILY)
    remind(session, person, "甲", at("2026-11-22 09:00"))
    remind(session, person, "乙", at("2026-11-23 09:00"))
    assert digests.send_due(session, at("2026-11-23 11:00")) == 1
    remind(session, person, "丙", at("2026-11-22 09:00"))  # a transaction that ended late
    assert digests.send_due(session, at("2026-11-23 11:01")) == 0
    assert mails(session) == [("2 条新通知：甲", "digest")]


def test_a_weekly_digest_waits_for_monday(session, make):
    person = make.person(digest=WEEKLY)
    remind(session, person, "甲", at("2026-11-17 09:00"))
    assert digests.send_due(session, at("2026-11-22 08:00")) == 0
    assert digests.send_due(session, at("2026-11-23 08:00")) == 1


def test_whoever_wants_them_at_once_gets_one_mail_for_what_came_by_the_dozen(session, make):
    person = make.person(digest=AT_ONCE)
    for number in range(60):
        remind(session, person, f"匹配{number}", NOW, NoticeKind.MATCH)
    assert digests.send_due(session, NOW) == 1
    assert mails(session) == [("60 条新通知：匹配0", "digest")]
    text = session.exec(select(Delivery)).one().text
    assert ("50. 匹配49" in text, "51." in text, "另有 10 条" in text) == (True, False, True)
    assert digests.send_due(session, NOW + HOUR) == 0


def test_what_was_read_in_the_meantime_is_left_out(session, make):
    person = make.person(digest=DAILY)
    remind(session, person, "甲", at("2026-11-22 09:00"))
    inbox.mark_all_read(session, myself(person), at("2026-11-22 10:00"))
    assert digests.send_due(session, at("2026-11-23 08:00")) == 0


def test_what_was_mailed_by_itself_is_in_no_digest(session, make):
    person = make.person(digest=DAILY)
    remind(session, person, "甲", at("2026-11-22 09:00"), NoticeKind.LISTING)
    assert digests.send_due(session, at("2026-11-23 08:00")) == 0
    assert mails(session) == [("甲", "")]


@pytest.mark.parametrize(
    "given",
    [{"digest": OFF}, {"email": None}, {"suspended_at": NOW}, {"erased_at": NOW}],
    ids=lambda given: "-".join(given),
)
def test_these_get_no_digest(session, make, given):
    person = make.person(**{"digest": DAILY, **given})
    session.add(
        Notice(person_id=person.key, kind=NoticeKind.EXPIRY, subject="甲",
               at=at("2026-11-22 09:00"))
    )  # fmt: skip
    session.flush()
    assert digests.send_due(session, at("2026-11-23 08:00")) == 0


def test_switching_off_drops_what_waited_for_good(session, make):
    person = make.person(digest=WEEKLY)
    remind(session, person, "甲", at("2026-11-17 09:00"))
    inbox.choose_rhythm(session, OFF, myself(person), at("2026-11-18 09:00"))
    inbox.choose_rhythm(session, DAILY, myself(person), at("2026-11-18 10:00"))
    assert digests.send_due(session, at("2026-11-23 08:00")) == 0


def test_a_digest_is_one_letter_even_if_two_workers_make_it(session, make):
    person = make.person(digest=DAILY)
    for _ in range(2):
        remind(session, person, "甲", at("2026-11-22 09:00"))
        person.digested_at = None
        digests.send_due(session, at("2026-11-23 08:00"))
    assert len(mails(session)) == 1


# ---- news of matches


def match(session, make, side=Kind.NEED, *, label="strong", rank=1, state=ListingState.PUBLISHED,
          same_owner=False):  # fmt: skip
    """A stored match of a need of ours with somebody's achievement; ours and its owner."""
    owner = make.owner()
    need = make.need("窑炉余热", owner_id=owner.id)
    theirs = owner if same_owner else make.owner()
    achievement = make.achievement("余热梯级回收", owner_id=theirs.id)
    achievement.state = state
    session.add(
        Suggestion(
            side=side,
            need_id=need.key,
            achievement_id=achievement.key,
            rank=rank,
            label=label,
            reasons={},
            model="m",
            made_at=NOW,
            need_version=1,
            achievement_version=1,
            position=1,
        )
    )
    session.flush()
    return need, owner, theirs


def test_a_strong_match_is_told_once_to_those_who_write(session, make):
    need, owner, theirs = match(session, make)
    mine = [make.member(owner, role).person_id for role in (Role.OWNER, Role.EDITOR)]
    make.member(owner, Role.VIEWER)
    make.member(theirs, Role.OWNER)
    assert match_news.tell_matches(session, NOW) == 2
    rows = session.exec(select(Notice).order_by(Notice.person_id)).all()
    assert [row.person_id for row in rows] == mine
    assert rows[0].subject == "技术需求“窑炉余热”有新的强相关科技成果：余热梯级回收"
    assert (rows[0].kind, rows[0].link) == (NoticeKind.MATCH, f"/needs/{need.key}")
    assert match_news.tell_matches(session, NOW + DAY) == 0


def test_the_other_side_hears_of_its_own_list(session, make):
    _, _, theirs = match(session, make, Kind.ACHIEVEMENT)
    mine = make.member(theirs, Role.OWNER).person_id
    match_news.tell_matches(session, NOW)
    [row] = session.exec(select(Notice)).all()
    assert (row.person_id, row.subject) == (
        mine, "科技成果“余热梯级回收”有新的强相关技术需求：窑炉余热",
    )  # fmt: skip


def test_a_match_that_is_made_anew_is_no_news(session, make):
    _, owner, _ = match(session, make)
    make.member(owner, Role.OWNER)
    match_news.tell_matches(session, NOW)
    row = session.exec(select(Suggestion)).one()
    again = row.model_dump(exclude={"id"}) | {"made_at": NOW + DAY, "rank": 2}
    session.delete(row)
    session.flush()
    session.add(Suggestion(**again))
    session.flush()
    assert match_news.tell_matches(session, NOW + DAY) == 0


@pytest.mark.parametrize(
    "given",
    [{"label": "fair"}, {"label": None}, {"rank": match_news.BEST + 1},
     {"state": ListingState.CLOSED}, {"same_owner": True}],
)  # fmt: skip
def test_this_is_no_news(session, make, given):
    _, owner, _ = match(session, make, **given)
    make.member(owner, Role.OWNER)
    assert match_news.tell_matches(session, NOW) == 0


def test_whoever_switched_personal_ranking_off_is_not_told(session, make):
    _, owner, _ = match(session, make)
    make.member(owner, Role.OWNER, make.person(personalised=False))
    assert match_news.tell_matches(session, NOW) == 0


# ---- what need not be kept


def code(session, **given):
    values = {"purpose": OneTimePurpose.REGISTER, "digest": "d", "created_at": NOW - 40 * DAY}
    session.add(OneTime(**values, **given))


def test_codes_are_forgotten_a_day_after_their_time(session):
    code(session, target="old", expires_at=NOW - 2 * DAY)
    code(session, target="used", expires_at=NOW + DAY, used_at=NOW - 2 * DAY)
    code(session, target="new", expires_at=NOW - HOUR)
    code(session, target="just-used", expires_at=NOW + DAY, used_at=NOW - HOUR)
    session.flush()
    assert clock.forget_codes(session, NOW) == 2
    assert set(session.exec(select(OneTime.target))) == {"new", "just-used"}


def test_sessions_are_forgotten_a_month_after_their_end(session, make):
    person = make.person().key
    for digest, expires, revoked in (
        ("old", NOW - 31 * DAY, None), ("revoked", NOW + DAY, NOW - 31 * DAY),
        ("lately", NOW - DAY, None), ("open", NOW + DAY, None),
    ):  # fmt: skip
        session.add(
            SignIn(person_id=person, digest=digest, created_at=NOW, seen_at=NOW,
                   expires_at=expires, revoked_at=revoked)
        )  # fmt: skip
    session.flush()
    assert clock.forget_sign_ins(session, NOW) == 2
    assert set(session.exec(select(SignIn.digest))) == {"lately", "open"}


def test_deliveries_are_forgotten_and_what_waits_never_is(session):
    for target, state, age in (
        ("sent", DeliveryState.SENT, 31 * DAY), ("dead", DeliveryState.DEAD, 181 * DAY),
        ("lately", DeliveryState.SENT, 29 * DAY), ("failed", DeliveryState.DEAD, 100 * DAY),
        ("waits", DeliveryState.WAITING, 900 * DAY),
    ):  # fmt: skip
        sent_at = NOW - age if state is DeliveryState.SENT else None
        session.add(
            Delivery(channel=Channel.EMAIL, target=target, state=state, created_at=NOW - age,
                     next_at=NOW, sent_at=sent_at)
        )  # fmt: skip
    session.flush()
    assert clock.forget_deliveries(session, NOW) == 2
    assert set(session.exec(select(Delivery.target))) == {"lately", "failed", "waits"}


# ---- the clock itself


def chores(monkeypatch, *named):
    monkeypatch.setattr(clock, "CHORES", named)


def test_a_chore_comes_again_when_its_time_has_passed(site, monkeypatch):
    done = []
    chores(monkeypatch, Chore("a", HOUR, lambda session, now: done.append(now)))
    ticking = Clock(site.engine)
    for minutes in (0, 30, 59, 60, 61, 120):
        ticking.tick(NOW + timedelta(minutes=minutes))
    assert done == [NOW, NOW + HOUR, NOW + 2 * HOUR]


def test_trouble_with_one_chore_is_logged_and_undone_and_stops_no_other(site, monkeypatch, caplog):
    def fails(session, now):
        send(session, Channel.EMAIL, "a@example.com", "half", "t", now)
        raise RuntimeError("broken")

    done = []
    chores(
        monkeypatch, Chore("坏的", DAY, fails),
        Chore("好的", DAY, lambda session, now: done.append(now)),
    )  # fmt: skip
    ticking = Clock(site.engine)
    ticking.tick(NOW)
    ticking.tick(NOW + timedelta(minutes=1))
    assert done == [NOW]
    assert [record.message for record in caplog.records] == ["定时事项出错：坏的"] * 2
    with site.read() as session:
        assert session.exec(select(Delivery)).all() == []


def test_a_tick_does_every_chore_on_an_empty_site(site, caplog):
    clock.tick(site.engine, NOW)
    clock.tick(site.engine, NOW + 400 * DAY)
    assert caplog.records == []


def test_a_tick_ends_listings_whose_time_is_up_and_reminds_before(site, owner_id):
    ids = site.make(Kind.NEED, "到期的", "快到期的", owner_id=owner_id)
    with site.read() as session:
        session.get(Need, ids[0]).expires_at = NOW
        session.get(Need, ids[1]).expires_at = NOW + DAY
        session.commit()
    clock.tick(site.engine, NOW)
    with site.read() as session:
        assert session.get(Need, ids[0]).state is ListingState.EXPIRED
        subjects = sorted(session.exec(select(Notice.subject)))
        assert subjects == ["技术需求“到期的”已到期", "技术需求“快到期的”将于2026年11月24日到期"]


def test_old_entries_of_the_record_of_changes_go_by_policy(site):
    site.make(Kind.NEED, "甲")
    clock.tick(site.engine, NOW + 365 * DAY)
    with site.read() as session:
        before = len(session.exec(select(Change)).all())
    clock.tick(site.engine, NOW + 5 * 365 * DAY)
    with site.read() as session:
        left = [change.action for change in session.exec(select(Change))]
    assert before > 1
    assert left == ["ledger.prune"]


@pytest.fixture
def owner_id(site):
    """An organisation with an owner who can be told."""
    with writing(site.engine) as session:
        maker = Maker(session)
        owner = maker.owner("甲陶瓷厂")
        maker.member(owner, Role.OWNER)
        return owner.id


def test_attachments_that_nobody_owns_are_swept_once_a_day(site, now):
    orphan = site.data / storage.FOLDER / "ab" / "orphan"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    os.utime(orphan, (0, 0))
    Clock(site.engine, site.data).tick(now)
    assert not orphan.exists()
