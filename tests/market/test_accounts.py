"""Registering, and what somebody changes about their own account."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlmodel import select

from market import credentials
from market.actions import accounts
from market.contacts import checked_target, is_abroad
from market.db import session_for, writing
from market.errors import Invalid, NotAllowed, NotSignedIn, TooMany
from market.models import Consent, ConsentTopic, Delivery, OneTime, OneTimePurpose, Person, Role
from market.texts import masked
from tests.market.accounts import (
    DOOR,
    EMAIL,
    KEYS,
    MINUTE,
    PASSWORD,
    changes,
    code_to,
    enter,
    letters_to,
    registered,
    registration,
    wrong,
)


def ask(session, now, target=EMAIL):
    accounts.ask_code(session, target, DOOR, now, KEYS)
    return code_to(session, target)


def reasons(refused) -> dict[str, str]:
    return {problem.field: problem.reason for problem in refused.value.problems}


# addresses and numbers


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Lin.Xiao+a@Example.COM ", "lin.xiao+a@example.com"),
        ("ｌｉｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", "lin@example.com"),
        ("lin@清远.公司.cn", "lin@xn--c5ww53e.xn--55qx5d.cn"),
        ("lin@example.com.", "lin@example.com"),
        ("13812345678", "+8613812345678"),
        ("+86 138-1234-5678", "+8613812345678"),
        ("008613812345678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("+852 9123 4567", "+85291234567"),
        ("(+853) 6612 3456", "+85366123456"),
    ],
)
def test_one_form_of_an_address_or_number(typed, stored):
    assert checked_target(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "", "lin", "@example.com", "lin@", "lin@localhost", "Lin <lin@example.com>",
        "lin@exa mple.com", "lin@example.com\nBcc: a@b.cn", "a@b@example.com", ".lin@example.com",
        "l..n@example.com", "lin@127.0.0.1", "lin@-a.com", "x" * 65 + "@example.com",
        "l@" + "a" * 60 + ("." + "b" * 60) * 4 + ".cn", "林@example.com", "lin@[::1]",
        "12812345678", "1381234567", "138123456789", "91234567", "+85311234567", "+15551234567",
        "+852 1123 4567", "lin@example.com\0",
    ],
)  # fmt: skip
def test_what_is_no_address_and_no_number(typed):
    with pytest.raises(Invalid) as refused:
        checked_target(typed)
    assert [problem.field for problem in refused.value.problems] == ["target"]


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("lin@example.com", "l***@example.com"),
        ("+8613812345678", "138****5678"),
        ("+85291234567", "+852 91****67"),
    ],
)
def test_masked_forms(target, shown):
    assert masked(target) == shown


def test_numbers_of_hong_kong_and_macau_are_abroad():
    assert [is_abroad(t) for t in ("+85291234567", "+85366123456", "+8613812345678", EMAIL)] == [
        True, True, False, False,
    ]  # fmt: skip


# codes


def test_somebody_registers_and_can_sign_in(session, now):
    person = registered(session)
    assert (person.email, person.mobile, person.name) == (EMAIL, None, "林晓")
    assert enter(session, person).viewer.roles == {Role.VISITOR, Role.MEMBER}


def test_somebody_registers_with_a_mobile_number(session):
    assert registered(session, "138 1234 5678").mobile == "+8613812345678"


def test_the_code_is_stored_as_a_digest_and_leaves_as_a_secret(session, now):
    code = ask(session, now)
    [row] = session.exec(select(OneTime)).all()
    [letter] = letters_to(session, EMAIL)
    assert code not in str(row.model_dump())
    assert letter.is_secret
    assert letter.expires_at == now + 10 * MINUTE


def test_a_wrong_code_opens_nothing(session, now):
    code = ask(session, now)
    with pytest.raises(Invalid) as refused:
        accounts.register(session, registration(code=wrong(code)), DOOR, now, KEYS)
    assert list(reasons(refused)) == ["code"]
    assert session.exec(select(Person)).all() == []


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "①②③④⑤⑥⑦", "é"])
def test_what_is_no_code_at_all(session, now, code):
    ask(session, now)
    with pytest.raises(Invalid):
        accounts.register(session, registration(code=code), DOOR, now, KEYS)


def test_a_code_works_until_it_expires(session, now):
    code = ask(session, now)
    with pytest.raises(Invalid):
        accounts.register(session, registration(code=code), DOOR, now + 10 * MINUTE, KEYS)
    just = now + 10 * MINUTE - timedelta(seconds=1)
    assert accounts.register(session, registration(code=code), DOOR, just, KEYS)


def test_five_wrong_tries_kill_a_code(session, now):
    code = ask(session, now)
    for _ in range(5):
        with pytest.raises(Invalid):
            accounts.register(session, registration(code=wrong(code)), DOOR, now, KEYS)
    with pytest.raises(Invalid):
        accounts.register(session, registration(code=code), DOOR, now, KEYS)


def test_four_wrong_tries_do_not(session, now):
    code = ask(session, now)
    for _ in range(4):
        with pytest.raises(Invalid):
            accounts.register(session, registration(code=wrong(code)), DOOR, now, KEYS)
    assert accounts.register(session, registration(code=code), DOOR, now, KEYS)


def test_a_right_code_beside_other_mistakes_costs_no_try_and_is_not_used_up(session, now):
    code = ask(session, now)
    for _ in range(8):
        with pytest.raises(Invalid) as refused:
            accounts.register(session, registration(code=code, name=""), DOOR, now, KEYS)
        assert list(reasons(refused)) == ["name"]
    assert accounts.register(session, registration(code=code), DOOR, now, KEYS)


def test_replay_of_a_code(session, now):
    code = ask(session, now)
    person = accounts.register(session, registration(code=code), DOOR, now, KEYS)
    person.email = None
    session.flush()
    with pytest.raises(Invalid) as refused:
        accounts.register(session, registration(code=code), DOOR, now, KEYS)
    assert list(reasons(refused)) == ["code"]


def test_a_new_code_kills_the_one_before(session, now):
    first = ask(session, now)
    second = ask(session, now + MINUTE)
    with pytest.raises(Invalid):
        accounts.register(session, registration(code=first), DOOR, now + MINUTE, KEYS)
    assert accounts.register(session, registration(code=second), DOOR, now + MINUTE, KEYS)


def test_a_code_belongs_to_its_address(session, now):
    code = ask(session, now)
    ask(session, now, "other@example.com")
    with pytest.raises(Invalid):
        accounts.register(
            session, registration("other@example.com", code), DOOR, now, KEYS
        )  # fmt: skip


def test_a_code_belongs_to_its_installation(session, now):
    code = ask(session, now)
    with pytest.raises(Invalid):
        accounts.register(session, registration(code=code), DOOR, now, type(KEYS)(b"o" * 32))


def test_a_second_code_within_a_minute_is_refused(session, now):
    ask(session, now)
    with pytest.raises(TooMany) as refused:
        ask(session, now + timedelta(seconds=20))
    assert refused.value.seconds == 40


def test_ten_codes_a_day(session, now):
    for n in range(10):
        ask(session, now + n * MINUTE)
    with pytest.raises(TooMany):
        ask(session, now + 10 * MINUTE)
    assert ask(session, now + timedelta(days=1, minutes=1))


# what is never told


def test_asking_for_a_code_never_tells_whether_an_account_exists(session, now, statements):
    registered(session)
    later = now + MINUTE
    statements.clear()
    new = accounts.ask_code(session, "new@example.com", DOOR, later, KEYS)
    for_new = list(statements)
    statements.clear()
    known = accounts.ask_code(session, EMAIL, DOOR, later, KEYS)
    assert (new, known) == ("new@example.com", EMAIL)
    assert statements == for_new


def test_whoever_has_an_account_is_told_so_by_letter_without_a_code(session, now):
    registered(session)
    accounts.ask_code(session, EMAIL, DOOR, now + MINUTE, KEYS)
    letter = letters_to(session, EMAIL)[-1]
    assert letter.subject == "您已有账号"
    assert not any(word.isdigit() for word in letter.text)


def test_registering_an_address_that_has_an_account_fails_as_a_wrong_code_does(session, now):
    """Even whoever guesses the code that was never sent."""
    registered(session)
    later = now + MINUTE
    accounts.ask_code(session, EMAIL, DOOR, later, KEYS)
    [row] = [r for r in session.exec(select(OneTime)).all() if r.used_at is None]
    row.digest = KEYS.digest(OneTimePurpose.REGISTER, f"{EMAIL}\n123456")
    session.flush()
    told = []
    for code in ("123456", "654321"):
        with pytest.raises(Invalid) as refused:
            accounts.register(session, registration(code=code), DOOR, later, KEYS)
        told.append(refused.value.problems)
    assert told[0] == told[1]


def test_a_refused_registration_hashes_as_often_as_an_accepted_one(session, now):
    code = ask(session, now)
    before = credentials.hashing.done
    with pytest.raises(Invalid):
        accounts.register(session, registration(code=wrong(code)), DOOR, now, KEYS)
    refused = credentials.hashing.done - before
    accounts.register(session, registration(code=code), DOOR, now, KEYS)
    assert credentials.hashing.done - before - refused == refused == 1


def test_no_code_no_address_and_no_password_are_in_the_ledger(session, now):
    code = ask(session, now)
    accounts.register(session, registration(code=code), DOOR, now, KEYS)
    told = str([row.model_dump() for row in changes(session, "account.register")])
    told += str([row.model_dump() for row in changes(session, "account.ask-code")])
    assert [word for word in (code, EMAIL, "林晓", PASSWORD, "argon2") if word in told] == []
    assert "account.register" in told


# consents


def test_nobody_registers_without_the_privacy_notice(session, now):
    code = ask(session, now)
    with pytest.raises(Invalid) as refused:
        accounts.register(session, registration(code=code, privacy=False), DOOR, now, KEYS)
    assert list(reasons(refused)) == ["privacy"]


def test_every_mistake_is_told_at_once(session, now):
    ask(session, now)
    form = registration(code="0", privacy=False, name=" ", password="short")
    with pytest.raises(Invalid) as refused:
        accounts.register(session, form, DOOR, now, KEYS)
    assert list(reasons(refused)) == ["code", "name", "password", "privacy"]


@pytest.mark.parametrize("number", ["+85291234567", "+85366123456"])
def test_a_number_abroad_wants_a_consent_of_its_own(session, now, number):
    code = ask(session, now, number)
    with pytest.raises(Invalid) as refused:
        accounts.register(session, registration(number, code), DOOR, now, KEYS)
    assert list(reasons(refused)) == ["cross_border"]
    form = registration(number, code, cross_border=True)
    accounts.register(session, form, DOOR, now, KEYS)
    topics = {row.topic for row in session.exec(select(Consent)).all()}
    assert topics == {ConsentTopic.PRIVACY, ConsentTopic.CROSS_BORDER}


def test_the_version_that_was_agreed_to_is_kept(session):
    registered(session)
    [consent] = session.exec(select(Consent)).all()
    assert (consent.topic, consent.version) == (ConsentTopic.PRIVACY, "2026-11")


def test_a_password_with_ones_name_in_it_is_refused(session, now):
    code = ask(session, now)
    form = registration(code=code, password="林晓 wild swan 71")
    with pytest.raises(Invalid) as refused:
        accounts.register(session, form, DOOR, now, KEYS)
    assert list(reasons(refused)) == ["password"]


# at the same time


def test_concurrent_use_of_one_code_one_wins(engine_apart, now):
    with writing(engine_apart) as session:
        code = ask(session, now)
    start = Barrier(8, timeout=20)

    def attempt(_: int) -> str:
        start.wait()
        try:
            with writing(engine_apart) as session:
                accounts.register(session, registration(code=code), DOOR, now, KEYS)
        except Invalid:
            return "refused"
        return "registered"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == ["refused"] * 7 + ["registered"]


def test_many_guesses_at_once_are_five_and_stay_counted(engine_apart, now):
    """Each guess is refused, so its own transaction is rolled back; the count is not."""
    with writing(engine_apart) as session:
        code = ask(session, now)
    start = Barrier(12, timeout=20)

    def guess(_: int) -> None:
        start.wait()
        with pytest.raises(Invalid), writing(engine_apart) as session:
            accounts.register(session, registration(code=wrong(code)), DOOR, now, KEYS)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(guess, range(12)))
    with session_for(engine_apart) as session:
        [row] = session.exec(select(OneTime)).all()
        assert row.wrong_tries == 5


def test_hashing_keeps_no_other_writer_waiting(engine_apart, now, monkeypatch):
    """While a password is hashed, somebody else can write."""
    with writing(engine_apart) as session:
        code = ask(session, now)
    wrote = []
    make = credentials.hashing.make

    def hash_while_somebody_writes(password: str) -> str:
        with writing(engine_apart) as other:
            other.add(Person(name="别人", created_at=now))
        wrote.append(True)
        return make(password)

    monkeypatch.setattr(credentials.hashing, "make", hash_while_somebody_writes)
    with writing(engine_apart) as session:
        accounts.register(session, registration(code=code), DOOR, now, KEYS)
    assert wrote == [True]


# one's own account


def test_a_name_is_one_line_and_not_in_the_ledger(session, now):
    inside = enter(session, registered(session))
    accounts.rename(session, " 林\n晓 晓 ", inside.viewer, now)
    assert inside.person.name == "林 晓 晓"
    [change] = changes(session, "account.rename")
    assert (change.before, change.after) == (None, None)


@pytest.mark.parametrize("name", ["", "   ", "🙂", "x" * 61, "\0\0\0"])
def test_what_is_no_name(session, now, name):
    inside = enter(session, registered(session))
    with pytest.raises(Invalid):
        accounts.rename(session, name, inside.viewer, now)


def test_renaming_to_the_same_name_is_no_change(session, now):
    inside = enter(session, registered(session))
    accounts.rename(session, "林晓", inside.viewer, now)
    assert changes(session, "account.rename") == []


def test_personalised_ranking_can_be_switched_off_and_on(session, now):
    inside = enter(session, registered(session))
    for is_on in (False, False, True):
        accounts.switch_personalised(session, is_on, inside.viewer, now)
        assert inside.person.personalised is is_on
    assert len(changes(session, "account.personalise")) == 2


def test_acting_for_is_only_for_members(session, make, now):
    body, other = make.owner(), make.owner()
    inside = enter(session, registered(session))
    make.member(body, Role.VIEWER, inside.person)
    accounts.act_for(session, body.id, inside.viewer, now)
    assert inside.viewer.acting_for == body.id
    with pytest.raises(NotAllowed):
        accounts.act_for(session, other.id, inside.viewer, now)


@pytest.mark.parametrize("action", ["rename", "switch_personalised", "act_for"])
def test_visitors_have_no_account_to_change(session, now, visitor, action):
    with pytest.raises(NotSignedIn):
        getattr(accounts, action)(session, 1, visitor, now)


def test_a_registration_names_no_role_and_no_flag():
    """Mass assignment: whatever else a form sends has nowhere to go."""
    fields = {field.name for field in dataclasses.fields(accounts.Registration)}
    assert fields == {
        "target", "code", "password", "name", "privacy", "cross_border", "digest",
    }  # fmt: skip


def test_nothing_is_sent_to_what_is_no_address(session, now):
    with pytest.raises(Invalid):
        accounts.ask_code(session, "nobody", DOOR, now, KEYS)
    assert session.exec(select(Delivery)).all() == []
