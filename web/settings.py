"""The settings of the server, each read from one environment variable.

| variable | default | meaning |
|---|---|---|
| KEJIE_DATA | data | the folder of the SQLite file and of the index |
| KEJIE_DATABASE_URL | (a SQLite file in KEJIE_DATA) | any SQLAlchemy address, PostgreSQL included |
| KEJIE_MODEL | (the default encoder) | an encoder's name or folder; "hashing" for tests |
| KEJIE_HOST | 127.0.0.1 | the address that the server listens on |
| KEJIE_PORT | 8000 | its port |
| KEJIE_ALLOWED_HOSTS | (see below) | host names that the site answers to, commas between them |
| KEJIE_INDEXER | inline | "inline": a thread of the server writes the index; "off": a worker does |

Without KEJIE_ALLOWED_HOSTS a server that listens on this machine alone answers to localhost,
127.0.0.1 and [::1]; one that listens on any other address answers to every name and logs a
warning. Behind a proxy that passes the name on, set it. "*" is every name, without a warning.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    indexer: str = "inline"

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

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """The settings that the environment holds; an empty variable counts as absent."""
        given = {name: environ.get(f"KEJIE_{name.upper()}", "").strip() for name in cls.__slots__}
        readers: dict[str, Callable[[str], Any]] = {
            "data": Path, "port": _port, "indexer": _indexer, "allowed_hosts": _hosts,
        }  # fmt: skip
        return cls(**{n: readers.get(n, str)(value) for n, value in given.items() if value})


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise BadSetting(f"KEJIE_PORT 应为 1 到 65535 的整数，现为 {value!r}")
    return int(value)


def _indexer(value: str) -> str:
    if value not in ("inline", "off"):
        raise BadSetting(f"KEJIE_INDEXER 应为 inline 或 off，现为 {value!r}")
    return value


def _hosts(value: str) -> tuple[str, ...]:
    return tuple(host.strip() for host in value.split(",") if host.strip())
