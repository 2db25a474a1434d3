"""What a sketch means now: the form as it is read, what is wrong with it, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlmodel import Session

from market import rules
from market.actions import posting as market_posting
from market.errors import NotAllowed, NotFound, Problem
from market.models import (
    Kind,
    Listing,
    ListingState,
    Organisation,
    Sketch,
    Tier,
)
from market.queries.attachments import AttachmentRow, attachments_of
from market.queries.details import ListingDetail
from market.queries.own import first_moves, posting_for
from market.queries.previews import preview
from market.roles import Viewer
from market.states import Move
from web.deps import Places
from web.forms.fields import Entered
from web.forms.posting import Posting, posting
from web.forms.steps import Step, inputs_of
from web.sides import FOLDERS

AT_ONCE = ("publish", "submit")
LOST = (
    "这条内容现在不能修改：可能已经送审或关闭，或者您不再是该单位的编辑。"
    "您写的都在，可以另存为新的一条。"
)


@dataclass
class Writing:
    """A sketch, and what it means now."""

    session: Session
    sketch: Sketch
    places: Places
    viewer: Viewer
    now: datetime

    @property
    def kind(self) -> Kind:
        return self.sketch.kind

    def again(self) -> Writing:
        """The same, read anew after something was saved."""
        return Writing(self.session, self.sketch, self.places, self.viewer, self.now)

    @property
    def address(self) -> str:
        """Where its steps are."""
        return f"{FOLDERS[self.kind]}/writing/{self.sketch.code}"

    @cached_property
    def entered(self) -> Entered:
        """The fields of the form."""
        known = inputs_of(self.kind)
        return Entered({name: list(self.sketch.entered.get(name, [])) for name in known})

    @cached_property
    def row(self) -> Listing | None:
        """The listing that it changes, while the viewer may change it."""
        if self.sketch.listing_id is None:
            return None
        try:
            return market_posting.open_to_change(
                self.session, self.kind, self.sketch.listing_id, self.viewer
            )
        except (NotAllowed, NotFound):
            return None

    @property
    def word(self) -> str:
        """What its writer is doing: changing what stands there, or writing what nobody saw yet."""
        is_known = self.sketch.listing_id is not None
        is_draft = self.row is not None and self.row.state is ListingState.DRAFT
        return "修改" if is_known and not is_draft else "发布"

    @property
    def is_lost(self) -> bool:
        """Whether the listing that it changes can no longer be changed."""
        return self.sketch.listing_id is not None and self.row is None

    @cached_property
    def owners(self) -> list[Organisation]:
        """Whom a new listing can be written for."""
        return posting_for(self.session, self.kind, self.viewer)

    @cached_property
    def form(self) -> Posting:
        """The form as it is read."""
        if not self.entered.one("owner") and self.owners and self.row is None:
            self.entered["owner"] = [str(self.owners[0].id)]
        return posting(self.entered, self.kind, self.row.owner_id if self.row else None)

    @cached_property
    def problems(self) -> list[Problem]:
        """Everything that is wrong with it."""
        return self.form.all_problems(self.places.known, self.now)

    def is_begun(self, step: Step) -> bool:
        """Whether somebody was in this step."""
        return any(name in self.sketch.entered for name in step.inputs(self.kind))

    @property
    def files(self) -> list[AttachmentRow]:
        """The attachments of the stored listing."""
        if self.row is None:
            return []
        return attachments_of(self.session, self.kind.value, self.row.key, self.viewer)

    @property
    def moves(self) -> list[Move]:
        """What can be done with it at once, besides storing it. A stored draft is no measure: what
        holds it up may be mended in what is written now."""
        if self.row is not None and self.row.state is not ListingState.DRAFT:
            return []
        if self.row is not None:
            owner = self.session.get(Organisation, self.row.owner_id)
            owners = [owner] if owner else []
        else:
            chosen = [o for o in self.owners if str(o.id) == self.entered.one("owner")]
            owners = chosen or self.owners
        moves = first_moves(self.kind, owners, self.viewer, self.now)
        return [move for move in moves if move.name in AT_ONCE]

    def preview(self, tier: Tier) -> ListingDetail | None:
        """How readers of a tier will see it; None until there is an owner to show it for."""
        owner_id = self.form.draft.owner_id
        if not rules.may(self.viewer, "listing.write", owner_id):
            return None
        return preview(
            self.session, self.kind, self.form.draft, tier, self.viewer, self.now,
            self.row.key if self.row else None,
        )  # fmt: skip
