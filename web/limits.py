"""How often something may be tried, each limit under its name, counted by the library `limits`.

`hit(request, name, *keys)` counts one try for these keys (an account, an address) and raises
TooMany once the window is full. What identifies somebody is only kept as a digest.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from market.errors import TooMany
from market.roles import Viewer
from web.viewers import address_of

OFF = "off"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries in so long, and what somebody is told who tried more often."""

    item: RateLimitItem
    reason: str


def _limit(rate: str, reason: str) -> Limit:
    return Limit(parse(rate), reason)


WRONG_OFTEN = "登录尝试过于频繁。"
CODES_OFTEN = "验证码发送过于频繁。"
LIMITS = {
    # signing in: by account and address; by address; by account from browsers nobody knows; by
    # account and a browser in which that account signed in before
    "sign-in": _limit("10 per 15 minutes", WRONG_OFTEN),
    "sign-in-address": _limit("300 per 15 minutes", WRONG_OFTEN),
    "sign-in-strangers": _limit("30 per hour", WRONG_OFTEN),
    "sign-in-device": _limit("10 per 15 minutes", WRONG_OFTEN),
    "confirm": _limit("10 per 15 minutes", "密码输入过于频繁。"),
    # codes and links that are sent
    "code-target": _limit("5 per 30 minutes", CODES_OFTEN),
    "code-address": _limit("40 per hour", CODES_OFTEN),
    "code-try": _limit("20 per 15 minutes", "验证码输入过于频繁。"),
    # the rest, by person or address
    "registration": _limit("60 per hour", "注册过于频繁。"),
    "report": _limit("20 per hour", "举报提交过于频繁。"),
    "receipt": _limit("60 per hour", "查询过于频繁。"),
    "upload": _limit("60 per hour", "上传过于频繁。"),
    "kept-form": _limit("120 per hour", "操作过于频繁。"),
    "write": _limit("240 per minute", "操作过于频繁。"),
    "match": _limit("1200 per minute", "匹配请求过于频繁。"),
    "export": _limit("20 per hour", "导出过于频繁。"),
}


class Limits:
    """Counts in one store: the memory of this process, or what several processes share."""

    def __init__(self, storage: str) -> None:
        self.is_on = storage != OFF
        self._window = MovingWindowRateLimiter(
            storage_from_string(storage if self.is_on else "memory://")
        )

    def hit(self, name: str, *keys: object) -> None:
        """Count one try. Raises TooMany, which is not counted."""
        limit = LIMITS[name]
        if self.is_on and not self._window.hit(limit.item, *_kept(name, keys)):
            raise TooMany(*self._told(limit, name, keys))

    def forgive(self, name: str, *keys: object) -> None:
        """Forget the tries of these keys: the last one was right."""
        self._window.clear(LIMITS[name].item, *_kept(name, keys))

    def _told(self, limit: Limit, name: str, keys: tuple[object, ...]) -> tuple[str, int]:
        until = self._window.get_window_stats(limit.item, *_kept(name, keys)).reset_time
        seconds = max(1, round(until - time.time()))
        return f"{limit.reason}请在{_wait(seconds)}后再试。", seconds


def hit(request: Request, name: str, *keys: object) -> None:
    """Count one try for these keys; without any, for the address that asks."""
    _of(request).hit(name, *(keys or (network_of(request),)))


def forgive(request: Request, name: str, *keys: object) -> None:
    """Forget the tries of these keys."""
    _of(request).forgive(name, *keys)


def whoever(request: Request, viewer: Viewer) -> tuple[object, ...]:
    """Who is counted: a person wherever they are, a visitor by address."""
    return ("person", viewer.person_id) if viewer.is_signed_in else (network_of(request),)


def network_of(request: Request) -> str:
    """The address that asks; of IPv6 the half that one household has."""
    given = address_of(request)
    try:
        found = ip_address(given)
    except ValueError:
        return given
    return str(IPv6Address(int(found) >> 64 << 64)) if found.version == 6 else given


def _of(request: Request) -> Limits:
    found: Limits = request.app.state.limits
    return found


def _kept(name: str, keys: tuple[object, ...]) -> tuple[str, str]:
    text = "\0".join(str(key).strip().lower() for key in keys)
    return name, sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _wait(seconds: int) -> str:
    return f" {seconds} 秒" if seconds < 90 else f" {-(-seconds // 60)} 分钟"
