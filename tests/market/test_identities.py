"""Accounts at an identity provider: known, joined, linked, unlinked; nobody is taken over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from market.actions import identities, passwords
from market.actions.identities import Claims, Linking
from market.errors import Invalid, NotAllowed, NotFound, NotFresh
from market.models import Consent, ConsentTopic, Identity, Person
from market.queries.identities import identities_of
from tests.market.accounts import DOOR, EMAIL, MINUTE, SECOND, changes, enter, registered

CLAIMS = Claims("https://id.example.edu.cn", "s-71", EMAIL, True, "林晓")
UNVERIFIED = replace(CLAIMS, email_verified=False)


def join(session, claims, now, name="林晓", privacy=True) -> Person:
    return identities.join(session, claims, name, privacy, DOOR, now)


def test_somebody_new_is_not_known(session, now):
    assert identities.known(session, CLAIMS, now) is None


def test_somebody_new_joins_and_is_known_from_then_on(session, now):
    person = join(session, CLAIMS, now)
    assert identities.known(session, CLAIMS, now) == person
    assert (person.email, person.password_hash) == (EMAIL, None)
    [consent] = session.exec(select(Consent)).all()
    assert consent.topic is ConsentTopic.PRIVACY


def test_nobody_joins_without_a_name_and_the_privacy_notice(session, now):
    with pytest.raises(Invalid) as refused:
        join(session, CLAIMS, now, name=" ", privacy=False)
    assert [problem.field for problem in refused.value.problems] == ["name", "privacy"]


@pytest.mark.parametrize("email", ["LIN@example.com", " lin@EXAMPLE.com"])
def test_an_account_is_never_taken_over_through_an_address(session, now, email):
    person = registered(session)
    claims = replace(CLAIMS, email=email)
    assert identities.known(session, claims, now) == Linking(EMAIL)
    with pytest.raises(NotAllowed):
        join(session, claims, now)
    assert session.exec(select(Identity)).all() == []
    assert person.email == EMAIL


def test_an_unverified_address_says_nothing_and_is_not_kept(session, now):
    person = registered(session)
    assert identities.known(session, UNVERIFIED, now) is None
    assert join(session, UNVERIFIED, now).email is None
    assert person.email == EMAIL


@pytest.mark.parametrize("verified", ["true", 1, "yes", None])
def test_only_true_is_verified(session, now, verified):
    assert join(session, replace(CLAIMS, email_verified=verified), now).email is None


@pytest.mark.parametrize("email", ["", "no address", "a@b", "13812345678"])
def test_what_is_no_address_is_not_kept(session, now, email):
    person = join(session, replace(CLAIMS, email=email), now)
    assert (person.email, person.mobile) == (None, None)


@pytest.mark.parametrize(
    "other", [{"issuer": "https://evil.example"}, {"subject": "s-72"}, {"subject": "S-71"}]
)
def test_the_same_subject_elsewhere_is_somebody_else(session, now, other):
    join(session, replace(CLAIMS, email=""), now)
    assert identities.known(session, replace(CLAIMS, email="", **other), now) is None


def test_the_owner_links_and_then_comes_in_through_it(session, now):
    inside = enter(session, registered(session))
    identities.link(session, CLAIMS, inside.viewer, now)
    assert identities.known(session, CLAIMS, now) == inside.person


def test_linking_twice_is_one_link(session, now):
    inside = enter(session, registered(session))
    rows = [identities.link(session, CLAIMS, inside.viewer, now) for _ in range(2)]
    assert rows[0] == rows[1]
    assert len(changes(session, "identity.link")) == 1


def test_what_is_linked_with_somebody_else_is_not_linked_again(session, make, now):
    join(session, CLAIMS, now)
    other = enter(session, make.person())
    with pytest.raises(NotAllowed):
        identities.link(session, CLAIMS, other.viewer, now)


def test_linking_wants_the_password_shown(session, now):
    inside = enter(session, registered(session))
    late = now + 16 * MINUTE
    with pytest.raises(NotFresh):
        identities.link(session, CLAIMS, inside.at(late), late)


@pytest.mark.parametrize("column", ["suspended_at", "erased_at"])
def test_a_closed_account_is_told_so(session, now, column):
    setattr(join(session, CLAIMS, now), column, now)
    with pytest.raises(NotAllowed):
        identities.known(session, CLAIMS, now)


def test_the_only_way_in_is_not_unlinked(session, now):
    inside = enter(session, join(session, CLAIMS, now))
    [row] = identities_of(session, inside.viewer)
    with pytest.raises(NotAllowed):
        identities.unlink(session, row.id, inside.viewer, now)
    passwords.change(session, "", SECOND, inside.viewer, now)
    identities.unlink(session, row.id, inside.viewer, now)
    assert identities.known(session, replace(CLAIMS, email=""), now) is None


def test_one_of_two_is_unlinked(session, now):
    inside = enter(session, join(session, CLAIMS, now))
    second = identities.link(session, replace(CLAIMS, subject="s-72"), inside.viewer, now)
    identities.unlink(session, second.id, inside.viewer, now)
    assert [row.subject for row in identities_of(session, inside.viewer)] == ["s-71"]


def test_somebody_elses_is_not_there(session, make, now):
    join(session, CLAIMS, now)
    [row] = session.exec(select(Identity)).all()
    other = enter(session, make.person())
    assert identities_of(session, other.viewer) == []
    for id in (row.id, 0, -1, 2**40):
        with pytest.raises(NotFound):
            identities.unlink(session, id, other.viewer, now)


def test_no_subject_and_no_address_is_in_the_ledger(session, now):
    inside = enter(session, registered(session))
    row = identities.link(session, CLAIMS, inside.viewer, now)
    passwords.change(session, "九曲桥边 wild swan 71", SECOND, inside.viewer, now)
    identities.unlink(session, row.id, inside.viewer, now)
    rows = changes(session, "identity.link") + changes(session, "identity.unlink")
    assert len(rows) == 2
    told = str([each.model_dump() for each in rows])
    assert [word for word in ("s-71", EMAIL, "id.example") if word in told] == []
