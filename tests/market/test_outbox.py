"""The outbox against a real SMTP server: what is claimed, sent, tried again and given up."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta

import pytest

from market.actions import deliveries
from market.db import session_for, writing
from market.errors import NotAllowed, NotFound
from market.letters import NotSent
from market.models import Channel, Delivery, DeliveryState, Person, Role
from market.notices import send
from market.outbox import (
    EXPIRED,
    FIRST_PAUSE,
    GIVEN_UP,
    LEASE,
    LONGEST_PAUSE,
    MOST_TRIES,
    NO_CARRIER,
    Carriers,
    _claim,
    deliver_some,
    let_expire,
    pause_after,
)
from market.queries.deliveries import delivery_counts, delivery_page
from market.roles import Viewer
from tests.conftest import NOW
from tests.market.postman import KEYS, SITE, open_postbox, rows, write

SECOND = timedelta(seconds=1)
KEEPER = Viewer(frozenset({Role.VISITOR, Role.MEMBER, Role.ADMINISTRATOR}), "管理员", 1)


@pytest.fixture
def postbox():
    with open_postbox() as box:
        yield box


class Recorder:
    """A carrier that says what it is told to, and remembers what it was handed."""

    def __init__(self, *answers):
        self.answers, self.taken = list(answers), []

    def carry(self, letters):
        for letter in letters:
            self.taken.append(letter)
            yield self.answers.pop(0) if self.answers else None


def carriers(carrier, channel=Channel.EMAIL):
    return Carriers({channel: carrier}, SITE, KEYS)


def test_what_is_due_is_sent_and_marked(site, postbox):
    write(site.engine, "甲", "乙")
    assert deliver_some(site.engine, postbox.carriers, NOW) == 2
    assert postbox.subjects == ["甲", "乙"]
    assert postbox.recipients == [["lin@example.com"]] * 2
    assert [(r.state, r.sent_at, r.attempts) for r in rows(site.engine)] == [
        (DeliveryState.SENT, NOW, 1)
    ] * 2
    assert deliver_some(site.engine, postbox.carriers, NOW + LEASE) == 0


def test_nothing_leaves_before_its_transaction_ends(site, postbox):
    with session_for(site.engine, writes=True) as session:
        send(session, Channel.EMAIL, "a@example.com", "s", "t", NOW)
        assert deliver_some(site.engine, postbox.carriers, NOW) == 0
        session.rollback()
    assert deliver_some(site.engine, postbox.carriers, NOW) == 0
    assert postbox.letters == []


def test_many_letters_share_a_connection(site, postbox):
    write(site.engine, *(str(n) for n in range(5)))
    deliver_some(site.engine, postbox.carriers, NOW)
    assert (len(postbox.letters), len(postbox.sessions)) == (5, 1)


def test_a_turn_takes_no_more_than_its_limit(site, postbox):
    write(site.engine, *"abcde")
    assert [deliver_some(site.engine, postbox.carriers, NOW, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_secrets_go_first(site):
    carrier = Recorder()
    write(site.engine, "通知")
    write(site.engine, "验证码", is_secret=True)
    deliver_some(site.engine, carriers(carrier), NOW, 1)
    assert [letter.subject for letter in carrier.taken] == ["验证码"]


def test_paths_become_addresses(site):
    carrier = Recorder()
    text = "请打开：\n/reset/abc\n不是本人操作请忽略 /x"
    with writing(site.engine) as session:
        send(session, Channel.EMAIL, "a@example.com", "s", text, NOW)
    deliver_some(site.engine, carriers(carrier), NOW)
    assert carrier.taken[0].text == (f"请打开：\n{SITE}/reset/abc\n不是本人操作请忽略 /x")


def test_what_is_optional_says_how_to_end_it(site):
    carrier = Recorder()
    with writing(site.engine) as session:
        person = Person(name="林", email="lin@example.com", created_at=NOW)
        session.add(person)
        session.flush()
        send(session, Channel.EMAIL, "lin@example.com", "s", "t", NOW, unsubscribe="digest",
             person_id=person.key)  # fmt: skip
        id = person.key
    deliver_some(site.engine, carriers(carrier), NOW)
    [letter] = carrier.taken
    assert letter.unsubscribe.startswith(f"{SITE}/unsubscribe/")
    assert letter.unsubscribe in letter.text
    assert KEYS.read("unsubscribe", letter.unsubscribe.rsplit("/", 1)[1]) == id


# ---- secrets


def test_the_text_of_a_secret_is_blanked_once_it_left(site, postbox):
    write(site.engine, "验证码", is_secret=True)
    write(site.engine, "通知")
    deliver_some(site.engine, postbox.carriers, NOW)
    assert [row.text for row in rows(site.engine)] == ["", "正文：通知"]


def test_an_expired_secret_is_not_sent(site, postbox):
    write(site.engine, "验证码", is_secret=True, expires_at=NOW + SECOND)
    assert deliver_some(site.engine, postbox.carriers, NOW + SECOND) == 0
    [row] = rows(site.engine)
    assert (row.state, row.error, row.text) == (DeliveryState.DEAD, EXPIRED, "")
    assert postbox.letters == []


def test_the_clock_blanks_what_expired_while_it_waited(site):
    write(site.engine, "验证码", is_secret=True, expires_at=NOW + SECOND)
    deliver_some(site.engine, carriers(Recorder(NotSent("忙"))), NOW)
    with writing(site.engine) as session:
        assert (let_expire(session, NOW), let_expire(session, NOW + SECOND)) == (0, 1)
    assert rows(site.engine)[0].text == ""


def test_a_secret_that_is_refused_for_good_is_blanked(site):
    write(site.engine, "验证码", is_secret=True)
    deliver_some(site.engine, carriers(Recorder(NotSent("拒收", is_final=True))), NOW)
    assert [(r.state, r.text) for r in rows(site.engine)] == [(DeliveryState.DEAD, "")]


# ---- trouble


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_is_down_is_tried_again_until_it_is_up(site, postbox):
    write(site.engine, "甲", "乙")
    port, postbox.port = postbox.port, closed_port()
    assert deliver_some(site.engine, postbox.carriers, NOW) == 2
    for row in rows(site.engine):
        assert (row.state, row.next_at) == (DeliveryState.WAITING, NOW + FIRST_PAUSE)
        assert "连不上邮件服务器" in row.error
    assert deliver_some(site.engine, postbox.carriers, NOW + FIRST_PAUSE - SECOND) == 0
    deliver_some(site.engine, postbox.carriers, NOW + FIRST_PAUSE)
    assert rows(site.engine)[0].next_at == NOW + 3 * FIRST_PAUSE
    postbox.port = port
    deliver_some(site.engine, postbox.carriers, NOW + 3 * FIRST_PAUSE)
    assert sorted(postbox.subjects) == ["乙", "甲"]
    assert {(r.state, r.error, r.attempts) for r in rows(site.engine)} == {
        (DeliveryState.SENT, "", 3)
    }


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
@pytest.mark.parametrize(
    ("code", "state"), [("451", DeliveryState.WAITING), ("550", DeliveryState.DEAD)]
)
def test_later_and_never_are_told_apart(site, postbox, step, code, state):
    write(site.engine, "甲", "乙")
    postbox.answers = [(step, f"{code} lin@example.com: no such user 正文：甲")]
    deliver_some(site.engine, postbox.carriers, NOW)
    first, second = rows(site.engine)
    assert (first.state, first.error) == (state, f"邮件服务器拒收（{code}）")
    assert (second.state, postbox.subjects) == (DeliveryState.SENT, ["乙"])


def test_pauses_double_up_to_an_hour():
    pauses = [pause_after(n) for n in range(1, MOST_TRIES + 1)]
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert max(pauses) == pauses[-1] == LONGEST_PAUSE
    assert timedelta(hours=18) < sum(pauses, timedelta()) < timedelta(days=2)


def test_after_many_tries_it_is_given_up_with_the_reason(site):
    write(site.engine, "甲")
    now = NOW
    for _ in range(MOST_TRIES):
        assert deliver_some(site.engine, carriers(Recorder(NotSent("连不上"))), now) == 1
        now += LONGEST_PAUSE
    [row] = rows(site.engine)
    assert (row.state, row.error, row.attempts) == (DeliveryState.DEAD, "连不上", MOST_TRIES)
    assert row.text == "正文：甲"


def test_a_channel_without_a_carrier_is_said_so(site):
    with writing(site.engine) as session:
        send(session, Channel.SMS, "+8613812345678", "", "t", NOW)
    deliver_some(site.engine, carriers(Recorder()), NOW)
    [row] = rows(site.engine)
    assert (row.state, row.error) == (DeliveryState.DEAD, NO_CARRIER)


# ---- crashes and rivals


class Killed(BaseException):
    """The end of a process, as far as a test can have it."""


class Dying:
    """A carrier whose process is killed before, or after, the letter left."""

    def __init__(self, inner, *, after):
        self.inner, self.after = inner, after

    def carry(self, letters):
        if self.after:
            next(iter(self.inner.carry(letters)))
        raise Killed
        yield None


@pytest.mark.parametrize(("after", "arrived"), [(False, 1), (True, 2)])
def test_a_worker_that_dies_leaves_its_letters_to_the_next(site, postbox, after, arrived):
    write(site.engine, "甲")
    with pytest.raises(Killed):
        deliver_some(site.engine, carriers(Dying(postbox.mail, after=after)), NOW)
    assert deliver_some(site.engine, postbox.carriers, NOW + LEASE - SECOND) == 0
    assert deliver_some(site.engine, postbox.carriers, NOW + LEASE) == 1
    assert len(postbox.letters) == arrived
    assert len({letter["Message-ID"] for letter in postbox.letters}) == 1
    assert rows(site.engine)[0].state is DeliveryState.SENT


def test_what_kills_every_worker_is_given_up(site):
    write(site.engine, "甲")
    now = NOW
    for _ in range(MOST_TRIES):
        with pytest.raises(Killed):
            deliver_some(site.engine, carriers(Dying(None, after=False)), now)
        now += LEASE
    assert deliver_some(site.engine, carriers(Recorder()), now) == 0
    assert [(r.state, r.error) for r in rows(site.engine)] == [(DeliveryState.DEAD, GIVEN_UP)]


def test_a_failure_after_the_lease_changes_nothing_of_the_next_worker(site):
    """The slow one comes back when the other has sent it, or has it in hand."""
    write(site.engine, "甲")

    class Slow:
        def carry(self, letters):
            assert _claim(site.engine, NOW + LEASE, 9)
            yield NotSent("太慢", is_final=True)

    deliver_some(site.engine, carriers(Slow()), NOW)
    [row] = rows(site.engine)
    assert (row.state, row.next_at, row.error) == (DeliveryState.WAITING, NOW + 2 * LEASE, "")


def test_workers_at_once_send_nothing_twice(site, postbox):
    subjects = [f"第{n}封" for n in range(60)]
    write(site.engine, *subjects)
    start, failed = threading.Barrier(4), []

    def work():
        try:
            start.wait(10)
            while deliver_some(site.engine, postbox.carriers, NOW, 3):
                pass
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert sorted(postbox.subjects) == sorted(subjects)
    assert {row.attempts for row in rows(site.engine)} == {1}


# ---- given up, and once more


def dead(site, *subjects, **given):
    write(site.engine, *subjects, **given)
    answers = [NotSent("邮件服务器拒收（550）", is_final=True)] * len(subjects)
    deliver_some(site.engine, carriers(Recorder(*answers)), NOW)


def test_the_keeper_sees_where_it_failed_and_neither_whom_nor_what(site):
    dead(site, "甲", target="linxiao@example.com")
    with site.read() as session:
        page = delivery_page(session, KEEPER, DeliveryState.DEAD)
        counts = delivery_counts(session, KEEPER)
    [row] = page.rows
    assert (row.target, row.error, row.may_retry) == (
        "l***@example.com", "邮件服务器拒收（550）", True,
    )  # fmt: skip
    assert "正文" not in repr(row)
    assert (counts.waiting, counts.dead) == (0, 1)


def test_another_try_begins_anew(site, postbox):
    dead(site, "甲", "乙")
    [first, _] = rows(site.engine)
    with writing(site.engine) as session:
        deliveries.retry(session, first.id, KEEPER, NOW + SECOND)
    deliver_some(site.engine, postbox.carriers, NOW + SECOND)
    assert postbox.subjects == ["甲"]
    with writing(site.engine) as session:
        assert deliveries.retry_all(session, KEEPER, NOW + SECOND) == 1
        assert deliveries.retry_all(session, KEEPER, NOW + SECOND) == 0
    deliver_some(site.engine, postbox.carriers, NOW + SECOND)
    assert postbox.subjects == ["甲", "乙"]


def test_a_blanked_secret_is_not_tried_again(site):
    dead(site, "验证码", is_secret=True)
    with writing(site.engine) as session:
        assert deliveries.retry_all(session, KEEPER, NOW) == 0
        with pytest.raises(NotAllowed, match="重新申请"):
            deliveries.retry(session, rows(site.engine)[0].id, KEEPER, NOW)


@pytest.mark.parametrize("id", [0, 99, 2**70])
def test_what_is_not_there_is_not_found(site, id):
    with writing(site.engine) as session, pytest.raises(NotFound):
        deliveries.retry(session, id, KEEPER, NOW)


@pytest.mark.parametrize(
    "role",
    [
        role
        for role in Role
        if role in (Role.MEMBER, Role.ROUND_OFFICER, Role.APPROVER, Role.SUPERVISOR, Role.FINANCE)
    ],
)
def test_only_the_keeper_sees_the_outbox(session, role):
    viewer = Viewer(frozenset({Role.VISITOR, Role.MEMBER, role}), "x", 2)
    for refused in (
        lambda: delivery_counts(session, viewer),
        lambda: delivery_page(session, viewer, DeliveryState.DEAD),
        lambda: deliveries.retry_all(session, viewer, NOW),
        lambda: deliveries.retry(session, 1, viewer, NOW),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_a_page_of_the_outbox_is_bounded(session):
    session.add_all(
        Delivery(channel=Channel.EMAIL, target=f"p{n}@example.com", created_at=NOW, next_at=NOW,
                 state=DeliveryState.DEAD)
        for n in range(51)
    )  # fmt: skip
    first, last = (delivery_page(session, KEEPER, DeliveryState.DEAD, n) for n in (1, 99))
    assert (len(first.rows), len(last.rows), last.page, last.pages) == (50, 1, 2, 2)
