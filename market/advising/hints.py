"""What would make a text findable, one check each, and what it would bring."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from market.actions.drafts import MAX_TITLE, ListingDraft
from market.matchmaking import (
    Asked,
    MatchRow,
    document_of_draft,
    sentences_of,
    shared_words,
    telling_words,
)
from market.models.enums import Kind, Labelled, Tier
from market.parts import READ_BY_THE_MATCHER
from market.queries import figures
from market.queries.figures import LONG, Figure
from market.queries.rows import ListingRow

FEW_WORDS = 3
"""A title with fewer telling words than this is too general."""
SHORT_TITLE = 8
LONG_BACKGROUND = 40


class HintName(Labelled):
    """What could be better, as its writer is told."""

    TITLE = "title", "标题太短或太笼统，看不出是哪种技术"
    TEXT = "text", "内容太短，可供比对的信息不多"
    BACKGROUND = "background", "背景写得比技术难题还长，冲淡了真正的问题"
    KEPT = "kept", "有的内容不公开，匹配读不到"
    INDICATORS = "indicators", "没有写技术指标"
    CASES = "cases", "没有写应用案例"
    FIELDS = "fields", "没有选技术领域"
    KEYWORDS = "keywords", "没有写关键词"
    READINESS = "readiness", "没有写成熟度"
    AMOUNT = "amount", "没有写金额"
    MODES = "modes", "没有选合作方式"


@dataclass(frozen=True, slots=True)
class Tried:
    """Measured on this text: the score of the best match as it is, and with the change made.
    `words` is what was put in for it."""

    kind: ClassVar[str] = "tried"
    before: float
    after: float
    words: tuple[str, ...] = ()

    @property
    def helps(self) -> bool:
        """Whether it would be told as a gain, to the percent."""
        return round(100 * self.after) > round(100 * self.before)


@dataclass(frozen=True, slots=True)
class Counted:
    """Of the best matches so far, how many could then be compared, or agree."""

    kind: ClassVar[str] = "counted"
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Known:
    """What listings of this installation that say it have over those that do not."""

    kind: ClassVar[str] = "known"
    figure: Figure


Effect = Tried | Counted | Known


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that could be better; `part` is where, `effect` None where none can be told."""

    name: HintName
    part: str
    effect: Effect | None


@dataclass(frozen=True)
class Case:
    """A text that is being written, and what has been found out about it."""

    draft: ListingDraft
    asked: Asked
    matches: Sequence[MatchRow]
    best: float | None
    fields: Sequence[str]
    figures: Mapping[str, Figure]
    files_text: str = ""

    def tried(self, draft: ListingDraft, *words: str) -> Tried | None:
        """What the best match of another draft scores beside that of this one."""
        made = document_of_draft(self.asked.kind, draft, files_text=self.files_text)
        after = self.asked.tried(replace(made, id=self.asked.document.id))
        if self.best is None or after is None:
            return None
        return Tried(self.best, after, words)

    def counted(self, holds: Callable[[ListingRow], bool]) -> Counted:
        """How many of the matches hold something that everybody may read."""
        return Counted(sum(holds(row.listing) for row in self.matches), len(self.matches))

    def known(self, name: str) -> Known | None:
        """The figure of this installation, where saying it goes with better matches."""
        figure = self.figures.get(name)
        return Known(figure) if figure and figure.given > figure.left_out else None


def hints(case: Case) -> list[Hint]:
    """Everything that could be better; what was tried and brings nothing comes last."""
    found = [hint for check in CHECKS for hint in check(case)]
    return sorted(found, key=lambda hint: isinstance(hint.effect, Tried) and not hint.effect.helps)


def _title(case: Case) -> Iterator[Hint]:
    title = case.draft.title
    if len(title) >= SHORT_TITLE and telling_words(title) >= FEW_WORDS:
        return
    sentence = next(iter(sentences_of(case.asked.document.text)), "")[:MAX_TITLE].rstrip("。；;")
    longer = f"{title}：{sentence}"[:MAX_TITLE] if title else sentence
    effect = case.tried(replace(case.draft, title=longer), sentence) if sentence else None
    yield Hint(HintName.TITLE, "title", effect if effect and effect.helps else None)


def _text(case: Case) -> Iterator[Hint]:
    if len(case.asked.document.text) < LONG:
        part = "problem" if case.asked.kind is Kind.NEED else "innovation"
        yield Hint(HintName.TEXT, part, case.known(figures.TEXT))


def _background(case: Case) -> Iterator[Hint]:
    draft = case.draft
    length = len(draft.background) if _is_open(draft, "background") else 0
    if length >= LONG_BACKGROUND and length > len(draft.problem):
        shorter = replace(draft, background="")
        has_more = bool(draft.title or draft.problem or draft.summary or draft.body)
        yield Hint(
            HintName.BACKGROUND, "background", case.tried(shorter) if has_more else None
        )  # fmt: skip


def _kept(case: Case) -> Iterator[Hint]:
    draft, names = case.draft, READ_BY_THE_MATCHER[case.asked.kind]
    kept = [name for name in names if getattr(draft, name) and not _is_open(draft, name)]
    if kept:
        opened: dict[str, Tier] = dict.fromkeys(kept, Tier.PUBLIC)
        public = replace(draft, tiers={**draft.tiers, **opened})
        yield Hint(HintName.KEPT, kept[0], case.tried(public))


def _indicators(case: Case) -> Iterator[Hint]:
    if not case.draft.indicators:
        yield Hint(HintName.INDICATORS, "indicators", case.known(figures.INDICATORS))


def _cases(case: Case) -> Iterator[Hint]:
    if case.asked.kind is Kind.ACHIEVEMENT and not case.draft.cases:
        yield Hint(HintName.CASES, "cases", case.known(figures.CASES))


def _fields(case: Case) -> Iterator[Hint]:
    if case.draft.field_codes:
        return
    likeliest = set(case.fields[:1])
    effect = case.counted(lambda row: any(field.code in likeliest for field in row.fields))
    yield Hint(HintName.FIELDS, "fields", effect if effect.count else None)


def _keywords(case: Case) -> Iterator[Hint]:
    if case.draft.keywords:
        return
    words = tuple(shared_words(case.matches))
    tiers = {**case.draft.tiers, "keywords": Tier.PUBLIC}
    effect = case.tried(replace(case.draft, keywords=words, tiers=tiers), *words) if words else None
    yield Hint(HintName.KEYWORDS, "keywords", effect)


def _conditions(case: Case) -> Iterator[Hint]:
    """What two sides can be compared by; only where the other side says it."""
    draft = case.draft
    asked: list[tuple[HintName, bool, Callable[[ListingRow], bool]]] = [
        (HintName.READINESS, draft.readiness is not None, _states("readiness")),
        (HintName.AMOUNT, (draft.amount_min, draft.amount_max) != (None, None), _states("amount")),
        (HintName.MODES, bool(draft.modes), lambda row: bool(row.modes)),
    ]
    for name, is_given, holds in asked:
        effect = case.counted(holds)
        if not is_given and effect.count:
            yield Hint(name, name.value, effect)


CHECKS = (_title, _text, _background, _kept, _indicators, _cases, _fields, _keywords, _conditions)


def _states(name: str) -> Callable[[ListingRow], bool]:
    return lambda row: row.tells(name) and getattr(row, name) is not None


def _is_open(draft: ListingDraft, name: str) -> bool:
    return draft.tiers.get(name, Tier.PUBLIC) is Tier.PUBLIC
