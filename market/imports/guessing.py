"""Which column of somebody else's table fills which part: by its heading, and by what is in it.

A guess is shown with samples and can be changed. A heading that does not fit what stands below it
is not believed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from market import cells
from market.errors import Invalid
from market.identifiers import checked_patent_number
from market.imports import values
from market.imports.headings import KNOWN, heading_of
from market.models.enums import CooperationMode, Evidence, Kind
from market.parts import PARTS, Shape, part_of

SAMPLE = 40
ENOUGH = 0.6
"""Of the cells that say something, so many must read as what the column is taken for."""
FEW = 3
"""Fewer cells than this say nothing against their heading."""
FROM_FILE = ("amount_min", "amount_max", "source_id", "tiers")
"""What a column may fill besides the parts themselves."""
LIKELY = {
    "联系人": "contact", "联系电话": "contact", "手机": "contact", "电话": "contact",
    "邮箱": "contact", "应用领域": "fields", "行业": "fields", "产业": "fields",
    "难题": "problem", "难点": "problem", "瓶颈": "problem", "指标": "indicators",
    "参数": "indicators", "创新": "innovation", "优势": "innovation", "案例": "cases",
    "应用": "cases", "专利": "rights", "团队": "team", "负责人": "team", "完成人": "team",
    "阶段": "stage", "成熟度": "readiness", "合作": "modes", "预算": "amount", "资金": "amount",
    "投入": "amount", "报价": "amount", "价格": "amount", "金额": "amount", "地区": "division",
    "地址": "division", "所在": "division", "关键词": "keywords", "标签": "keywords",
    "背景": "background", "期限": "wanted_by", "截止": "wanted_by", "完成时间": "wanted_by",
    "依据": "evidence", "证明": "evidence", "编号": "source_id",
    "描述": "body", "介绍": "body", "内容": "body",
    "简介": "summary", "摘要": "summary", "名称": "title", "标题": "title", "题目": "title",
}  # fmt: skip
"""Words inside a heading that nobody foresaw, the surest first."""
ENDS = {"最低|下限|起价": "min", "最高|上限|封顶": "max"}
"""Which end of an amount a heading speaks of."""
RUNNING = re.compile("序 *号|行 *号")
_UNITS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
Codes = Mapping[str, str]


def targets_of(kind: Kind) -> list[str]:
    """Everything that a column may be said to fill, in the order of reading."""
    names = [part.name for part in PARTS[kind]]
    place = names.index("amount") + 1
    return [*names[:place], "amount_min", "amount_max", *names[place:], "source_id", "tiers"]


def joins(kind: Kind, target: str) -> bool:
    """Whether several columns may fill it, one text below the other."""
    if target in FROM_FILE:
        return False
    part = part_of(kind, target)
    return part.shape is Shape.TEXT or target == "contact"


def guessed(
    kind: Kind, headings: Sequence[str], rows: Sequence[Sequence[Any]], fields: Codes,
    divisions: Codes,
) -> list[str]:  # fmt: skip
    """For each column the target that it probably fills, "" for none."""
    samples = [_sample(row[at] for row in rows) for at in range(len(headings))]
    fits = _fits(fields, divisions)
    found = [""] * len(headings)
    ways: tuple[Callable[[int], Iterable[str]], ...] = (
        lambda at: _by_heading(kind, headings[at]),
        lambda at: _by_words(kind, headings[at]),
        lambda at: _by_content(kind, samples[at], fits),
    )
    for way in ways:
        for at in range(len(headings)):
            for target in () if found[at] else way(at):
                is_free = target not in found or joins(kind, target)
                if is_free and _believable(target, samples[at], fits):
                    found[at] = target
                    break
    return _with_title(found, samples)


def _by_heading(kind: Kind, heading: str) -> Iterable[str]:
    """A running number counts the rows of one file. Taken for a number of their own, it would have
    the next file's first row change whatever the first row of this one became."""
    known = None if RUNNING.search(heading) else heading_of(heading)
    return [known.name] if known and known.name in targets_of(kind) else []


def _by_words(kind: Kind, heading: str) -> Iterable[str]:
    """What the words inside a heading may mean, the surest first."""
    plain = unicodedata.normalize("NFKC", _UNITS.sub("", heading)).lower()
    whole = sorted((one for one in KNOWN if len(one) > 2 and one in plain), key=len, reverse=True)
    names = [KNOWN[one] for one in whole] + [LIKELY[one] for one in LIKELY if one in plain]
    end = next((end for words, end in ENDS.items() if re.search(words, plain)), "")
    ends = [f"amount_{end}" for name in names if name == "amount" and end]
    return (name for name in ends + names if name in targets_of(kind))


def _by_content(kind: Kind, sample: Sequence[str], fits: Mapping[str, Fit]) -> Iterable[str]:
    if len(sample) < 2:
        return []
    sure = ("rights", "modes", "fields", "division", "wanted_by", "level")
    names = (name for name in sure if _share(sample, fits[name]) >= ENOUGH)
    found = next(names, "")
    targets = (*targets_of(kind), "level")
    return [{"level": "readiness"}.get(found, found)] if found in targets else []


def _believable(target: str, sample: Sequence[str], fits: Mapping[str, Fit]) -> bool:
    fit = fits.get(target)
    return fit is None or len(sample) < FEW or _share(sample, fit) >= 1 - ENOUGH


def _with_title(found: list[str], sample: Sequence[Sequence[str]]) -> list[str]:
    """Every table has a title: without any, the first column of short, different texts."""
    if "title" in found:
        return found
    for at, said in enumerate(sample):
        long = sum(map(len, said)) / max(len(said), 1)
        if not found[at] and 5 <= long <= 80 and len(set(said)) * 3 > len(said) * 2:
            found[at] = "title"
            break
    return found


Fit = Callable[[str], Any]


def _fits(fields: Codes, divisions: Codes) -> Mapping[str, Fit]:
    """What reads a cell as what its column is taken for."""
    return {
        "title": _title, "fields": partial(cells.codes, known=fields, what=""),
        "division": partial(cells.codes, known=divisions, what=""),
        "readiness": values.readiness, "level": _level, "modes": _modes, "rights": _patent,
        "evidence": _evidence,
        "wanted_by": values.day_by, "amount": partial(values.amounts, unit=1),
        "amount_min": partial(values.amounts, unit=1),
        "amount_max": partial(values.amounts, unit=1),
    }  # fmt: skip


def _title(cell: str) -> None:
    if len(cell) < 3 or cell.isdecimal():
        raise ValueError(cell)


def _evidence(cell: str) -> None:
    cells.choices(cell, Evidence, "")


def _level(cell: str) -> None:
    """A level that says so itself; plain numbers are all kinds of things."""
    if not re.fullmatch(r"trl\s*-?\s*[1-9]|[1-9]\s*级", values.plain(cell)):
        raise ValueError(cell)


def _modes(cell: str) -> None:
    cells.choices(cell, CooperationMode, "")


def _patent(cell: str) -> None:
    first = re.split(r"[|；;、，,\s]", cell.strip())[0]
    if "|" not in cell:
        checked_patent_number(first)


def _share(sample: Sequence[str], fit: Fit) -> float:
    return sum(_reads(cell, fit) for cell in sample) / max(len(sample), 1)


def _reads(cell: str, fit: Fit) -> bool:
    try:
        fit(cell)
    except (ValueError, Invalid, OverflowError):
        return False
    return True


def _sample(column: Iterable[Any]) -> list[str]:
    said = (str(cell).strip() for cell in column if cell is not None)
    found: list[str] = []
    for text in said:
        if text and len(found) < SAMPLE:
            found.append(text)
    return found
