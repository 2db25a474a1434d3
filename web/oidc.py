"""Signing in elsewhere: one provider of OpenID Connect, by authorization code with PKCE.

Here is decided what is asked of the provider and which of its answers is believed; `oidc_source`
does the talking. What was asked by which browser, and what becomes of the answer, stand in
`market.actions.steps` and `identities`. Nothing that the provider says is believed before `claims`
has checked its signature and every claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError

from market.actions.identities import Claims
from market.keys import Keys
from web.oidc_source import Refused, Source, untrusted
from web.settings import BadSetting, Settings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "ES256", "ES384", "EdDSA")
"""Signatures by a private key alone: with `none` or an HMAC anybody could sign."""
SCOPE = "openid profile email"
SKEW = 60
"""Seconds by which the clocks of two machines may differ."""
PAUSE = 30.0
"""Seconds between two looks at the provider's keys: a forged token cannot make us ask on and on."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One way to the provider and back. `state` travels; `nonce` and `verifier` follow from it by
    the key of the installation, so that neither is stored."""

    state: str
    nonce: str
    verifier: str
    callback: str
    anew: bool = False
    """Whether the provider must ask for the password again."""

    @classmethod
    def of(cls, keys: Keys, state: str, callback: str, *, anew: bool = False) -> Journey:
        """The journey that a state stands for."""
        nonce, verifier = (keys.digest(f"oidc-{name}", state) for name in ("nonce", "verifier"))
        return cls(state, nonce, verifier, callback, anew)


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider that the settings name, and what this site is to it."""

    source: Source
    client_id: str
    secret: str
    name: str

    @property
    def issuer(self) -> str:
        """Whose word it is."""
        return self.source.issuer

    @property
    def host(self) -> str:
        """Where the person is sent to, as they can check it."""
        return urlsplit(self.issuer).netloc

    def address(self, journey: Journey) -> str:
        """Where the browser goes to be asked who it is."""
        more: dict[str, Any] = {"prompt": "login", "max_age": "0"} if journey.anew else {}
        return str(
            prepare_grant_uri(
                self.source.endpoint("authorization_endpoint"), self.client_id, "code",
                redirect_uri=journey.callback, scope=SCOPE, state=journey.state,
                nonce=journey.nonce, code_challenge_method="S256",
                code_challenge=create_s256_code_challenge(journey.verifier), **more,
            )
        )  # fmt: skip

    def claims(self, journey: Journey, code: str, now: datetime) -> Claims:
        """Who the code stands for. Raises Refused."""
        answer = self._redeem(journey, code)
        found = self._checked(str(answer.get("id_token", "")), journey, answer, now)
        subject = str(found["sub"])
        if not 0 < len(subject) <= 255:
            raise untrusted("subject of an impossible length")
        if "email" not in found:
            told = self._userinfo(answer, subject)
            found |= {name: told.get(name) for name in ("email", "email_verified")}
            found.setdefault("name", told.get("name"))
        return Claims(
            issuer=self.issuer, subject=subject,
            email=_text(found, "email", 254).lower(),
            email_verified=found.get("email_verified") in (True, "true"),
            name=_text(found, "name", 60) or _text(found, "preferred_username", 60),
        )  # fmt: skip

    def _redeem(self, journey: Journey, code: str) -> dict[str, Any]:
        """The tokens that the provider gives for a code, once."""
        form = {"grant_type": "authorization_code", "code": code, "client_id": self.client_id,
                "redirect_uri": journey.callback, "code_verifier": journey.verifier}  # fmt: skip
        place = self.source.endpoint("token_endpoint")
        methods = self.source.document().get("token_endpoint_auth_methods_supported")
        if self.secret and "client_secret_basic" in (methods or ["client_secret_basic"]):
            login = httpx.BasicAuth(quote(self.client_id, safe=""), quote(self.secret, safe=""))
            return self.source.ask("POST", place, data=form, auth=login)
        if self.secret:
            form["client_secret"] = self.secret
        return self.source.ask("POST", place, data=form)

    def _checked(
        self, token: str, journey: Journey, answer: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        """The claims of an ID token whose signature and every claim hold."""
        params = {"nonce": journey.nonce, "client_id": self.client_id,
                  "access_token": answer.get("access_token")}  # fmt: skip
        options = {"iss": {"essential": True, "value": self.issuer},
                   "aud": {"essential": True, "value": self.client_id}}  # fmt: skip
        try:
            read = self._read(token)
            found = CodeIDToken(read.claims, read.header, options, params)
            found.validate(now=int(now.timestamp()), leeway=SKEW)
        except (JoseError, ValueError, TypeError) as error:
            raise untrusted(type(error).__name__) from error
        if journey.anew and not _is_recent(found.get("auth_time"), now):
            raise Refused("统一身份认证没有重新核对您的身份，这一步不能确认。请改用其他方式。")
        return dict(found)

    def _read(self, token: str) -> jwt.Token:
        """The token, once one of the provider's keys has signed it; keys that were changed since
        they were fetched are fetched again."""
        keys = self.source.keys()
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS)
        except (BadSignatureError, InvalidKeyIdError, ValueError):
            return jwt.decode(token, self.source.keys(PAUSE), algorithms=ALGORITHMS)

    def _userinfo(self, answer: Mapping[str, Any], subject: str) -> dict[str, Any]:
        """What else the provider tells of the same subject, where the ID token names no address."""
        if "userinfo_endpoint" not in self.source.document() or not answer.get("access_token"):
            return {}
        login = {"Authorization": f"Bearer {answer['access_token']}"}
        found = self.source.ask("GET", self.source.endpoint("userinfo_endpoint"), headers=login)
        if found.get("sub") != subject:
            raise untrusted("userinfo of somebody else")
        return found


def provider_of(settings: Settings) -> Provider | None:
    """The provider that the settings name, if they name one. Raises BadSetting."""
    if not settings.oidc_issuer:
        return None
    if not settings.oidc_client_id:
        raise BadSetting("设置了 KEJIE_OIDC_ISSUER，还需要 KEJIE_OIDC_CLIENT_ID")
    file = settings.oidc_client_secret_file
    try:
        secret = file.read_text(encoding="utf-8").strip() if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"KEJIE_OIDC_CLIENT_SECRET_FILE 读不出来：{file}") from error
    source = Source(settings.oidc_issuer)
    return Provider(source, settings.oidc_client_id, secret, settings.oidc_name)


def _text(found: Mapping[str, Any], name: str, most: int) -> str:
    value = found.get(name)
    return " ".join(value.split())[:most] if isinstance(value, str) else ""


def _is_recent(moment: Any, now: datetime) -> bool:
    """Whether the person was asked within these last minutes, and not before."""
    return isinstance(moment, int | float) and now.timestamp() - moment <= 5 * SKEW
