"""What a person agreed to, and takes back."""

from __future__ import annotations

import pytest

from market.actions import consents
from market.errors import NotAllowed, NotSignedIn
from market.models import Consent, ConsentTopic, DigestRhythm
from market.queries.consents import consents_of
from tests.market.accounts import DOOR, MINUTE, changes, enter, registered

DIGEST = ConsentTopic.DIGEST


@pytest.fixture
def inside(session):
    return enter(session, registered(session))


def test_a_consent_is_given_in_todays_version(session, inside, now):
    consents.give(session, DIGEST, inside.viewer, now)
    row = consents_of(session, inside.viewer)[0]
    assert (row.topic, row.version, row.given_at) == (DIGEST, "2026-11", now)


def test_giving_it_twice_is_one_consent(session, inside, now):
    for _ in range(2):
        consents.give(session, DIGEST, inside.viewer, now)
    assert [row.topic for row in consents_of(session, inside.viewer)].count(DIGEST) == 1


def test_a_new_version_is_a_new_consent_and_the_old_stays_on_record(session, inside, now):
    old = Consent(person_id=inside.person.key, topic=DIGEST, version="2020-01", given_at=now)
    session.add(old)
    session.flush()
    assert not consents.stands(session, inside.person.key, DIGEST)
    consents.give(session, DIGEST, inside.viewer, now)
    assert consents.stands(session, inside.person.key, DIGEST)
    assert old in consents_of(session, inside.viewer)


def test_a_consent_is_taken_back_and_kept(session, inside, now):
    consents.give(session, DIGEST, inside.viewer, now)
    consents.withdraw(session, DIGEST, inside.viewer, now + MINUTE)
    row = consents_of(session, inside.viewer)[0]
    assert row.withdrawn_at == now + MINUTE
    assert not consents.stands(session, inside.person.key, DIGEST)


def test_taking_back_the_digest_stops_it(session, inside, now):
    consents.give(session, DIGEST, inside.viewer, now)
    consents.withdraw(session, DIGEST, inside.viewer, now)
    assert inside.person.digest is DigestRhythm.OFF


def test_what_was_not_given_is_not_taken_back(session, inside, now):
    consents.withdraw(session, DIGEST, inside.viewer, now)
    assert changes(session, "consent.withdraw") == []


def test_without_the_privacy_notice_there_is_no_account(session, inside, now):
    with pytest.raises(NotAllowed, match="注销"):
        consents.withdraw(session, ConsentTopic.PRIVACY, inside.viewer, now)


def test_a_number_abroad_keeps_its_consent(session, now):
    inside = enter(session, registered(session, "+85291234567", cross_border=True))
    with pytest.raises(NotAllowed, match="港澳号码"):
        consents.withdraw(session, ConsentTopic.CROSS_BORDER, inside.viewer, now)
    inside.person.mobile = "+8613812345678"
    session.flush()
    consents.withdraw(session, ConsentTopic.CROSS_BORDER, inside.viewer, now)


def test_ones_own_consents_alone(session, inside, make):
    other = enter(session, make.person())
    assert consents_of(session, other.viewer) == []


@pytest.mark.parametrize("act", [consents.give, consents.withdraw])
def test_visitors_agree_to_nothing(session, now, act):
    with pytest.raises(NotSignedIn):
        act(session, DIGEST, DOOR, now)


def test_both_are_in_the_ledger(session, inside, now):
    consents.give(session, DIGEST, inside.viewer, now)
    consents.withdraw(session, DIGEST, inside.viewer, now)
    given, taken = changes(session, "consent.give")[-1], changes(session, "consent.withdraw")[-1]
    assert given.after == {"topic": "digest", "version": "2026-11"}
    assert taken.after == {"topic": "digest"}
