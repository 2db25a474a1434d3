"""Asking an identity provider: its discovery document, its keys, its endpoints.

Every answer is bounded in time and size and no redirect is followed, so that a provider that is
down or mad costs one page and leads nobody elsewhere. What an answer means is checked in `oidc`.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

log = logging.getLogger("kejie.oidc")
TIMEOUT = httpx.Timeout(6, connect=3)
LARGEST = 512 * 1024
HOUR = 3_600.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Refused(Exception):
    """Nobody was signed in; `reason` says why, and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(Refused):
    """The provider does not answer, or not as one."""


@dataclass
class Source:
    """Where a provider answers, and what it lately said of itself."""

    issuer: str
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=TIMEOUT, follow_redirects=False)
    )
    _about: tuple[float, dict[str, Any]] | None = None
    _keys: tuple[float, KeySet] | None = None

    def document(self) -> dict[str, Any]:
        """The discovery document, which must be that of the issuer that was set."""
        if self._about is None or time.monotonic() - self._about[0] > HOUR:
            place = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            found = self.ask("GET", place)
            if found.get("issuer") != self.issuer:
                raise unreachable(f"issuer is {found.get('issuer')!r}")
            self._about = time.monotonic(), found
        return self._about[1]

    def endpoint(self, name: str) -> str:
        """An address of the discovery document that secrets may be sent to."""
        address = self.document().get(name)
        if not isinstance(address, str) or not is_safe(address, self.issuer):
            raise unreachable(f"{name} is {address!r}")
        return address

    def keys(self, at_most: float = HOUR) -> KeySet:
        """The provider's keys, no older than so many seconds."""
        if self._keys is None or time.monotonic() - self._keys[0] > at_most:
            found: Any = self.ask("GET", self.endpoint("jwks_uri"))
            try:
                self._keys = time.monotonic(), KeySet.import_key_set(found)
            except (JoseError, KeyError, TypeError, ValueError) as error:
                raise unreachable("no usable keys") from error
        return self._keys[1]

    def ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        """One request: an object of JSON of a bounded size, or Refused."""
        body = b""
        try:
            with self.http.stream(method, address, **more) as answer:
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise unreachable("too large")
        except httpx.HTTPError as error:
            raise unreachable(type(error).__name__) from error
        if method == "POST" and answer.status_code in (400, 401):
            raise untrusted(f"{urlsplit(address).path}: {answer.status_code}")
        return _object(body, answer.status_code)


def is_safe(address: str, issuer: str) -> bool:
    """Whether secrets may be sent there: by TLS, or in plain words to this very machine, where
    the issuer is too."""
    there, home = urlsplit(address), urlsplit(issuer)
    if there.scheme == "https":
        return bool(there.hostname)
    return there.scheme == home.scheme == "http" and there.hostname in LOOPBACK


def unreachable(why: str) -> Unreachable:
    """What somebody is told while the provider cannot be used; the log says why."""
    log.warning("provider unusable: %s", why)
    return Unreachable("统一身份认证暂时不能使用。请稍后再试，或用邮箱、手机号和密码登录。")


def untrusted(why: str) -> Refused:
    """What somebody is told whose answer did not hold; the log says why."""
    log.warning("answer refused: %s", why)
    return Refused("统一身份认证返回的信息没有通过核验，没有登录。请从登录页重新开始。")


def _object(body: bytes, status: int) -> dict[str, Any]:
    try:
        found = json.loads(body) if status == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise unreachable(f"status {status}")
    return found
