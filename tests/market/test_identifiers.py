"""Check digits and forms of the numbers that name bodies and patents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market import identifiers as ids
from market.errors import Invalid
from market.models import RegistrationType

REAL_CODES = [
    "12100000400000624D",
    "12100000400002259P",
    "914403001922038216",
    "9144030071526726XG",
    "91330100799655058B",
    "91110000802100433B",
    "91350100M000100Y43",
]
DEMO_CODES = [
    "91999999DEM000014G",
    "91999999DEM000022B",
    "12999999DEM100015B",
    "52999999DEM200016W",
]


def reason(check, *arguments, **named) -> str:
    with pytest.raises(Invalid) as refused:
        check(*arguments, **named)
    [problem] = refused.value.problems
    return problem.reason


@pytest.mark.parametrize("code", REAL_CODES)
def test_a_right_code_is_taken(code):
    assert ids.checked_credit_code(code) == code


def test_a_code_is_taken_as_people_write_it():
    assert ids.checked_credit_code(" 91350100 m000100y43 ") == "91350100M000100Y43"
    assert ids.checked_credit_code("９１３５０１００Ｍ０００１００Ｙ４３") == "91350100M000100Y43"


def test_a_wrong_body_check_is_told_from_a_wrong_last_check():
    assert "第 18 位" in reason(ids.checked_credit_code, "91350100M000100Y4Z".replace("Z", "4"))
    assert "第 17 位" in reason(ids.checked_credit_code, "91350100M000100Y53")


def test_letters_that_no_code_has_are_named():
    assert "“IO”" in reason(ids.checked_credit_code, "9135O1I0M000100Y43")


def test_a_short_code_says_how_long_it_is():
    assert "有 5 位" in reason(ids.checked_credit_code, "91350")


@pytest.mark.parametrize("code", DEMO_CODES)
def test_demo_codes_are_for_demo_only(code):
    assert ids.checked_credit_code(code, demo=True) == code
    assert "示例代码" in reason(ids.checked_credit_code, code)


@given(st.sampled_from(REAL_CODES), st.integers(0, 17), st.sampled_from(ids.CODE_SYMBOLS))
def test_every_single_slip_is_caught(code, place, symbol):
    slipped = code[:place] + symbol + code[place + 1 :]
    if slipped != code:
        reason(ids.checked_credit_code, slipped)


@given(
    st.text(alphabet="0123456789", min_size=6, max_size=6),
    st.text(ids.CODE_SYMBOLS[:30], min_size=8, max_size=8),
)
def test_a_code_with_both_checks_computed_is_taken(division, subject):
    if division == ids.DEMO_DIVISION:
        return
    first = f"91{division}{subject}{ids.body_check(subject)}"
    code = first + ids.code_check(first)
    assert ids.checked_credit_code(code) == code


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("201710601862.3", "201710601862.3"),
        ("2017106018623", "201710601862.3"),
        ("ZL95115608.X", "ZL95115608.X"),
        ("zl 95115608.x", "ZL95115608.X"),
        ("CN201210000001.7", "201210000001.7"),
        ("201080063196.9", "201080063196.9"),
    ],
)
def test_patent_numbers(written, stored):
    assert ids.checked_patent_number(written) == stored


@pytest.mark.parametrize("digit", "012456789X")
def test_a_wrong_patent_check_is_caught(digit):
    assert "校验位" in reason(ids.checked_patent_number, f"201710601862.{digit}")


@pytest.mark.parametrize("number", ["CN101234567A", "201760601862.3", "187710601862.3", "", "无"])
def test_what_is_no_application_number(number):
    assert "不是中国专利申请号" in reason(ids.checked_patent_number, number)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (RegistrationType.HK_BR, "99999901"),
        (RegistrationType.HK_CR, "0123456"),
        (RegistrationType.MACAU, "SO-999901"),
        (RegistrationType.MACAU, "12345 (SO)"),
    ],
)
def test_registrations_of_hong_kong_and_macau(kind, number):
    assert ids.checked_registration(kind, number)


def test_a_registration_of_another_form_is_refused():
    assert reason(ids.checked_registration, RegistrationType.HK_BR, "12A") == (
        "香港商业登记号应为8 位数字。"
    )


def test_division_codes():
    assert ids.checked_division_code(" 441802 ") == "441802"
    assert "6 位数字" in reason(ids.checked_division_code, "清远")
