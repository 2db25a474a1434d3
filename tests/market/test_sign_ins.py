"""Sessions: opened, used, proven, listed, revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market import credentials
from market.actions import grants, sign_ins
from market.credentials import Cost, Hashing, digest_of
from market.errors import Invalid, NotAllowed, NotFound, NotFresh
from market.models import SignIn, SignInKind
from market.queries.people import viewer_of
from market.queries.sign_ins import sign_ins_of, tokens_of
from tests.market.accounts import (
    DOOR,
    EMAIL,
    KEYS,
    MINUTE,
    PASSWORD,
    changes,
    enter,
    registered,
)

DAY = timedelta(days=1)


@pytest.fixture
def person(session):
    return registered(session)


# who it is


def test_the_right_password_and_no_other(session, person):
    assert sign_ins.authenticate(session, EMAIL, PASSWORD) == person
    assert sign_ins.authenticate(session, EMAIL, PASSWORD.upper()) is None
    assert sign_ins.authenticate(session, EMAIL, "") is None


@pytest.mark.parametrize("login", [" LIN@Example.COM ", "ｌｉｎ@example.com"])
def test_the_address_is_read_as_it_is_stored(session, person, login):
    assert sign_ins.authenticate(session, login, PASSWORD) == person


def test_a_mobile_number_signs_in_too(session):
    person = registered(session, "13812345678")
    assert sign_ins.authenticate(session, "+86 138 1234 5678", PASSWORD) == person


@pytest.mark.parametrize("login", ["", "x", "%", "nobody@example.com", "' OR 1=1 --", "\0"])
def test_nobody_signs_in_as_nobody(session, person, login):
    assert sign_ins.authenticate(session, login, PASSWORD) is None


def test_one_hashing_and_one_question_whoever_it_is(session, make, now, statements):
    """Right, wrong, unknown, no address, without a password, suspended, erased."""
    registered(session)
    make.person(email="empty@example.com")
    for name in ("suspended", "erased"):
        stored = registered(session, f"{name}@example.com")
        setattr(stored, f"{name}_at", now)
    session.flush()
    tries = [
        (EMAIL, PASSWORD), (EMAIL, "wrong"), ("nobody@example.com", PASSWORD), ("?", PASSWORD),
        ("empty@example.com", ""), ("suspended@example.com", PASSWORD),
        ("erased@example.com", PASSWORD),
    ]  # fmt: skip
    found, work = [], set()
    for login, password in tries:
        statements.clear()
        before = credentials.hashing.done
        found.append(sign_ins.authenticate(session, login, password) is not None)
        work.add((credentials.hashing.done - before, tuple(statements)))
    assert found == [True] + [False] * 6
    assert len(work) == 1
    assert next(iter(work))[0] == 1


def test_a_hash_of_an_older_cost_is_renewed_on_sign_in(session, person):
    person.password_hash = Hashing(Cost(16, 2)).make(PASSWORD)
    session.flush()
    enter(session, sign_ins.authenticate(session, EMAIL, PASSWORD), password=PASSWORD)
    assert person.password_hash.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert sign_ins.authenticate(session, EMAIL, PASSWORD) == person


def test_a_present_hash_is_left_alone(session, person):
    before = person.password_hash
    enter(session, person, password=PASSWORD)
    assert person.password_hash == before


def test_a_password_that_changed_meanwhile_lets_nobody_in(session, person):
    known = type(person).model_validate(person.model_dump())
    person.password_hash = credentials.hash_password("something else 71")
    session.flush()
    with pytest.raises(NotAllowed):
        enter(session, known)


@pytest.mark.parametrize("column", ["suspended_at", "erased_at"])
def test_a_closed_account_gets_no_session(session, person, now, column):
    setattr(person, column, now)
    session.flush()
    with pytest.raises(NotAllowed):
        enter(session, person)


# the token


def test_the_token_is_not_stored(session, person):
    inside = enter(session, person)
    assert inside.token not in str(inside.sign_in.model_dump())
    assert inside.sign_in.digest == digest_of(inside.token)


def test_every_sign_in_has_a_new_token(session, person):
    assert len({enter(session, person).token for _ in range(5)}) == 5


@pytest.mark.parametrize("token", ["", "x", "é", "' OR 1=1 --"])
def test_what_is_no_token(session, person, now, token):
    enter(session, person)
    assert viewer_of(session, token, now) is None


def test_the_digest_of_a_token_is_no_token(session, person, now):
    inside = enter(session, person)
    assert viewer_of(session, inside.sign_in.digest, now) is None


def test_the_viewer_knows_the_session(session, person, now):
    inside = enter(session, person)
    viewer = viewer_of(session, inside.token, now, "web 10.0.0.1")
    assert (viewer.person_id, viewer.sign_in_id) == (person.id, inside.sign_in.id)
    assert (viewer.proven_at, viewer.origin) == (now, "web 10.0.0.1")


def test_stolen_token_reuse_after_sign_out(session, person, now):
    inside = enter(session, person)
    sign_ins.sign_out(session, inside.viewer, now)
    assert inside.at(now) is None


def test_a_session_ends_when_it_is_idle(session, person, now):
    inside = enter(session, person)
    day = timedelta(hours=24)
    assert inside.at(now + day - timedelta(seconds=1)) is not None
    assert inside.at(now + day) is None


def test_a_session_that_is_used_ends_all_the_same(session, person, now):
    inside = enter(session, person)
    for hours in range(0, 30 * 24, 12):
        viewer = inside.at(now + timedelta(hours=hours))
        sign_ins.touch(session, viewer, now + timedelta(hours=hours))
    assert inside.at(now + 30 * DAY - MINUTE) is not None
    assert inside.at(now + 30 * DAY) is None


def test_seeing_is_noted_once_a_minute(session, person, now):
    inside = enter(session, person)
    viewer = inside.viewer
    noted = [sign_ins.touch(session, viewer, now + timedelta(seconds=s)) for s in (1, 59, 60, 61)]
    assert noted == [False, False, True, False]
    assert inside.sign_in.seen_at == now + MINUTE


def test_a_revoked_session_is_not_touched(session, person, now):
    inside = enter(session, person)
    viewer = inside.viewer
    sign_ins.sign_out(session, viewer, now)
    assert not sign_ins.touch(session, viewer, now + 5 * MINUTE)


def test_both_halves_of_what_is_open_agree(session, person, now):
    """Python (`is_open`) and SQL (`open_ones`), at every edge."""
    inside = enter(session, person)
    hour = timedelta(hours=1)
    for kind in SignInKind:
        inside.sign_in.kind = kind
        session.flush()
        listed = sign_ins_of if kind is SignInKind.BROWSER else tokens_of
        for later in (now, now + 23 * hour, now + 24 * hour, now + 30 * DAY - hour, now + 30 * DAY):
            is_listed = bool(listed(session, inside_viewer(person), later))
            assert is_listed is (inside.at(later) is not None), (kind, later)


def inside_viewer(person):
    from market.roles import Role, Viewer

    return Viewer(frozenset({Role.VISITOR, Role.MEMBER}), person.name, person.key)


# listed and revoked


def test_sessions_are_listed_the_last_used_first(session, person, now):
    first = enter(session, person, agent="Firefox", address="10.0.0.1")
    second = enter(session, person, now + MINUTE, agent="Safari", address="10.0.0.2")
    found = sign_ins_of(session, first.viewer, now + MINUTE)
    assert [(row.id, row.agent, row.address) for row in found] == [
        (second.sign_in.id, "Safari", "10.0.0.2"), (first.sign_in.id, "Firefox", "10.0.0.1"),
    ]  # fmt: skip


def test_ones_own_sessions_alone_are_listed(session, person, make, now):
    inside = enter(session, person)
    enter(session, make.person())
    assert [row.id for row in sign_ins_of(session, inside.viewer, now)] == [inside.sign_in.id]


def test_one_session_is_revoked(session, person, now):
    one, two = enter(session, person), enter(session, person)
    sign_ins.revoke(session, two.sign_in.id, one.viewer, now)
    assert one.at(now) is not None
    assert two.at(now) is None
    assert [row.id for row in sign_ins_of(session, one.viewer, now)] == [one.sign_in.id]


def test_somebody_elses_session_is_not_there(session, person, make, now):
    one, theirs = enter(session, person), enter(session, make.person())
    for id in (theirs.sign_in.id, 0, -1, 10**12, 2**63):
        with pytest.raises(NotFound):
            sign_ins.revoke(session, id, one.viewer, now)
    assert theirs.at(now) is not None


def test_the_others_are_revoked(session, person, make, now):
    one, two, three = (enter(session, person) for _ in range(3))
    theirs = enter(session, make.person())
    assert sign_ins.revoke_others(session, one.viewer, now) == 2
    assert [bool(each.at(now)) for each in (one, two, three, theirs)] == [True, False, False, True]


def test_all_are_revoked(session, person, now):
    one, two = enter(session, person), enter(session, person)
    assert sign_ins.sign_out_everywhere(session, one.viewer, now) == 2
    assert [one.at(now), two.at(now)] == [None, None]


def test_revoking_twice_keeps_the_first_time(session, person, now):
    one, two = enter(session, person), enter(session, person)
    for minutes in (0, 5):
        sign_ins.revoke(session, two.sign_in.id, one.viewer, now + minutes * MINUTE)
    assert two.sign_in.revoked_at == now
    assert len(changes(session, "sign-in.revoke")) == 1


# proven once more


def test_the_password_proves_a_session_anew(session, person, now):
    inside = enter(session, person)
    later = now + 20 * MINUTE
    with pytest.raises(NotFresh):
        sign_ins.make_token(session, "x", 1, inside.at(later), later)
    sign_ins.prove(session, PASSWORD, inside.at(later), later)
    assert sign_ins.make_token(session, "x", 1, inside.at(later), later)


def test_a_wrong_password_proves_nothing(session, person, now):
    inside = enter(session, person)
    with pytest.raises(Invalid) as refused:
        sign_ins.prove(session, "wrong", inside.viewer, now + MINUTE)
    assert [problem.field for problem in refused.value.problems] == ["password"]
    assert inside.sign_in.proven_at == now


def test_one_session_is_proven_and_not_the_others(session, person, now):
    one, two = enter(session, person), enter(session, person)
    sign_ins.prove(session, PASSWORD, one.viewer, now + MINUTE)
    assert (one.sign_in.proven_at, two.sign_in.proven_at) == (now + MINUTE, now)


# tokens of the API


@pytest.fixture
def inside(session, person):
    return enter(session, person)


def test_a_token_is_the_same_person_but_never_fresh(session, inside, now):
    row, token = sign_ins.make_token(session, " 导出程序 ", 30, inside.viewer, now)
    viewer = viewer_of(session, token, now)
    assert (viewer.person_id, viewer.roles) == (inside.person.id, inside.viewer.roles)
    assert (viewer.proven_at, row.name, row.kind) == (None, "导出程序", SignInKind.TOKEN)
    with pytest.raises(NotFresh):
        sign_ins.make_token(session, "another", 30, viewer, now)
    with pytest.raises(NotAllowed):
        sign_ins.prove(session, PASSWORD, viewer, now)


def test_a_token_rests_without_ending_and_expires(session, inside, now):
    _, token = sign_ins.make_token(session, "x", 30, inside.viewer, now)
    assert viewer_of(session, token, now + 29 * DAY) is not None
    assert viewer_of(session, token, now + 30 * DAY) is None


def test_a_cookie_is_no_token_and_a_token_no_cookie(session, inside, now):
    _, token = sign_ins.make_token(session, "x", 30, inside.viewer, now)
    found = [
        viewer_of(session, given, now, kind=kind) is not None
        for given in (inside.token, token)
        for kind in SignInKind
    ]
    assert found == [True, False, False, True]


def test_tokens_are_listed_apart_and_revoked(session, inside, now):
    row, token = sign_ins.make_token(session, "x", 30, inside.viewer, now)
    assert [each.id for each in tokens_of(session, inside.viewer, now)] == [row.id]
    assert [each.id for each in sign_ins_of(session, inside.viewer, now)] == [inside.sign_in.id]
    sign_ins.revoke(session, row.id, inside.viewer, now)
    assert viewer_of(session, token, now) is None


@pytest.mark.parametrize(
    ("name", "days", "field"),
    [
        ("", 30, "name"), ("x" * 61, 30, "name"),
        ("x", 0, "days"), ("x", -1, "days"), ("x", 366, "days"),
    ],
)  # fmt: skip
def test_what_is_no_token_request(session, inside, now, name, days, field):
    with pytest.raises(Invalid) as refused:
        sign_ins.make_token(session, name, days, inside.viewer, now)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_twenty_tokens_are_enough(session, inside, now):
    for _ in range(20):
        sign_ins.make_token(session, "x", 30, inside.viewer, now)
    with pytest.raises(Invalid):
        sign_ins.make_token(session, "x", 30, inside.viewer, now)


def test_the_ledger_has_no_token(session, inside, now):
    row, token = sign_ins.make_token(session, "x", 30, inside.viewer, now)
    told = str([c.model_dump() for c in changes(session, "sign-in.open")])
    told += str([c.model_dump() for c in changes(session, "sign-in.make-token")])
    secrets = (inside.token, token, row.digest, inside.sign_in.digest, EMAIL)
    assert [word for word in secrets if word in told] == []


def test_a_sign_in_is_noted_for_the_person_and_where_from(session, inside):
    [change] = changes(session, "sign-in.open")
    assert (change.person_id, change.origin) == (inside.person.id, DOOR.origin)


def test_suspension_ends_every_session_and_token(session, inside, now, operator):
    _, token = sign_ins.make_token(session, "x", 30, inside.viewer, now)
    grants.suspend(session, inside.person.key, operator, now, "冒用他人身份")
    assert inside.at(now) is None
    assert viewer_of(session, token, now) is None
    grants.resume(session, inside.person.key, operator, now)
    assert inside.at(now) is None
    assert session.get(SignIn, inside.sign_in.id).revoked_at == now


def test_keys_are_no_part_of_a_session(session, inside, now):
    """Losing the secret signs nobody out."""
    assert viewer_of(session, inside.token, now) is not None
    assert KEYS.read("session", inside.token) is None
