"""The identities that open one's account: linking one, and doing without it again."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from market.actions import identities
from market.queries.identities import identities_of
from market.queries.profiles import own_profile
from web.deps import Db, Now, Tx
from web.gates import gate
from web.render import go
from web.routes.account import Securing
from web.routes.elsewhere import set_out_for
from web.routes.sign_in import Oneself

router = APIRouter(prefix="/account/identities")
HERE, UNLINKED = "/account/identities", "已解除关联。"


@router.post("")
def set_out_to_link(request: Request, session: Tx, viewer: Securing, now: Now) -> Response:
    return set_out_for(request, session, viewer, now, "link", HERE, HERE)


@router.get("")
def show_identities(request: Request, session: Db, viewer: Oneself) -> Response:
    profile, linked = own_profile(session, viewer), identities_of(session, viewer)
    return gate(request, "identities", profile=profile, identities=linked)


@router.post("/{id}")
def unlink(request: Request, id: int, session: Tx, viewer: Securing, now: Now) -> Response:
    identities.unlink(session, id, viewer, now)
    return go(request, HERE, UNLINKED)
