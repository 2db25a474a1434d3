"""A provider of OpenID Connect for tests: a real server on 127.0.0.1 with keys of its own, that
lies in whatever way it is told to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

CLIENT, SECRET = "kejie", "a secret: with + signs % and /"


@dataclass
class FakeProvider:
    """What the provider knows and says. `lie` replaces claims of the ID token (None leaves one
    out), `sign` is how it signs, `person` who sits before its own sign-in page."""

    now: datetime
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "0017", "name": "林晓"})
    lie: dict[str, Any] = field(default_factory=dict)
    sign: str = "RS256"
    hides_email: bool = False
    is_down: bool = False
    address: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    shared: OctKey | None = None
    """A secret that everybody can read, to sign with by HS256."""
    signing: RSAKey | None = None
    """A key that is not published, to sign with instead."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The addresses that were asked for, and at the end of the list the last one."""

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        self.key = RSAKey.generate_key(2048, auto_kid=True)

    def about(self, request: Request) -> Response:
        here = self.address
        return JSONResponse(
            {
                "issuer": here, "authorization_endpoint": f"{here}/authorize",
                "token_endpoint": f"{here}/token", "jwks_uri": f"{here}/keys",
                "userinfo_endpoint": f"{here}/userinfo", "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )  # fmt: skip

    def authorize(self, request: Request) -> Response:
        """The person is signed in here already, and is sent back with a code."""
        asked = dict(request.query_params)
        code = token_urlsafe()
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def token(self, request: Request) -> Response:
        form = dict(await request.form())
        asked = self.codes.pop(str(form.get("code")), None)
        if asked is None or not self._is_right(request, form, asked):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = token_urlsafe()
        return JSONResponse(
            {
                "access_token": access,
                "token_type": "Bearer",
                "id_token": self._signed(asked, access),
            }
        )

    def keys(self, request: Request) -> Response:
        shared = [self.shared.as_dict(private=True)] if self.shared else []
        return JSONResponse({"keys": [self.key.as_dict(private=False, use="sig"), *shared]})

    def userinfo(self, request: Request) -> Response:
        return JSONResponse(self.person)

    def _is_right(self, request: Request, form: dict[str, Any], asked: dict[str, str]) -> bool:
        """Whether the client is the one that asked, and holds what it asked with."""
        login = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = _base64(digest)
        return (
            login == f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}"
            and challenge == asked["code_challenge"]
            and form["redirect_uri"] == asked["redirect_uri"]
        )

    def _signed(self, asked: dict[str, str], access: str) -> str:
        at = int(self.now.timestamp())
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims: dict[str, Any] = {
            "iss": self.address, "aud": asked["client_id"], "nonce": asked["nonce"], "iat": at,
            "exp": at + 300, "auth_time": at,
            "at_hash": _base64(half), **self.person,
        }  # fmt: skip
        if self.hides_email:
            claims = {n: v for n, v in claims.items() if not n.startswith("email")}
        claims = {n: v for n, v in {**claims, **self.lie}.items() if v is not None}
        header = {"alg": self.sign, "kid": str((self.shared or self.key).kid)}
        if self.sign in ("none", "HS256"):
            return self._unsigned(header, claims)
        return jwt.encode(header, claims, self.signing or self.key, algorithms=[self.sign])

    def _unsigned(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """Without a private key: no signature, or an HMAC with what everybody can read. Made by
        hand, for a library would refuse to."""
        text = f"{_packed(header)}.{_packed(claims)}"
        public = self.shared.raw_value if self.shared else self.key.as_pem(private=False)
        mark = hmac.new(public, text.encode(), hashlib.sha256).digest()
        return f"{text}.{_base64(mark) if self.sign == 'HS256' else ''}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _packed(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


@contextmanager
def running(provider: FakeProvider) -> Iterator[FakeProvider]:
    """The provider as a server of its own on a free port."""

    async def gate(scope: Scope, receive: Receive, send: Send) -> None:
        provider.asked.append(scope.get("path", ""))
        answer = Response(status_code=503) if provider.is_down else app
        await answer(scope, receive, send)

    app = Starlette(routes=[
        Route("/.well-known/openid-configuration", provider.about),
        Route("/authorize", provider.authorize), Route("/keys", provider.keys),
        Route("/token", provider.token, methods=["POST"]), Route("/userinfo", provider.userinfo),
    ])  # fmt: skip
    settings = uvicorn.Config(gate, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server, socket = uvicorn.Server(settings), settings.bind_socket()
    provider.address = f"http://127.0.0.1:{socket.getsockname()[1]}"
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    yield provider
    server.should_exit = True
    thread.join(timeout=10)
