"""The settings of the server, each read from one environment variable.

| variable | default | meaning |
|---|---|---|
| KEJIE_DATA | data | the folder of the SQLite file and of the index |
| KEJIE_DATABASE_URL | (a SQLite file in KEJIE_DATA) | any SQLAlchemy address, PostgreSQL included |
| KEJIE_MODEL | (the default encoder) | an encoder's name or folder; "hashing" for tests |
| KEJIE_HOST | 127.0.0.1 | the address that the server listens on |
| KEJIE_PORT | 8000 | its port |
| KEJIE_ALLOWED_HOSTS | (see below) | host names that the site answers to, commas between them |
| KEJIE_WORKER | inline | "inline": the server writes the index, sends mails and keeps deadlines |
| | | itself; "off": a worker does |
| KEJIE_PUBLIC_URL | http://HOST:PORT | where people reach the site; mails link to it (see below) |
| KEJIE_TRUSTED_PROXIES | 127.0.0.1 | proxies whose X-Forwarded-For and -Proto are believed |
| KEJIE_LIMITS_STORAGE | memory:// | where tries are counted: redis://… for many processes, "off" |
| KEJIE_OIDC_ISSUER | (none) | a provider of OpenID Connect that people may sign in with |
| KEJIE_OIDC_CLIENT_ID | (none) | what this site is called there |
| KEJIE_OIDC_CLIENT_SECRET_FILE | (none) | a file with the secret; a public client has none |
| KEJIE_OIDC_NAME | 统一身份认证 | what people call it |
| KEJIE_OPERATOR_NAME | (none) | who runs the site, named on the privacy notice |
| KEJIE_OPERATOR_CONTACT | (none) | whom to write to about personal data |

Without KEJIE_ALLOWED_HOSTS a server that listens on this machine alone answers to localhost,
127.0.0.1 and [::1]; one that listens on any other address answers to every name and logs a
warning. Behind a proxy that passes the name on, set it. "*" is every name, without a warning.

A KEJIE_PUBLIC_URL that begins with https says that TLS is in front: cookies are then Secure and
bound to this host, and browsers are told to come back by TLS alone (HSTS).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from market.db import url_for

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


class BadSetting(ValueError):
    """A variable that cannot mean what it says; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What `create_app` needs to know. A field `x` is read from `KEJIE_X`."""

    data: Path = Path("data")
    database_url: str = ""
    model: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    allowed_hosts: tuple[str, ...] = ()
    worker: str = "inline"
    public_url: str = ""
    trusted_proxies: str = "127.0.0.1"
    limits_storage: str = "memory://"
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: Path | None = None
    oidc_name: str = "统一身份认证"
    operator_name: str = ""
    operator_contact: str = ""

    @property
    def database(self) -> str:
        """The address of the database, which is a file of the data folder unless told otherwise."""
        return self.database_url or url_for(self.data)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names that are answered to."""
        return self.allowed_hosts or ((*LOCAL_NAMES, self.host) if self.is_local else ("*",))

    @property
    def answers_anyone(self) -> bool:
        """Whether every host name is answered to though nobody asked for that."""
        return not self.allowed_hosts and not self.is_local

    @property
    def address(self) -> str:
        """Where people reach the site, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def is_secure(self) -> bool:
        """Whether people reach it over TLS."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """The settings that the environment holds; an empty variable counts as absent."""
        given = {name: environ.get(f"KEJIE_{name.upper()}", "").strip() for name in cls.__slots__}
        readers: dict[str, Callable[[str], Any]] = {
            "data": Path, "port": _port, "worker": _worker, "allowed_hosts": _hosts,
            "public_url": _url, "limits_storage": _storage,
            "oidc_issuer": _issuer, "oidc_client_secret_file": Path,
        }  # fmt: skip
        return cls(**{n: readers.get(n, str)(value) for n, value in given.items() if value})


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise BadSetting(f"KEJIE_PORT 应为 1 到 65535 的整数，现为 {value!r}")
    return int(value)


def _worker(value: str) -> str:
    if value not in ("inline", "off"):
        raise BadSetting(f"KEJIE_WORKER 应为 inline 或 off，现为 {value!r}")
    return value


def _hosts(value: str) -> tuple[str, ...]:
    return tuple(host.strip() for host in value.split(",") if host.strip())


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise BadSetting(f"KEJIE_PUBLIC_URL 应如 https://kejie.example.cn，现为 {value!r}")
    return f"{parts.scheme}://{parts.netloc}"


def _storage(value: str) -> str:
    if value != "off" and "://" not in value:
        raise BadSetting(f"KEJIE_LIMITS_STORAGE 应为 memory://、redis://… 或 off，现为 {value!r}")
    return value


def _issuer(value: str) -> str:
    parts = urlsplit(value)
    is_here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or not (parts.scheme == "https" or is_here):
        raise BadSetting(f"KEJIE_OIDC_ISSUER 应以 https:// 开头，现为 {value!r}")
    return value
