"""Values of the record of changes in words: what was stored as a code, a moment or fen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from market.models import CooperationMode, Kind, Language, OrganisationKind, RegistrationType, Role
from market.models.enums import (
    AnswerReason,
    Assessment,
    Channel,
    ConsentTopic,
    DigestRhythm,
    Evidence,
    Labelled,
    ReportReason,
    Stage,
    Standing,
    Tier,
    Verdict,
)
from web.formats import ZONE_NAME, minute, wan

SETS: Mapping[str, tuple[type[Labelled], ...]] = {
    "kind": (Kind, OrganisationKind), "listing": (Kind,), "role": (Role,), "roles": (Role,),
    "memberships": (Role,), "registration_type": (RegistrationType,), "language": (Language,),
    "modes": (CooperationMode,), "standing": (Standing,), "tier": (Tier,),
    "reason": (ReportReason,), "verdict": (Verdict,), "answer_reason": (AnswerReason,),
    "topic": (ConsentTopic,), "channel": (Channel,),
    "way": (Channel,), "digest": (DigestRhythm,), "stage": (Stage,), "evidence": (Evidence,),
    "assessment": (Assessment,),
}  # fmt: skip
"""The closed sets that a column may hold, by its name; `x_tier` is a tier."""
WAYS = {"password": "密码", "oidc": "统一身份认证", "totp": "两步验证", "code": "验证码"}
"""How somebody showed who they are; several are joined by a plus sign."""
FEN = ("amount_min", "amount_max")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)")


def in_words(name: str, value: object) -> str:
    """What a column of this name held."""
    if isinstance(value, Mapping):
        return "、".join(f"{key} {in_words(name, each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return "、".join(in_words(name, each) for each in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return f"{wan(value)} 万元" if name in FEN else str(value)
    return _text(name, str(value))


def ways_of(method: str) -> str:
    """The ways in which somebody showed who they are."""
    return "、".join(WAYS.get(part, part) for part in method.split("+"))


def _text(name: str, value: str) -> str:
    if name in ("method", "by"):
        return ways_of(value)
    if MOMENT.fullmatch(value):
        return f"{minute(datetime.fromisoformat(value))}（{ZONE_NAME}）"
    return _label(name, value) or value


def _label(name: str, value: str) -> str:
    sets = SETS["tier"] if name.endswith("_tier") else SETS.get(name, ())
    return next((each.text for kind in sets for each in kind if each.value == value), "")
