"""Short messages through one small interface."""

from __future__ import annotations

import pytest

from market.letters import Letter, NotSent
from market.policy import BadPolicy
from market.sms import OFF, Sms, sms_for
from tests.conftest import NOW

MESSAGE = Letter("1.1", "+8613812345678", "", "【科揭】验证码 123456", NOW)
SENT: list[tuple[str, str]] = []


class Gateway:
    """Somebody's gateway: takes numbers of the mainland, and falls over at one of them."""

    def send(self, number, text):
        if number.endswith("0000"):
            raise ConnectionError(f"cannot reach {number}")
        if not number.startswith("+86"):
            raise NotSent("号码不存在", is_final=True)
        SENT.append((number, text))


def sent(sms, *targets):
    letters = [Letter("1.1", target, "", MESSAGE.text, NOW) for target in targets]
    return [trouble and (trouble.reason, trouble.is_final) for trouble in sms.carry(letters)]


@pytest.mark.parametrize("value", ["", "console"])
def test_the_console_prints(value, capsys):
    assert sent(sms_for(value), MESSAGE.target) == [None]
    printed = capsys.readouterr().out
    assert MESSAGE.target in printed
    assert MESSAGE.text in printed


def test_off_sends_none_and_says_which_setting():
    assert sent(sms_for("off"), MESSAGE.target) == [(OFF, True)]


def test_a_gateway_of_ones_own_is_named_by_its_module():
    SENT.clear()
    sms = sms_for("tests.market.test_sms:Gateway")
    assert sent(sms, "+8613812345678", "+85291234567", "+8613800000000", "+8613912345678") == [
        None, ("号码不存在", True), ("短信网关出错（ConnectionError）", False), None,
    ]  # fmt: skip


def test_what_a_gateway_says_when_it_falls_over_is_not_passed_on(caplog):
    [trouble] = Sms(Gateway()).carry([Letter("1.1", "+8613800000000", "", MESSAGE.text, NOW)])
    assert "13800000000" not in str(trouble) + caplog.text
    assert "123456" not in caplog.text


@pytest.mark.parametrize(
    "value",
    ["no.such.module:make", "market.sms:nothing", "market.sms", "sms", ":", "market.sms:Sms"],
)
def test_what_names_no_gateway_is_refused(value):
    with pytest.raises(BadPolicy, match="KEJIE_SMS"):
        sms_for(value)
