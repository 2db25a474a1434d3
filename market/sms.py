"""Short messages: one small interface, and the console for a demo.

KEJIE_SMS names what sends them: "console" prints them, "off" sends none, and "package.module:make"
is a function without arguments that returns a gateway of your own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from market.letters import Letter, NotSent
from market.policy import BadPolicy

log = logging.getLogger(__name__)
OFF = "没有开通短信，请设置 KEJIE_SMS"
TROUBLE = "短信网关出错"


class SmsGateway(Protocol):
    """Whatever sends a text to a number (E.164). Raises NotSent, final where the number is the
    fault; any other error means that it should be tried again."""

    def send(self, number: str, text: str) -> None: ...


class ConsoleSms:
    """Prints what would be sent: for demonstrations, where nobody pays for messages."""

    def send(self, number: str, text: str) -> None:
        """Print it."""
        print(f"──── 短信 → {number}\n{text}\n────", flush=True)


class NoSms:
    """Sends none."""

    def send(self, number: str, text: str) -> None:
        """Refuse."""
        raise NotSent(OFF, is_final=True)


@dataclass(frozen=True, slots=True)
class Sms:
    """Carries letters through a gateway."""

    gateway: SmsGateway

    def carry(self, letters: Sequence[Letter]) -> Iterator[NotSent | None]:
        """Send each."""
        for letter in letters:
            yield self._send(letter)

    def _send(self, letter: Letter) -> NotSent | None:
        try:
            self.gateway.send(letter.target, letter.text)
        except NotSent as error:
            return error
        except Exception as error:  # a gateway is somebody else's program
            log.error("短信 %s 没有发出：%s", letter.id, type(error).__name__)
            return NotSent(f"{TROUBLE}（{type(error).__name__}）")
        return None


def sms_for(value: str) -> Sms:
    """The carrier that KEJIE_SMS names; empty is the console. Raises BadPolicy."""
    if value in ("", "console"):
        return Sms(ConsoleSms())
    if value == "off":
        return Sms(NoSms())
    module, _, name = value.partition(":")
    try:
        gateway = getattr(import_module(module), name)()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise BadPolicy(
            f"KEJIE_SMS 应为 console、off 或“模块:函数”，现为 {value!r}（{type(error).__name__}）"
        ) from error
    return Sms(gateway)
