"""The second step: set up, passed, ended, lifted; and what it opens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyotp
import pytest
from sqlmodel import select

from market.actions import second_step, sign_ins
from market.db import session_for, writing
from market.errors import Invalid, NotAllowed, NotFresh
from market.keys import Keys
from market.models import Notice, OneTime, Person, Role
from market.queries.people import viewer_for, viewer_of
from tests.market.accounts import EMAIL, KEYS, MINUTE, changes, enter, registered, wrong

STEP = MINUTE / 2


@pytest.fixture
def inside(session):
    return enter(session, registered(session))


def code(secret: str, at) -> str:
    return pyotp.TOTP(secret).at(at)


@pytest.fixture
def secret(session, inside, now) -> str:
    """The second step of `inside`, set up two half-minutes ago."""
    found = second_step.begin(session, inside.viewer, now, KEYS).secret
    second_step.confirm(session, code(found, now), inside.viewer, now, KEYS)
    return found


def test_the_setup_can_be_scanned_and_typed(session, inside, now):
    setup = second_step.begin(session, inside.viewer, now, KEYS)
    read = pyotp.parse_uri(setup.uri)
    assert (read.secret, read.name, read.issuer) == (setup.secret, EMAIL, "科揭")
    assert len(setup.secret) == 32


def test_nothing_counts_before_the_first_code(session, inside, now):
    second_step.begin(session, inside.viewer, now, KEYS)
    assert inside.person.totp_secret is None


def test_the_first_code_sets_it_up(session, inside, now):
    setup = second_step.begin(session, inside.viewer, now, KEYS)
    assert second_step.waiting(session, inside.viewer, now, KEYS) == setup
    second_step.confirm(session, code(setup.secret, now), inside.viewer, now, KEYS)
    assert KEYS.open(inside.person.totp_secret) == setup.secret
    assert second_step.waiting(session, inside.viewer, now, KEYS) is None


def test_the_secret_is_sealed_wherever_it_is_stored(session, inside, now):
    setup = second_step.begin(session, inside.viewer, now, KEYS)
    second_step.confirm(session, code(setup.secret, now), inside.viewer, now, KEYS)
    stored = [row.model_dump() for row in session.exec(select(OneTime))]
    stored.append(inside.person.model_dump())
    stored += [row.model_dump() for row in changes(session, "second-step.confirm")]
    assert setup.secret not in str(stored)


def test_a_wrong_first_code_changes_nothing(session, inside, now):
    setup = second_step.begin(session, inside.viewer, now, KEYS)
    with pytest.raises(Invalid):
        second_step.confirm(session, wrong(code(setup.secret, now)), inside.viewer, now, KEYS)
    assert inside.person.totp_secret is None


def test_five_wrong_first_codes_begin_anew(engine_apart, now):
    with writing(engine_apart) as session:
        viewer = enter(session, registered(session)).viewer
        setup = second_step.begin(session, viewer, now, KEYS)
    for _ in range(5):
        with pytest.raises(Invalid), writing(engine_apart) as session:
            second_step.confirm(session, "x", viewer, now, KEYS)
    with pytest.raises(NotAllowed), writing(engine_apart) as session:
        second_step.confirm(session, code(setup.secret, now), viewer, now, KEYS)


def test_a_setup_expires_and_a_new_one_replaces_it(session, inside, now):
    first = second_step.begin(session, inside.viewer, now, KEYS)
    second = second_step.begin(session, inside.viewer, now, KEYS)
    with pytest.raises(Invalid):
        second_step.confirm(session, code(first.secret, now), inside.viewer, now, KEYS)
    late = now + 15 * MINUTE
    with pytest.raises(NotAllowed):
        second_step.confirm(session, code(second.secret, late), inside.viewer, late, KEYS)


@pytest.mark.parametrize(
    ("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_one_half_minute_of_grace_on_both_sides(session, inside, secret, now, steps, is_taken):
    later = now + 10 * MINUTE
    given = code(secret, later + steps * STEP)
    assert second_step.is_right(session, inside.person, given, later, KEYS) is is_taken


def test_replay_of_a_totp_code(session, inside, secret, now):
    later = now + 10 * MINUTE
    given = code(secret, later)
    found = [second_step.is_right(session, inside.person, given, later, KEYS) for _ in range(3)]
    assert found == [True, False, False]


def test_an_older_code_is_dead_once_a_newer_was_taken(session, inside, secret, now):
    later = now + 10 * MINUTE
    assert second_step.is_right(session, inside.person, code(secret, later), later, KEYS)
    earlier = code(secret, later - STEP)
    assert not second_step.is_right(session, inside.person, earlier, later, KEYS)


def test_the_code_that_set_it_up_does_not_sign_in(session, inside, secret, now):
    assert not second_step.is_right(session, inside.person, code(secret, now), now, KEYS)


def test_concurrent_use_of_one_totp_code_one_wins(engine_apart, now):
    with writing(engine_apart) as session:
        person = registered(session)
        viewer = enter(session, person).viewer
        secret = second_step.begin(session, viewer, now, KEYS).secret
        second_step.confirm(session, code(secret, now), viewer, now, KEYS)
    later, start = now + 10 * MINUTE, Barrier(6, timeout=20)

    def attempt(_: int) -> bool:
        with session_for(engine_apart) as reading:
            known = reading.get(Person, person.key)
        start.wait()
        with writing(engine_apart) as session:
            return second_step.is_right(session, known, code(secret, later), later, KEYS)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == [False] * 5 + [True]


@pytest.mark.parametrize("given", ["", "12345", "abcdef", "é", "\ud800", "１" * 5])
def test_what_is_no_code(session, inside, secret, now, given):
    assert not second_step.is_right(session, inside.person, given, now + 5 * MINUTE, KEYS)


def test_without_a_second_step_no_code_is_right(session, make, now):
    assert not second_step.is_right(session, make.person(), "000000", now, KEYS)


def test_another_installations_key_opens_nothing(session, inside, secret, now):
    later = now + 5 * MINUTE
    other = Keys(b"o" * 32)
    assert not second_step.is_right(session, inside.person, code(secret, later), later, other)


def test_setting_it_up_ends_the_other_sessions(session, inside, now):
    other = enter(session, inside.person)
    setup = second_step.begin(session, inside.viewer, now, KEYS)
    second_step.confirm(session, code(setup.secret, now), inside.viewer, now, KEYS)
    assert (inside.at(now) is not None, other.at(now)) == (True, None)


def test_setting_up_twice_wants_an_end_between(session, inside, secret, now):
    with pytest.raises(NotAllowed):
        second_step.begin(session, inside.viewer, now, KEYS)
    second_step.end(session, inside.viewer, now)
    assert (inside.person.totp_secret, inside.person.totp_step) == (None, None)
    second_step.begin(session, inside.viewer, now, KEYS)


@pytest.mark.parametrize("act", ["begin", "end", "confirm"])
def test_the_password_must_have_been_shown_lately(session, inside, now, act):
    later = now + 16 * MINUTE
    calls = {
        "begin": lambda: second_step.begin(session, inside.at(later), later, KEYS),
        "end": lambda: second_step.end(session, inside.at(later), later),
        "confirm": lambda: second_step.confirm(session, "1", inside.at(later), later, KEYS),
    }
    with pytest.raises(NotFresh):
        calls[act]()


def test_without_a_password_the_code_proves_who_one_is(session, inside, secret, now):
    later = now + 20 * MINUTE
    viewer = inside.at(later)
    with pytest.raises(Invalid):
        second_step.prove(session, "000", viewer, later, KEYS)
    second_step.prove(session, code(secret, later), viewer, later, KEYS)
    assert inside.sign_in.proven_at == later


# what it opens


@pytest.fixture
def officer(session, make, now):
    """Somebody who works for the bureau, reviews, and has a second step."""
    person = make.person("", Role.ROUND_OFFICER, Role.EXPERT)
    person.totp_secret = KEYS.seal(pyotp.random_base32())
    session.flush()
    return person


def test_the_bureau_is_open_to_sessions_that_passed_it_alone(session, officer):
    with_it = enter(session, officer, method="password+totp").viewer.roles
    without = enter(session, officer).viewer.roles
    assert with_it - without == {Role.ROUND_OFFICER}
    assert Role.EXPERT in without


def test_without_a_second_step_the_bureau_is_open_all_the_same(session, make):
    person = make.person("", Role.APPROVER)
    assert Role.APPROVER in enter(session, person).viewer.roles


def test_a_token_works_for_the_bureau_if_the_session_that_made_it_does(session, officer, now):
    found = []
    for method in ("password+totp", "password"):
        inside = enter(session, officer, method=method)
        _, token = sign_ins.make_token(session, "x", 30, inside.viewer, now)
        found.append(Role.ROUND_OFFICER in viewer_of(session, token, now).roles)
    assert found == [True, False]


def test_the_session_that_set_it_up_has_passed_it(session, make, now):
    inside = enter(session, make.person("", Role.SUPERVISOR))
    setup = second_step.begin(session, inside.viewer, now, KEYS)
    second_step.confirm(session, code(setup.secret, now), inside.viewer, now, KEYS)
    assert Role.SUPERVISOR in inside.viewer.roles


def test_who_may_be_told_of_something_does_not_depend_on_a_session(session, officer):
    assert Role.ROUND_OFFICER in viewer_for(session, officer.key).roles


# a lost device


def test_an_administrator_lifts_it_and_the_sessions_end(session, inside, secret, make, now):
    second_step.lift(session, inside.person.key, make.viewer(Role.ADMINISTRATOR), now)
    assert inside.person.totp_secret is None
    assert inside.at(now) is None
    subjects = [notice.subject for notice in session.exec(select(Notice))]
    assert subjects[-1] == "两步验证已由管理员解除"


def test_nobody_else_lifts_it(session, inside, secret, make, now):
    for viewer in (make.viewer(), make.viewer(Role.APPROVER), inside.viewer):
        with pytest.raises(NotAllowed):
            second_step.lift(session, inside.person.key, viewer, now)


def test_an_administrator_does_not_lift_their_own(session, make, now):
    viewer = make.viewer(Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        second_step.lift(session, viewer.person_id, viewer, now)
