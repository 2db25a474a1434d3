"""Passwords, tokens and codes as they are made and compared."""

from __future__ import annotations

import hashlib
import threading

import pytest

from market import credentials, weak_passwords
from market.credentials import Cost, Hashing, hash_password, is_password, password_problems
from tests.market.accounts import PASSWORD

SMALL = Cost(memory_kib=8, passes=1)


def test_the_cost_of_production_is_what_owasp_asks_for():
    assert Cost() == Cost(memory_kib=19_456, passes=2)
    assert Hashing(Cost()).make("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_tests_hash_at_a_cost_of_their_own():
    assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=8,t=1,p=1$")


def test_a_password_is_known_again_and_no_other():
    stored = hash_password(PASSWORD)
    assert is_password(PASSWORD, stored)
    assert not is_password(PASSWORD + " ", stored)


def test_two_hashes_of_one_password_differ():
    assert hash_password(PASSWORD) != hash_password(PASSWORD)


def test_an_input_method_that_types_full_width_changes_nothing():
    assert is_password("ａｂｃ１２３ 甲乙丙丁", hash_password("abc123 甲乙丙丁"))


def test_half_a_character_breaks_nothing():
    broken = "half \ud800 of an emoji"
    assert is_password(broken, hash_password(broken))
    assert password_problems(broken) == []
    assert len(credentials.digest_of(broken)) == 64


@pytest.mark.parametrize("stored", [None, "", "plain text", "$2b$12$" + "a" * 53])
def test_nobodys_password_is_never_right(stored):
    assert not is_password("", stored)
    assert not is_password(PASSWORD, stored)


@pytest.mark.parametrize(
    "stored", [None, "plain", hash_password(PASSWORD)], ids=["none", "no hash", "hash"]
)
@pytest.mark.parametrize("password", [PASSWORD, "", "x" * 5000], ids=["right", "empty", "long"])
def test_every_comparison_is_one_hashing(password, stored):
    before = credentials.hashing.done
    is_password(password, stored)
    assert credentials.hashing.done == before + 1


def test_no_more_than_four_hash_at_once(monkeypatch):
    hashing = Hashing(SMALL)
    running, most, gate = [0], [0], threading.Barrier(4, timeout=10)

    def slow(password: str) -> str:
        running[0] += 1
        most[0] = max(most[0], running[0])
        gate.wait()
        running[0] -= 1
        return ""

    monkeypatch.setattr(hashing._kind, "hash", slow)
    threads = [threading.Thread(target=hashing.make, args=("x",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [4]


def test_a_hash_of_another_cost_is_renewed_and_a_present_one_is_not():
    old = Hashing(Cost(memory_kib=16, passes=1)).make(PASSWORD)
    better = credentials.renewed(PASSWORD, old)
    assert better is not None
    assert is_password(PASSWORD, better)
    assert credentials.renewed(PASSWORD, better) is None


GOOD = (
    PASSWORD, "correct horse battery staple", "我家住在北江边上的老街", "T7#kd!pQ2z",
    "南无 2b or not 2b",
)  # fmt: skip
TRIVIAL = (
    "aaaaaaaaaaaa", "ababababab", "abcabcabcabc", "1234567890", "0987654321", "qwertyuiop",
    "1qaz2wsx3edc", "a123456789", "password123", "Password12345", "kejie12345", "woaini1314520",
    "qwerasdfzxcv", "admin88888888", "aaabbbcccddd", "!@#$%^&*()", "abcdefghij", "1111122222",
    "密码密码密码密码密码", "zyxwvutsrq",
)  # fmt: skip


@pytest.mark.parametrize("password", GOOD)
def test_a_good_password_is_taken(password):
    assert password_problems(password, ("林晓", "lin@example.com")) == []


@pytest.mark.parametrize("password", TRIVIAL)
def test_a_trivial_pattern_is_refused(password):
    [problem] = password_problems(password)
    assert "太容易猜到" in problem.reason


@pytest.mark.parametrize(
    ("password", "words"), [("x7#Kd2!pq", "至少 10"), ("长" * 129, "最多 128")]
)
def test_lengths(password, words):
    [problem] = password_problems(password)
    assert words in problem.reason


@pytest.mark.parametrize(
    ("password", "about"),
    [
        ("linxiao-71-wild", "linxiao@example.com"),
        ("71 wild LINXIAO", "LinXiao@example.com"),
        ("林晓家门前的九曲桥很好看", "林晓"),
        ("swan 13812345678 x", "+8613812345678"),
        ("a 12345678 b swan!", "+8613812345678"),
        ("Zhao likes tea 71", "Zhao Min"),
    ],
)
def test_a_password_does_not_tell_of_its_owner(password, about):
    [problem] = password_problems(password, (about, None))
    assert "请不要包含" in problem.reason


def test_two_letters_before_the_at_sign_are_not_held_against_anybody():
    assert password_problems(PASSWORD, ("wi@example.com",)) == []


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest().upper()


@pytest.fixture(params=["hash only", "with counts", "windows"])
def leaked(request, tmp_path, monkeypatch):
    """A sorted file of 500 leaked passwords, in the forms that it comes in."""
    count = {"hash only": "", "with counts": ":17", "windows": ":2"}[request.param]
    end = "\r\n" if request.param == "windows" else "\n"
    words = [f"leaked word {n} 甲" for n in range(500)]
    lines = sorted(sha1(word) + (count + str(n) if count else "") for n, word in enumerate(words))
    path = tmp_path / "leaked.txt"
    path.write_bytes(end.join(lines).encode())
    monkeypatch.setenv(weak_passwords.VARIABLE, str(path))
    return words


def test_every_leaked_password_is_found_and_no_other(leaked):
    assert all(weak_passwords.is_breached(word) for word in leaked)
    assert not any(weak_passwords.is_breached(f"{word}!") for word in leaked)


def test_a_leaked_password_is_refused(leaked):
    [problem] = password_problems(leaked[7])
    assert "已泄露" in problem.reason


@pytest.mark.parametrize("text", ["", "\n", f"{sha1('甲')}\n", f"{sha1('甲')}:1"])
def test_the_smallest_lists(text, tmp_path, monkeypatch):
    (tmp_path / "list").write_text(text)
    monkeypatch.setenv(weak_passwords.VARIABLE, str(tmp_path / "list"))
    assert weak_passwords.is_breached("甲") is (len(text) > 40)
    assert not weak_passwords.is_breached("乙")


def test_without_a_list_nothing_is_leaked(monkeypatch):
    monkeypatch.delenv(weak_passwords.VARIABLE, raising=False)
    assert not weak_passwords.is_breached("123456")


def test_tokens_are_long_and_never_the_same():
    made = {credentials.new_token() for _ in range(200)}
    assert len(made) == 200
    assert {len(token) for token in made} == {43}


def test_a_code_is_six_digits_with_zeros_in_front(monkeypatch):
    monkeypatch.setattr(credentials.secrets, "randbelow", lambda most: 42)
    assert credentials.new_code() == "000042"


def test_a_typed_code_is_read_as_it_was_meant():
    assert credentials.typed(" １２３ 456\n") == "123456"
