"""Everything about oneself, and nothing about others."""

from __future__ import annotations

import json

import pytest
from sqlmodel import SQLModel

from market.errors import NotSignedIn
from market.queries.own_data import PARTS, own_data, own_data_tables
from tests.market.accounts import EMAIL, KEYS, code_to, enter, registered
from tests.market.test_erasure import live

LEFT_OUT = {
    "appeal.against", "appeal.decided_by", "certification.decided_by", "disclosure.decided_by",
    "grant.granted_by", "invitation.accepted_by", "membership.decided_by", "merge.prepared_by",
    "merge.decided_by", "need.taken_down_by", "achievement.taken_down_by", "report.decided_by",
}  # fmt: skip
"""What somebody did for the bureau or an organisation: the export has it under `changes`."""


@pytest.fixture
def inside(session):
    return enter(session, registered(session), agent="Firefox 71", address="10.71.0.1")


def test_it_is_json(session, inside, make, now):
    live(session, inside, make, now)
    told = own_data(session, inside.viewer)
    assert json.loads(json.dumps(told)) == told
    assert told["account"]["email"] == EMAIL


def test_what_is_kept_is_in_it(session, inside, make, now):
    live(session, inside, make, now)
    told = json.dumps(own_data(session, inside.viewer), ensure_ascii=False)
    words = (EMAIL, "+8613812345678", "林晓", "Firefox 71", "10.71.0.1", "subject-71",
             "lin.new@example.com", "给林晓的通知", "导出程序七一")  # fmt: skip
    assert [word for word in words if word not in told] == []


def test_no_secret_is_in_it(session, inside, make, now):
    live(session, inside, make, now)
    told = json.dumps(own_data(session, inside.viewer))
    secrets = [
        inside.token, inside.sign_in.digest, inside.person.password_hash,
        inside.person.totp_secret, "argon2", "/reset/",
    ]  # fmt: skip
    assert [word for word in secrets if word in told] == []


def test_codes_on_their_way_are_not_in_it(session, make, now):
    inside = enter(session, registered(session))
    code = code_to(session, EMAIL)
    assert f'"{code}' not in json.dumps(own_data(session, inside.viewer))
    assert f" {code}" not in json.dumps(own_data(session, inside.viewer))


def test_others_are_not_in_it(session, inside, make, now):
    other = enter(session, registered(session, "other@example.com", name="别人家"))
    live(session, inside, make, now)
    told = json.dumps(own_data(session, other.viewer), ensure_ascii=False)
    assert [word for word in (EMAIL, "林晓", "10.71.0.1") if word in told] == []


def test_tables_have_the_same_columns_in_every_row(session, inside, make, now):
    live(session, inside, make, now)
    for name, rows in own_data_tables(session, inside.viewer).items():
        assert len({tuple(row) for row in rows}) <= 1, name


def test_every_column_that_names_a_person_is_told_or_left_out_on_purpose():
    """A new table about people must be decided about here."""
    people = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "person"
    }
    told = {
        f"{part.table.__tablename__}.{column.name}"
        for part in PARTS.values()
        for column in part.theirs(1).get_children()
        if hasattr(column, "name") and hasattr(column, "table")
    }
    for part in PARTS.values():
        for clause in part.theirs(1).get_children():
            told |= {
                f"{part.table.__tablename__}.{column.name}"
                for column in clause.get_children()
                if hasattr(column, "name") and hasattr(column, "table")
            }
    assert people - told == LEFT_OUT


def test_visitors_have_no_data(session, visitor):
    with pytest.raises(NotSignedIn):
        own_data(session, visitor)


def test_the_second_step_is_told_without_its_secret(session, inside, now):
    inside.person.totp_secret = KEYS.seal("x")
    session.flush()
    account = own_data(session, inside.viewer)["account"]
    assert (account["has_second_step"], account["has_password"]) == (True, True)
    assert "totp_secret" not in account
