"""The steps in which a listing is written, and which inputs stand in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from market.errors import Problem
from market.models import TIERED_BY, Kind
from market.parts import PartName as N
from market.reconciling import TIER
from web.forms.fields import ROWS

INPUTS: Mapping[str, tuple[str, ...]] = {
    "fields": ("field",), "modes": ("mode",), "amount": ("amount_min", "amount_max"),
    **{part: tuple(f"{part}-{column}" for column in columns) for part, columns in ROWS.items()},
}  # fmt: skip
"""What the inputs of a part are called, where it is not the part's own name."""


@dataclass(frozen=True, slots=True)
class Step:
    """A page of the form. `text` names it; files and check have no inputs of the sketch."""

    name: str
    text: str
    parts: tuple[str, ...] = ()

    def inputs(self, kind: Kind) -> tuple[str, ...]:
        """The names of its inputs, those of who may read it among them."""
        own = [name for part in self.parts for name in INPUTS.get(part, (part,))]
        tiers = [f"tier_{part}" for part in self.parts if part in TIERED_BY[kind]]
        return (*own, *tiers)


_TERMS = (N.MODES, N.AMOUNT)
FILES, CHECK = Step("files", "附件"), Step("check", "核对")
STEPS: Mapping[Kind, tuple[Step, ...]] = {
    Kind.NEED: (
        Step("what", "问题", (N.TITLE, N.SUMMARY, N.PROBLEM, N.BACKGROUND, N.TRIED, N.BODY)),
        Step("measure", "指标与归类",
             (N.INDICATORS, N.FIELDS, N.KEYWORDS, N.READINESS, N.DIVISION)),
        Step("terms", "合作条件", (*_TERMS, N.WANTED_BY, N.CONTACT, "owner")),
        FILES, CHECK,
    ),
    Kind.ACHIEVEMENT: (
        Step("what", "成果",
             (N.TITLE, N.SUMMARY, N.INNOVATION, N.BODY, N.FIELDS, N.KEYWORDS, N.DIVISION)),
        Step("maturity", "成熟程度",
             (N.INDICATORS, N.STAGE, N.READINESS, N.EVIDENCE, N.ASSESSMENT, N.ASSESSOR, N.CASES)),
        Step("rights", "权利团队", (N.RIGHTS, N.HOLDERS, N.TEAM)),
        Step("terms", "合作条件", (*_TERMS, N.CONTACT, "owner")),
        FILES, CHECK,
    ),
}  # fmt: skip


def inputs_under(name: str) -> tuple[str, ...]:
    """The inputs of a part, or of who may read it, as `market.reconciling` names them."""
    part = name.removeprefix(TIER)
    return (f"tier_{part}",) if name.startswith(TIER) else INPUTS.get(part, (part,))


def step_named(kind: Kind, name: str) -> Step | None:
    """A step by its name in addresses."""
    return next((step for step in STEPS[kind] if step.name == name), None)


def inputs_of(kind: Kind) -> tuple[str, ...]:
    """Every input of the form."""
    return tuple(name for step in STEPS[kind] for name in step.inputs(kind))


def step_of(kind: Kind, field: str) -> Step:
    """Where a problem of this field is mended; the last step for one that has no field."""
    for step in STEPS[kind]:
        if field in step.parts or field in step.inputs(kind):
            return step
    return CHECK


def problems_in(kind: Kind, step: Step, problems: Iterable[Problem]) -> list[Problem]:
    """Those that are mended in this step."""
    return [each for each in problems if step_of(kind, each.field) is step]


def after(kind: Kind, step: Step, by: int = 1) -> Step:
    """The next step, or the one before."""
    steps = STEPS[kind]
    return steps[max(0, min(steps.index(step) + by, len(steps) - 1))]
