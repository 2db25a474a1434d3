"""Where a person can be reached: an e-mail address or a mobile number, in the one form that is
stored, compared and sent to. That it exists, only a code that comes back proves."""

from __future__ import annotations

import re
import unicodedata

import idna

from market.errors import Invalid, Problem
from market.models.enums import Channel

MOST = 254
LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
NUMBERS = {
    "+86": re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})"),
    "+852": re.compile(r"(?:\+|00)?852([4-9]\d{7})"),
    "+853": re.compile(r"(?:\+|00)?853(6\d{7})"),
}
ABROAD = ("+852", "+853")
WRONG_EMAIL = "请填写完整的邮箱地址，例如 name@example.com。"
WRONG_MOBILE = "请填写邮箱地址或 11 位手机号；香港号码以 +852 开头，澳门号码以 +853 开头。"


def checked_target(text: str, field: str = "target") -> str:
    """The address or number as it is stored. Raises Invalid."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        raise Invalid([Problem(field, "请填写邮箱或手机号。")])
    target = _email(text) if "@" in text else _mobile(text)
    if target is None:
        raise Invalid([Problem(field, WRONG_EMAIL if "@" in text else WRONG_MOBILE)])
    return target


def known_target(text: str) -> str | None:
    """The same, or None where it is neither: for a question that is never answered with why."""
    try:
        return checked_target(text)
    except Invalid:
        return None


def channel_of(target: str) -> Channel:
    """How a stored target is reached."""
    return Channel.EMAIL if "@" in target else Channel.SMS


def is_abroad(target: str) -> bool:
    """Whether it is a number of Hong Kong or Macau: reaching it takes it across the border."""
    return target.startswith(ABROAD)


def _email(text: str) -> str | None:
    local, _, domain = text.lower().rpartition("@")
    if not LOCAL.fullmatch(local) or len(local) > 64 or "." not in domain:
        return None
    try:
        domain = idna.encode(domain.rstrip("."), uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
    ends_well = "." in domain and not domain.rpartition(".")[2].isdigit()
    return f"{local}@{domain}" if ends_well and len(local) + len(domain) < MOST else None


def _mobile(text: str) -> str | None:
    digits = re.sub(r"[\s()-]", "", text)
    for prefix, number in NUMBERS.items():
        if digits.isascii() and (found := number.fullmatch(digits)):
            return prefix + found[1]
    return None
