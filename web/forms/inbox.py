"""What narrows the inbox, and the outbox."""

from __future__ import annotations

from dataclasses import dataclass

from market.errors import Problem
from market.models import DeliveryState, NoticeKind
from market.queries.inbox import NoticeFilter
from web.addresses import address
from web.forms.reading import Given, Paged, Reading

SHOWN = (DeliveryState.DEAD, DeliveryState.WAITING)


@dataclass(frozen=True)
class InboxForm(Paged):
    """Which of one's notices are shown."""

    kind: NoticeKind | None
    is_unread: bool
    page: int
    problems: list[Problem]
    notes: list[str]

    @property
    def filter(self) -> NoticeFilter:
        """As the query wants it."""
        return NoticeFilter(self.kind, self.is_unread, self.page)

    def address(self, **changes: object) -> str:
        """The address of the inbox with some parameters changed."""
        now = {
            "show": "unread" if self.is_unread else None,
            "kind": self.kind.value if self.kind else None,
        }
        return address("/inbox", {**now, **changes})


@dataclass(frozen=True)
class OutboxForm(Paged):
    """Which messages are shown."""

    state: DeliveryState
    page: int
    problems: list[Problem]
    notes: list[str]

    def address(self, **changes: object) -> str:
        """The address of the outbox with some parameters changed."""
        now = None if self.state is DeliveryState.DEAD else self.state.value
        return address("/bureau/outbox", {"state": now, **changes})


def inbox_form(given: Given) -> InboxForm:
    """What an address of the inbox carries."""
    read = Reading(given)
    kind = read.choice("kind", NoticeKind, "", "通知类别")
    is_unread = read.choice("show", ("unread", "all"), "all", "范围") == "unread"
    return InboxForm(
        NoticeKind(kind) if kind else None, is_unread, read.page(), read.problems, read.notes
    )


def outbox_form(given: Given) -> OutboxForm:
    """What an address of the outbox carries."""
    read = Reading(given)
    state = read.choice("state", SHOWN, DeliveryState.DEAD, "状态")
    return OutboxForm(DeliveryState(state), read.page(), read.problems, read.notes)
