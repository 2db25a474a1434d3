"""Changing an address or a number: two codes, two sides."""

from __future__ import annotations

import pytest
from sqlmodel import select

from market.actions import consents, contacts, sign_ins
from market.db import session_for, writing
from market.errors import Invalid, NotAllowed, NotFresh, TooMany
from market.models import ConsentTopic, Notice, OneTime, OneTimePurpose
from tests.market.accounts import (
    EMAIL,
    KEYS,
    MINUTE,
    PASSWORD,
    changes,
    code_to,
    enter,
    letters_to,
    registered,
    wrong,
)

NEW = "lin.new@example.com"
NUMBER = "+8613812345678"


@pytest.fixture
def inside(session):
    return enter(session, registered(session))


def ask(session, inside, now, target=NEW) -> tuple[str, str]:
    stored = contacts.ask_change(session, target, inside.viewer, now, KEYS)
    old = contacts.present(inside.person, stored)
    return code_to(session, stored), code_to(session, old) if old else ""


def confirm(session, inside, now, new, old):
    return contacts.confirm_change(session, new, old, inside.viewer, now, KEYS)


def fields(refused) -> list[str]:
    return [problem.field for problem in refused.value.problems]


def test_both_codes_change_the_address(session, inside, now):
    confirm(session, inside, now, *ask(session, inside, now))
    assert inside.person.email == NEW
    assert sign_ins.authenticate(session, NEW, PASSWORD) == inside.person
    assert sign_ins.authenticate(session, EMAIL, PASSWORD) is None


@pytest.mark.parametrize(
    ("spoils", "told"),
    [
        (lambda new, old: (wrong(new), old), ["new_code"]),
        (lambda new, old: (new, wrong(old)), ["old_code"]),
        (lambda new, old: (new, ""), ["old_code"]),
        (lambda new, old: ("", ""), ["new_code", "old_code"]),
        (lambda new, old: (old, new), ["new_code", "old_code"]),
    ],
)
def test_one_code_alone_changes_nothing(session, inside, now, spoils, told):
    codes = ask(session, inside, now)
    with pytest.raises(Invalid) as refused:
        confirm(session, inside, now, *spoils(*codes))
    assert fields(refused) == told
    assert inside.person.email == EMAIL
    confirm(session, inside, now, *codes)


def test_replay_of_both_codes(session, inside, now):
    codes = ask(session, inside, now)
    confirm(session, inside, now, *codes)
    with pytest.raises(NotAllowed):
        confirm(session, inside, now, *codes)


def test_the_codes_expire(session, inside, now):
    codes = ask(session, inside, now)
    with pytest.raises(NotAllowed):
        contacts.confirm_change(session, *codes, inside.viewer, now + 10 * MINUTE, KEYS)


def test_wrong_codes_of_the_old_side_stay_counted_when_refused(engine_apart, now):
    with writing(engine_apart) as session:
        inside = enter(session, registered(session))
        viewer = inside.viewer
        new, old = ask(session, inside, now)
    for _ in range(5):
        with pytest.raises(Invalid), writing(engine_apart) as session:
            contacts.confirm_change(session, new, wrong(old), viewer, now, KEYS)
    with pytest.raises(Invalid), writing(engine_apart) as session:
        contacts.confirm_change(session, new, old, viewer, now, KEYS)
    with session_for(engine_apart) as session:
        tries = {row.purpose: row.wrong_tries for row in session.exec(select(OneTime))}
    assert tries[OneTimePurpose.CONFIRM_CHANGE] == 5
    assert tries[OneTimePurpose.CHANGE_CONTACT] == 0


def test_a_number_is_added_with_the_address_confirming(session, inside, now):
    confirm(session, inside, now, *ask(session, inside, now, "138 1234 5678"))
    assert (inside.person.email, inside.person.mobile) == (EMAIL, NUMBER)


def test_somebody_without_any_needs_no_old_code(session, make, now):
    inside = enter(session, make.person(email=None))
    new, old = ask(session, inside, now)
    assert old == ""
    confirm(session, inside, now, new, "")
    assert inside.person.email == NEW


def test_the_old_address_hears_of_it_without_the_new_one(session, inside, now):
    confirm(session, inside, now, *ask(session, inside, now))
    letter = letters_to(session, EMAIL)[-1]
    assert letter.subject == "科揭账号的联系方式已更换"
    assert NEW not in letter.text
    [notice] = session.exec(select(Notice)).all()
    assert notice.subject == "联系方式已更换"


def test_the_other_sessions_end(session, inside, now):
    other = enter(session, inside.person)
    confirm(session, inside, now, *ask(session, inside, now))
    assert (inside.at(now) is not None, other.at(now)) == (True, None)


def test_asking_never_tells_whether_the_new_address_has_an_account(session, inside, make, now):
    make.person(email="taken@example.com")
    found = []
    for target, at in (("taken@example.com", now), (NEW, now + MINUTE)):
        found.append(contacts.ask_change(session, target, inside.at(at), at, KEYS) == target)
        with pytest.raises(Invalid) as refused:
            contacts.confirm_change(session, "000000", "000000", inside.at(at), at, KEYS)
        found.append([str(problem) for problem in refused.value.problems])
    assert found[:2] == found[2:]


def test_an_address_with_an_account_gets_a_letter_without_a_code(session, inside, make, now):
    make.person(email="taken@example.com")
    contacts.ask_change(session, "taken@example.com", inside.viewer, now, KEYS)
    [letter] = letters_to(session, "taken@example.com")
    assert not any(word.isdigit() for word in letter.text)


def test_an_address_that_was_taken_meanwhile(session, inside, make, now):
    codes = ask(session, inside, now)
    make.person(email=NEW)
    with pytest.raises(Invalid) as refused:
        confirm(session, inside, now, *codes)
    assert fields(refused) == ["new_code"]


def test_the_present_address_is_no_change(session, inside, now):
    with pytest.raises(Invalid) as refused:
        contacts.ask_change(session, " LIN@example.com", inside.viewer, now, KEYS)
    assert fields(refused) == ["target"]


def test_a_new_request_kills_the_one_before(session, inside, now):
    first = ask(session, inside, now)
    later = now + MINUTE
    contacts.ask_change(session, "third@example.com", inside.at(later), later, KEYS)
    assert contacts.asked_target(session, inside.viewer, later) == "third@example.com"
    with pytest.raises(Invalid):
        contacts.confirm_change(session, *first, inside.viewer, later, KEYS)


def test_the_old_address_is_not_flooded(session, inside, now):
    ask(session, inside, now)
    with pytest.raises(TooMany):
        ask(session, inside, now, "third@example.com")


def test_somebody_elses_codes_are_of_no_use(session, inside, make, now):
    codes = ask(session, inside, now)
    other = enter(session, make.person())
    with pytest.raises(NotAllowed):
        confirm(session, other, now, *codes)


def test_the_password_must_have_been_shown_lately(session, inside, now):
    later = now + 16 * MINUTE
    with pytest.raises(NotFresh):
        contacts.ask_change(session, NEW, inside.at(later), later, KEYS)
    with pytest.raises(NotFresh):
        contacts.confirm_change(session, "1", "2", inside.at(later), later, KEYS)


def test_a_number_abroad_wants_a_consent_first(session, inside, now):
    with pytest.raises(Invalid) as refused:
        contacts.ask_change(session, "+85291234567", inside.viewer, now, KEYS)
    assert fields(refused) == ["cross_border"]
    consents.give(session, ConsentTopic.CROSS_BORDER, inside.viewer, now)
    confirm(session, inside, now, *ask(session, inside, now, "+85291234567"))
    assert inside.person.mobile == "+85291234567"


def test_no_address_is_in_the_ledger(session, inside, now):
    confirm(session, inside, now, *ask(session, inside, now))
    rows = changes(session, "contact.change") + changes(session, "contact.ask-change")
    told = str([row.model_dump() for row in rows])
    assert [word for word in (EMAIL, NEW, "l***") if word in told] == []
    assert len(rows) == 2
