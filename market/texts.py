"""What can be told of a text without understanding it: whether it says anything, its script,
whether it is text at all, and where it can be cut. No model and no dictionary are used here."""

from __future__ import annotations

import re
import unicodedata

from market.models.enums import Language

MAX_CHARACTERS = 20_000
TRADITIONAL = frozenset(
    "個們這對時會來說國學過後開關無與體點業電動實現發應經將東車長門問間題機構數據網絡設計產環術"
    "資質壓從導專為當單雙導層條種製備優軟納複結節藥醫療農測試樣標準離氣熱總續線級編輸轉運選還邊"
)
SIMPLIFIED = (
    frozenset(
        "个们这对时会来说国学过后开关无与体点业电动实现发应经将东车长门问间题机构数据网络设计产环术"
        "资质压从导专为当单双层条种制备优软纳复结节药医疗农测试样标准离气热总续线级编输转运选还边"
    )
    - TRADITIONAL
)
_MARKUP = re.compile(
    r"<\s*(script|iframe|object|embed|svg|style)\b|<[^<>]+\son\w+\s*=|javascript\s*:", re.I
)
_SENTENCE_END = re.compile(r"[。！？!?；;\n]|(?<=[^\d])\.(?=\s|$)|\.(?=[\u3400-\u9fff])")
_CLAUSE_ENDS = (re.compile("[，,：:—]"), re.compile(r"[、\s]"))


def has_words(text: str) -> bool:
    """Whether there is a letter, digit or character of a script in it: emoji alone say nothing."""
    return any(letter.isalnum() for letter in text)


def is_binary(text: str) -> bool:
    """Whether control characters betray that this was never text."""
    strange = sum(unicodedata.category(letter) in ("Cc", "Co", "Cn") for letter in text)
    ordinary = sum(text.count(letter) for letter in "\t\n\r\x0b\x0c")
    return "\0" in text or (strange - ordinary) * 20 > len(text)


def has_script(text: str) -> bool:
    """Whether it carries a web page's executable markup."""
    return ("<" in text or ":" in text) and _MARKUP.search(text) is not None


def language_of(text: str) -> Language:
    """English without Chinese characters; else the script whose own characters are more."""
    chinese = sum("\u3400" <= letter <= "\u9fff" for letter in text)
    latin = sum(letter.isascii() and letter.isalpha() for letter in text)
    if latin and chinese * 8 < latin:
        return Language.ENGLISH
    traditional = sum(letter in TRADITIONAL for letter in text)
    simplified = sum(letter in SIMPLIFIED for letter in text)
    return Language.TRADITIONAL if traditional > simplified else Language.SIMPLIFIED


def opening(text: str, limit: int = 60) -> str:
    """The first sentence as a title of at most `limit` characters, cut between clauses if it
    can be, never inside a word of letters or a number unless that alone is longer."""
    text = " ".join(text.split())
    end = _SENTENCE_END.search(text, 1)
    sentence = text[: end.start()] if end and has_words(text[: end.start()]) else text
    if len(sentence) <= limit:
        return sentence.strip()
    for clause_end in _CLAUSE_ENDS:
        ends = [m.start() for m in clause_end.finditer(sentence, 1, limit)]
        if ends and ends[-1] >= limit // 4 and has_words(sentence[: ends[-1]]):
            return sentence[: ends[-1]].strip()
    return shortened(sentence, limit)


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning and “…” within `limit` characters, not cut inside a word."""
    if len(text) <= limit:
        return text
    cut = limit - 1
    while cut > limit // 2 and _joined(text[cut - 1], text[cut]):
        cut -= 1
    if _joined(text[cut - 1], text[cut]):
        cut = limit - 1
    return text[:cut].rstrip(" ，、,：:；;（(《“—-") + "…"


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word of letters, or to one number and its unit."""
    parts = [letter.isalnum() and not "\u3400" <= letter <= "\u9fff" for letter in (left, right)]
    return all(parts) or (left.isdigit() and right in ".%％℃") or (left == "." and right.isdigit())


def masked(target: str) -> str:
    """An address or a number so that its owner knows it again and nobody else learns it."""
    local, at, domain = target.partition("@")
    if at:
        return f"{local[:1]}***@{domain}"
    if target.startswith("+86"):
        return f"{target[3:6]}****{target[-4:]}"
    return f"{target[:4]} {target[4:6]}****{target[-2:]}"
