"""What works behind the pages: three chores, none of which stops another. No test waits for time to
pass; each waits for what it wants to see."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta

import pytest

from market import clock, worker
from market.__main__ import main
from market.clock import Chore
from market.db import writing
from market.models import Channel, Delivery, DeliveryState, Kind
from market.outbox import Carriers
from market.worker import Worker
from tests.market.postman import KEYS, SITE, open_postbox, rows, write

PATIENCE = 30
DAY = timedelta(days=1)


class Awaited:
    """A carrier that says when it was handed something; `broken` makes it fall over first."""

    def __init__(self, broken=0):
        self.arrived, self.tried, self.broken = threading.Event(), threading.Event(), broken

    def carry(self, letters):
        for _ in letters:
            if self.broken:
                self.broken -= 1
                self.tried.set()
                raise RuntimeError("broken")
            self.arrived.set()
            yield None


def carriers(carrier):
    return Carriers({Channel.EMAIL: carrier}, SITE, KEYS)


@pytest.fixture
def run(site, monkeypatch):
    """Starts workers, and stops them whatever the test finds."""
    started = []

    def start(carrier, *chores):
        monkeypatch.setattr(clock, "CHORES", chores)
        made = Worker(site.engine, site.matchmaker, carriers(carrier))
        started.append(made)
        made.start()
        return made

    yield start
    for made in started:
        made.stop()


def is_indexed(site):
    return site.matchmaker.status.pending == 0 and site.matchmaker.status.documents > 0


def test_a_letter_that_is_written_leaves_at_once(site, run):
    carrier = Awaited()
    run(carrier)
    write(site.engine, "验证码", is_secret=True)
    assert carrier.arrived.wait(PATIENCE)


def test_a_code_is_looked_for_twice_a_second():
    assert worker.OUTBOX_SECONDS <= 0.5


def test_it_stops_cleanly_with_every_thread(site, run):
    write(site.engine, "甲")
    carrier = Awaited()
    made = run(carrier)
    assert carrier.arrived.wait(PATIENCE)
    made.stop()
    assert [thread.name for thread in made._threads if thread.is_alive()] == []
    assert rows(site.engine)[0].state is DeliveryState.SENT


def test_trouble_with_one_chore_stops_no_other(site, run, caplog):
    done = threading.Event()

    def fails(session, now):
        raise RuntimeError("broken")

    write(site.engine, "甲")
    site.make(Kind.NEED, "窑炉余热")
    carrier = Awaited(broken=1)
    made = run(
        carrier, Chore("坏的", DAY, fails), Chore("好的", DAY, lambda session, now: done.set())
    )
    assert carrier.tried.wait(PATIENCE)
    assert done.wait(PATIENCE)
    settle(lambda: is_indexed(site))
    assert [thread.is_alive() for thread in made._threads] == [True] * 5
    assert {"定时事项出错：坏的", "发件出错，稍后重试"} <= {r.message for r in caplog.records}


def settle(holds):
    """Until it holds: looked at again and again, without a pause of our own."""
    turn, end = threading.Event(), PATIENCE * 50
    for _ in range(end):
        if holds():
            return
        turn.wait(0.02)
    pytest.fail("it did not happen in time")


def test_two_workers_beside_each_other_send_once(site, run):
    with open_postbox() as box:
        for _ in range(2):
            run(box.mail)
        write(site.engine, *"abcdefghij")
        settle(lambda: {row.state for row in rows(site.engine)} == {DeliveryState.SENT})
        assert sorted(box.subjects) == list("abcdefghij")


def test_finishing_does_everything_that_is_there(site, monkeypatch):
    done = []
    monkeypatch.setattr(clock, "CHORES", (Chore("a", DAY, lambda session, now: done.append(now)),))
    write(site.engine, *(str(n) for n in range(45)))
    site.make(Kind.NEED, "窑炉余热")
    with open_postbox() as box:
        Worker(site.engine, site.matchmaker, carriers(box.mail)).finish()
        assert len(box.letters) == 45
    assert len(done) == 1
    assert is_indexed(site)


def test_finishing_goes_on_after_trouble(site, monkeypatch, caplog):
    monkeypatch.setattr(clock, "CHORES", ())
    write(site.engine, "甲")
    site.make(Kind.NEED, "窑炉余热")
    Worker(site.engine, site.matchmaker, carriers(Awaited(broken=1))).finish()
    assert is_indexed(site)
    assert "发件出错" in caplog.text


def test_a_signal_ends_it(site, monkeypatch):
    heard = {}
    monkeypatch.setattr(signal, "signal", lambda number, handler: heard.update({number: handler}))
    monkeypatch.setattr(Worker, "wait", lambda self: heard[signal.SIGTERM](signal.SIGTERM, None))
    worker.run(site.engine, site.matchmaker, carriers(Awaited()))
    assert set(heard) == {signal.SIGINT, signal.SIGTERM}
    assert [thread.name for thread in threading.enumerate() if thread.name == "outbox"] == []


# ---- the commands


@pytest.fixture
def at_home(site, monkeypatch):
    """The command line, with this installation's folder and nothing set."""
    for name in ("SMTP_URL", "MAIL_FROM", "SMS", "PUBLIC_URL"):
        monkeypatch.delenv(f"KEJIE_{name}", raising=False)
    return ["--data", str(site.data), "--model", "hashing"]


def test_once_delivers_too(site, at_home, capsys, monkeypatch):
    monkeypatch.setattr(signal, "signal", lambda *given: None)
    monkeypatch.setenv("KEJIE_PUBLIC_URL", "https://kejie.example.cn/")
    write(site.engine, "主题一")
    assert main(["worker", "--once", *at_home]) == 0
    assert "主题：主题一" in capsys.readouterr().out
    assert rows(site.engine)[0].state is DeliveryState.SENT


def test_a_bad_setting_is_said_and_nothing_is_done(site, at_home, capsys, monkeypatch):
    monkeypatch.setenv("KEJIE_SMTP_URL", "mail.example.cn")
    write(site.engine, "主题一")
    assert main(["worker", "--once", *at_home]) == 1
    assert "KEJIE_SMTP_URL" in capsys.readouterr().err
    assert rows(site.engine)[0].attempts == 0


def test_status_tells_what_waits_and_what_failed(site, at_home, capsys):
    write(site.engine, *"abc")
    with writing(site.engine) as session:
        session.get(Delivery, 1).state = DeliveryState.DEAD
    assert main(["status", *at_home]) == 0
    assert "发件箱 待发送 2，发送失败 1" in capsys.readouterr().out


def test_the_address_of_the_site_comes_from_its_settings():
    found = Carriers.from_environment(KEYS, environ={"KEJIE_HOST": "10.0.0.7", "KEJIE_PORT": "81"})
    assert found.address == "http://10.0.0.7:81"
    given = {"KEJIE_PUBLIC_URL": "https://kejie.example.cn/"}
    assert Carriers.from_environment(KEYS, environ=given).address == "https://kejie.example.cn"
    assert Carriers.from_environment(KEYS, "https://a.cn", {}).address == "https://a.cn"


def test_without_a_sender_the_site_itself_writes():
    given = {"KEJIE_SMTP_URL": "smtp://127.0.0.1", "KEJIE_PUBLIC_URL": "https://kejie.example.cn"}
    found = Carriers.from_environment(KEYS, environ=given).by_channel[Channel.EMAIL]
    assert str(found.sender) == "科揭 <no-reply@kejie.example.cn>"
    named = Carriers.from_environment(KEYS, environ=given | {"KEJIE_MAIL_FROM": "a@b.cn"})
    assert str(named.by_channel[Channel.EMAIL].sender) == "科揭 <a@b.cn>"
