"""A real SMTP server in the test process, and deliveries to hand to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from threading import Lock
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import Engine
from sqlmodel import select

from market.db import session_for, writing
from market.keys import Keys
from market.mail import Server, SmtpMail
from market.models import Channel, Delivery
from market.notices import send
from market.outbox import Carriers
from tests.conftest import NOW

SENDER = Address("科揭", addr_spec="no-reply@kejie.example.cn")
KEYS = Keys(b"k" * 32)
SITE = "https://kejie.example.cn"


@dataclass
class Postbox:
    """What arrived. `answers` are what the server says to the next letters instead of taking
    them: to the recipient ("RCPT") or to the content ("DATA")."""

    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)
    port: int = 0

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.answers and self.answers[0][0] == "RCPT":
            return self.answers.pop(0)[1]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers and self.answers[0][0] == "DATA":
            return self.answers.pop(0)[1]
        with self.lock:
            self.sessions.add(id(session))
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
            self.recipients.append(list(envelope.rcpt_tos))
        return "250 taken"

    @property
    def subjects(self) -> list[str]:
        """The subjects of what arrived, in order."""
        return [str(letter["Subject"]) for letter in self.letters]

    @property
    def mail(self) -> SmtpMail:
        """The carrier that hands letters to this server."""
        return SmtpMail(Server("127.0.0.1", self.port, "", "", is_tls=False), SENDER, timeout=5)

    @property
    def carriers(self) -> Carriers:
        """The same with all that the outbox wants to know."""
        return Carriers({Channel.EMAIL: self.mail}, SITE, KEYS)


class FreePort(Controller):
    """A server on a port that the system picks; its own way to begin wants to know it before."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def open_postbox(**options: Any) -> Iterator[Postbox]:
    """A server on a free port of this machine."""
    box = Postbox()
    controller = FreePort(box, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()


def logins(user: str, password: str) -> dict[str, Any]:
    """Options of a server that takes one login."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        is_right = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=is_right, handled=False)

    return {"authenticator": check, "auth_required": True, "auth_require_tls": False}


def write(engine: Engine, *subjects: str, target: str = "lin@example.com", **given: Any) -> None:
    """Put letters into the outbox, committed."""
    with writing(engine) as session:
        for subject in subjects:
            send(session, Channel.EMAIL, target, subject, f"正文：{subject}", NOW, **given)


def rows(engine: Engine) -> list[Delivery]:
    """The outbox as it stands."""
    with session_for(engine) as session:
        return list(session.exec(select(Delivery).order_by(Delivery.id)))  # type: ignore[arg-type]
