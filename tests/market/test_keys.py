"""The secret of an installation, and what is made with it."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from market.keys import FILE_NAME, BadKey, Keys
from tests.market.accounts import KEYS

OTHER = Keys(b"o" * 32)


def test_the_secret_is_made_once(tmp_path):
    assert Keys.of(tmp_path) == Keys.of(tmp_path)


def test_the_secret_is_for_its_owner_alone(tmp_path):
    Keys.of(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_many_at_once_get_the_same_secret_and_leave_one_file(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: Keys.of(tmp_path).secret, range(32)))
    assert len(found) == 1
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


def test_two_installations_have_two_secrets(tmp_path):
    assert Keys.of(tmp_path / "a") != Keys.of(tmp_path / "b")


def test_a_spoilt_secret_is_refused_rather_than_replaced(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(b"short")
    with pytest.raises(BadKey):
        Keys.of(tmp_path)


def test_the_secret_is_not_in_its_representation():
    assert "kkk" not in repr(KEYS)


def test_a_digest_belongs_to_its_purpose_and_its_secret():
    made = {KEYS.digest("a", "1"), KEYS.digest("b", "1"), OTHER.digest("a", "1")}
    assert len(made) == 3
    assert KEYS.digest("a", "1") in made


def test_half_a_character_has_a_digest_too():
    assert len(KEYS.digest("a", "\ud800")) == 64


def test_a_signed_value_comes_back():
    assert KEYS.read("a", KEYS.sign("a", {"id": 7})) == {"id": 7}


@pytest.mark.parametrize("reader", [("b", KEYS), ("a", OTHER)])
def test_a_value_signed_for_something_else_is_nothing(reader):
    purpose, keys = reader
    assert keys.read(purpose, KEYS.sign("a", 1)) is None


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "é", "\ud800", KEYS.sign("a", 1)[:-1]],
    ids=["nothing", "a letter", "dots", "an accent", "a surrogate", "cut off"],
)
def test_what_was_not_signed_here_is_nothing(token):
    assert KEYS.read("a", token) is None


def test_a_signed_value_grows_old():
    assert KEYS.read("a", KEYS.sign("a", 1), -1) is None


def test_a_sealed_text_comes_back_and_does_not_show():
    sealed = KEYS.seal("JBSWY3DP")
    assert KEYS.open(sealed) == "JBSWY3DP"
    assert "JBSWY3DP" not in sealed


def test_a_text_sealed_elsewhere_stays_shut():
    assert OTHER.open(KEYS.seal("x")) is None
    assert KEYS.open("nonsense") is None
