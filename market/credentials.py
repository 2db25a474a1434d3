"""Passwords, tokens and codes as they are made and compared. Nothing here is stored or sent.

Every comparison takes the same work whether or not there is something to compare with, so that
nobody learns from the time it takes which accounts exist.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from market import weak_passwords
from market.errors import Problem

LEAST, MOST = 10, 128
AT_ONCE = 4
CODE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hashing costs. The default is OWASP's: 19 MiB, two passes, one lane."""

    memory_kib: int = 19_456
    passes: int = 2


class Hashing:
    """Argon2id. At most four run at once, so that many who sign in together share 76 MiB; `done`
    counts the runs."""

    def __init__(self, cost: Cost) -> None:
        self._kind = PasswordHash((Argon2Hasher(cost.passes, cost.memory_kib, 1),))
        self._nobodys = _shaped_like_a_hash(cost)
        self._slots = BoundedSemaphore(AT_ONCE)
        self._counting = Lock()
        self.done = 0

    def make(self, password: str) -> str:
        """A new salted hash."""
        with self._slots:
            self._count()
            return self._kind.hash(password)

    def matches(self, password: str, stored: str | None) -> bool:
        """Whether the password made that hash; nobody's hash is compared where there is none."""
        with self._slots:
            self._count()
            try:
                same = self._kind.verify(password, stored or self._nobodys)
            except UnknownHashError:
                same = self._kind.verify(password, self._nobodys)
        return same and stored is not None

    def is_old(self, stored: str) -> bool:
        """Whether it was made at another cost."""
        hasher = self._kind.current_hasher
        return not hasher.identify(stored) or hasher.check_needs_rehash(stored)

    def _count(self) -> None:
        with self._counting:
            self.done += 1


def _shaped_like_a_hash(cost: Cost) -> str:
    salt, rest = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (16, 32)
    )
    return f"$argon2id$v=19$m={cost.memory_kib},t={cost.passes},p=1${salt}${rest}"


hashing = Hashing(Cost())


def set_cost(cost: Cost) -> None:
    """Hash at another cost from now on. Only tests make it cheaper."""
    global hashing
    hashing = Hashing(cost)


def hash_password(password: str) -> str:
    """What is stored of a password."""
    return hashing.make(_one_form(password))


def is_password(password: str, stored: str | None) -> bool:
    """Whether this is the password; as much work where there is none, or none can be so long."""
    if len(password) > MOST:
        password, stored = "", None
    return hashing.matches(_one_form(password), stored)


def renewed(password: str, stored: str) -> str | None:
    """A hash at today's cost, where the stored one (of this password) was made at another."""
    return hash_password(password) if hashing.is_old(stored) else None


def password_problems(
    password: str, about: Iterable[str | None] = (), field: str = "password"
) -> list[Problem]:
    """What is wrong with a new password of somebody with these names, addresses and numbers."""
    if len(password) < LEAST:
        return [Problem(field, f"密码至少 {LEAST} 个字符；一句好记的话就很好。")]
    if len(password) > MOST:
        return [Problem(field, f"密码最多 {MOST} 个字符。")]
    password = _one_form(password)
    if weak_passwords.tells_of(password, about):
        return [Problem(field, "密码里请不要包含姓名、邮箱或手机号。")]
    if weak_passwords.is_trivial(password):
        return [Problem(field, "这个密码太容易猜到（重复、连续或键盘上相邻的字符），请换一个。")]
    if weak_passwords.is_breached(password):
        return [Problem(field, "这个密码出现在已泄露的密码名单里，请换一个。")]
    return []


def _one_form(password: str) -> str:
    """One password whatever the keyboard: an input method may type full-width letters. What is no
    character becomes one."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


def new_token() -> str:
    """32 random bytes for an address or a cookie."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is stored of a token: SHA-256 in hexadecimal. A token is too long to be guessed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_code() -> str:
    """Six digits to be typed; stored as `Keys.digest`, for all of them are soon tried."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def typed(code: str) -> str:
    """A code as it was meant: without spaces, and in ordinary digits whatever the keyboard."""
    return "".join(unicodedata.normalize("NFKC", code).split())


def is_same(one: str, other: str) -> bool:
    """Compared in a time that does not tell how much of it is right."""
    return hmac.compare_digest(one.encode(), other.encode())
