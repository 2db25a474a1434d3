"""The installation's one secret, and what is made with it: digests of codes, signed and sealed
texts. Each purpose has a key of its own, so that a text made for one is worth nothing for another.

The secret lives beside the database (`secret.key`). Without it codes that are on their way stop
working and second steps must be set up again; passwords and sessions do not depend on it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadData, URLSafeTimedSerializer

FILE_NAME = "secret.key"
BYTES = 32


class BadKey(ValueError):
    """The file of the secret holds something else; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What this installation signs and seals with."""

    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, data: Path) -> Keys:
        """The secret of a data folder, made on first use; several processes get the same one."""
        path = data / FILE_NAME
        if not path.exists():
            _make(path)
        secret = path.read_bytes()
        if len(secret) != BYTES:
            raise BadKey(f"{path} 应为 {BYTES} 字节的密钥；请从备份恢复，或删除后重新启动。")
        return cls(secret)

    def digest(self, purpose: str, text: str) -> str:
        """HMAC-SHA-256 in hexadecimal: what is stored of a code, which alone is soon guessed."""
        message = text.encode("utf-8", "replace")
        return hmac.new(self._key("digest", purpose), message, hashlib.sha256).hexdigest()

    def sign(self, purpose: str, value: Any) -> str:
        """A JSON value that everybody can read and nobody can change, safe in an address."""
        return str(self._signer(purpose).dumps(value))

    def read(self, purpose: str, token: str, max_age_seconds: int | None = None) -> Any:
        """The signed value, or None if it was changed, was made for something else or is old."""
        try:
            return self._signer(purpose).loads(token, max_age=max_age_seconds)
        except (BadData, UnicodeError):
            return None

    def seal(self, text: str) -> str:
        """The text so that only this installation can read it."""
        return Fernet(base64.urlsafe_b64encode(self._key("seal"))).encrypt(text.encode()).decode()

    def open(self, text: str) -> str | None:
        """A sealed text, or None if it was sealed with another secret."""
        try:
            box = Fernet(base64.urlsafe_b64encode(self._key("seal")))
            return box.decrypt(text.encode()).decode()
        except InvalidToken:
            return None

    def _signer(self, purpose: str) -> URLSafeTimedSerializer:
        options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeTimedSerializer(self._key("sign", purpose), signer_kwargs=options)

    def _key(self, *names: str) -> bytes:
        return hmac.new(self.secret, "\0".join(names).encode(), hashlib.sha256).digest()


def _make(path: Path) -> None:
    """Write a new secret under another name and link it: it appears whole, and only once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{FILE_NAME}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
