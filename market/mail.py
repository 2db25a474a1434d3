"""Mail over SMTP, or printed to the console where no server is set.

KEJIE_SMTP_URL is smtp://user:password@host:port, or smtps:// for TLS from the first byte. With
smtp:// the connection changes to TLS as soon as the server offers it, and must do so before a
password is sent to another machine. KEJIE_MAIL_FROM is the sender: 科揭 <no-reply@example.cn>;
without it no-reply at the host of the site.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from market.letters import Letter, NotSent
from market.policy import BadPolicy

if TYPE_CHECKING:
    import aiosmtplib

TIMEOUT = 10.0
PORTS = {"smtp": 25, "smtps": 465}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
NO_SERVER = "连不上邮件服务器"
NO_LOGIN = "邮件服务器不接受账号或密码"
NO_SENDER = "邮件服务器不接受发件地址"
REFUSED = "邮件服务器拒收"
LOST = "与邮件服务器的连接中断"
BAD_ADDRESS = "收件地址无法使用"


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server, as its URL says."""

    host: str
    port: int
    user: str
    password: str
    is_tls: bool

    @classmethod
    def of(cls, url: str) -> Server:
        """Raises BadPolicy, without the password, for what is no such URL."""
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS[parts.scheme]
        except (ValueError, KeyError):
            raise BadPolicy("KEJIE_SMTP_URL 应如 smtp://用户:密码@主机:587 或 smtps://…") from None
        if not parts.hostname:
            raise BadPolicy("KEJIE_SMTP_URL 里没有主机名，应如 smtp://mail.example.cn:587")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, user, password, parts.scheme == "smtps")

    @property
    def must_start_tls(self) -> bool | None:
        """True where a password would otherwise travel in the clear, None for "if offered"."""
        if self.is_tls:
            return False
        return True if self.user and self.host not in LOOPBACK else None


@dataclass(frozen=True, slots=True)
class SmtpMail:
    """Hands letters to an SMTP server, many over one connection."""

    server: Server
    sender: Address
    timeout: float = TIMEOUT

    def carry(self, letters: Sequence[Letter]) -> Iterator[NotSent | None]:
        """Send each. Once the server cannot be reached the rest is not tried."""
        with asyncio.Runner() as runner:
            client = self._client()
            down: NotSent | None = None
            try:
                for letter in letters:
                    down = down or runner.run(_connect(client))
                    yield down or runner.run(self._send(client, letter))
            finally:
                runner.run(_quit(client))

    def _client(self) -> aiosmtplib.SMTP:
        from aiosmtplib import SMTP

        server = self.server
        return SMTP(
            hostname=server.host, port=server.port, use_tls=server.is_tls,
            start_tls=server.must_start_tls, username=server.user or None,
            password=server.password or None, timeout=self.timeout,
        )  # fmt: skip

    async def _send(self, client: aiosmtplib.SMTP, letter: Letter) -> NotSent | None:
        import aiosmtplib

        try:
            message = compose(letter, self.sender).as_bytes()
            await client.sendmail(self.sender.addr_spec, [letter.target], message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            return _refused(REFUSED, max(codes, default=450))
        except aiosmtplib.SMTPSenderRefused as error:
            return NotSent(f"{NO_SENDER}（{error.code}）")
        except aiosmtplib.SMTPServerDisconnected:
            client.close()
            return NotSent(LOST)
        except aiosmtplib.SMTPResponseException as error:
            return _refused(REFUSED, error.code)
        except aiosmtplib.SMTPNotSupported:
            return NotSent(BAD_ADDRESS, is_final=True)
        except (aiosmtplib.SMTPException, OSError):
            client.close()
            return NotSent(LOST)
        except (ValueError, IndexError, MessageError):
            return NotSent(BAD_ADDRESS, is_final=True)
        return None


class ConsoleMail:
    """Prints what would be sent: for demonstrations."""

    def carry(self, letters: Sequence[Letter]) -> Iterator[NotSent | None]:
        """Print each."""
        for letter in letters:
            print(
                f"──── 邮件 → {letter.target}\n主题：{letter.subject}\n\n{letter.text}\n────",
                flush=True,
            )
            yield None


def mail_for(url: str, sender: str) -> SmtpMail | ConsoleMail:
    """The carrier that the two settings describe; no URL is the console. Raises BadPolicy."""
    if not url:
        return ConsoleMail()
    name, address = parseaddr(sender)
    try:
        return SmtpMail(Server.of(url), Address(name or "科揭", addr_spec=address))
    except (ValueError, IndexError, HeaderParseError) as error:
        if isinstance(error, BadPolicy):
            raise
        raise BadPolicy(
            f"KEJIE_MAIL_FROM 应如 科揭 <no-reply@example.cn>，现为 {sender!r}"
        ) from None


def compose(letter: Letter, sender: Address) -> EmailMessage:
    """The letter as a mail. Nothing in it can add a header: a line end in one raises ValueError."""
    message = EmailMessage(policy=PLAIN_LINKS)
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.target)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<{letter.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="base64")
    return message


class PlainLinks(EmailPolicy):
    """Leaves List-… headers as they are. Python would break a long address into encoded words,
    which no mail program takes for an address."""

    def fold(self, name: str, value: Any) -> str:
        """One header as it is sent."""
        if name.startswith("List-"):
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same in bytes."""
        return self.fold(name, value).encode("ascii")


PLAIN_LINKS = PlainLinks(linesep="\r\n")


def _refused(reason: str, code: int) -> NotSent:
    """4xx means later, 5xx never."""
    return NotSent(f"{reason}（{code}）", is_final=code >= 500)


async def _connect(client: aiosmtplib.SMTP) -> NotSent | None:
    import aiosmtplib

    if client.is_connected:
        return None
    try:
        await client.connect()
    except aiosmtplib.SMTPAuthenticationError as error:
        client.close()
        return NotSent(f"{NO_LOGIN}（{error.code}）")
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        return NotSent(f"{NO_SERVER}（{type(error).__name__}）")
    return None


async def _quit(client: aiosmtplib.SMTP) -> None:
    import aiosmtplib

    try:
        if client.is_connected:
            await client.quit()
    except (aiosmtplib.SMTPException, OSError):
        client.close()
