"""Numbers that name bodies, patents and places, and what is wrong with one that does not hold.

A number that passes has the right form; that it exists or is in force nobody knows from its form.
Each `checked_…` returns the number as it is stored, or raises Invalid with one sentence.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NoReturn

from market.errors import Invalid, Problem
from market.models.enums import RegistrationType

CODE_SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: no I, O, S, V, Z."""
CODE_WEIGHTS = [pow(3, power, 31) for power in range(17)]
BODY_SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BODY_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]
PATENT_WEIGHTS = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
PATENT = re.compile(r"(?:ZL|CN)?((?:19[89]\d|20\d\d)[12389]\d{7}|[089]\d[12389]\d{5})\.?([\dX])")
DEMO_DIVISION = "999999"
REGISTRATIONS = {
    RegistrationType.HK_BR: (r"\d{8}(?:-\d{3}-\d{2}-\d{2}-[\dA-Z])?", "8 位数字"),
    RegistrationType.HK_CR: (r"\d{5,8}", "5 至 8 位数字"),
    RegistrationType.MACAU: (
        r"((SO|CO|EA)-?)?\d{1,6}(\(?(SO|CO|EA)\)?)?",
        "至多 6 位数字，可带 SO",
    ),
}


def code_check(first: str) -> str:
    """GB 32100-2015: the 18th symbol that belongs to the first 17."""
    total = sum(CODE_SYMBOLS.index(c) * w for c, w in zip(first, CODE_WEIGHTS, strict=True))
    return CODE_SYMBOLS[(31 - total % 31) % 31]


def body_check(first: str) -> str:
    """GB 11714: the ninth symbol of a body's code, which is the 17th of its credit code."""
    total = sum(BODY_SYMBOLS.index(c) * w for c, w in zip(first, BODY_WEIGHTS, strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def patent_check(digits: str) -> str:
    """The check symbol of an application number of 8 digits (to 2003) or 12 (since)."""
    total = sum(int(d) * w for d, w in zip(digits, PATENT_WEIGHTS, strict=False))
    return "X" if total % 11 == 10 else str(total % 11)


def checked_credit_code(text: str, *, demo: bool = False) -> str:
    """统一社会信用代码 with both its check symbols. The demo division 999999 only if `demo`."""
    code = _plain(text)
    if len(code) != 18:
        _refuse("credit_code", f"统一社会信用代码应为 18 位，这里有 {len(code)} 位。")
    if strange := sorted({symbol for symbol in code if symbol not in CODE_SYMBOLS}):
        _refuse("credit_code", f"统一社会信用代码里不会出现“{''.join(strange)}”，请核对。")
    if not code[2:8].isdigit():
        _refuse("credit_code", "统一社会信用代码第 3 至 8 位是行政区划，应为数字。")
    if code[2:8] == DEMO_DIVISION and not demo:
        _refuse("credit_code", "这是示例代码（区划 999999），只能用于示例单位。")
    if body_check(code[8:16]) != code[16]:
        _refuse("credit_code", "统一社会信用代码第 17 位（主体标识校验码）不对，请核对有无错字。")
    if code_check(code[:17]) != code[17]:
        _refuse("credit_code", "统一社会信用代码第 18 位（校验码）不对，请核对有无错字。")
    return code


def checked_patent_number(text: str) -> str:
    """An application number as 201710601862.3, or a grant as ZL201710601862.3."""
    number = _plain(text)
    found = PATENT.fullmatch(number)
    if found is None:
        _refuse("rights", f"“{text.strip()}”不是中国专利申请号（形如 201710601862.3）。")
    digits, check = found.groups()
    if patent_check(digits) != check:
        _refuse("rights", f"专利号“{text.strip()}”的校验位不对，请核对有无错字。")
    return f"{'ZL' if number.startswith('ZL') else ''}{digits}.{check}"


def checked_registration(kind: RegistrationType, text: str) -> str:
    """The number of a Hong Kong or Macau body, whose form alone can be checked."""
    number = _plain(text)
    pattern, form = REGISTRATIONS[kind]
    if re.fullmatch(pattern, number) is None:
        _refuse("registration_number", f"{kind.text}应为{form}。")
    return number


def checked_division_code(text: str) -> str:
    """Six digits of GB/T 2260; whether the division is known is the table's affair."""
    code = _plain(text)
    if re.fullmatch(r"[1-9]\d{5}", code) is None:
        _refuse("division", f"行政区划代码应为 6 位数字，“{text.strip()}”不是。")
    return code


def _plain(text: str) -> str:
    """Half-width capitals without the spaces that people put in."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def _refuse(field: str, reason: str) -> NoReturn:
    raise Invalid([Problem(field, reason)])
