"""Mail as it leaves: headers that nobody can add to, servers that say no."""

from __future__ import annotations

import socket
import ssl
import subprocess
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from market.letters import Letter
from market.mail import (
    BAD_ADDRESS,
    NO_LOGIN,
    NO_SENDER,
    NO_SERVER,
    ConsoleMail,
    Server,
    SmtpMail,
    compose,
    mail_for,
)
from market.policy import BadPolicy
from tests.conftest import NOW
from tests.market.postman import SENDER, logins, open_postbox

LONG = "https://kejie.example.cn/unsubscribe/" + "x" * 200


def letter(**given):
    values = {
        "id": "7.1",
        "target": "lin@example.com",
        "subject": "标题",
        "text": "正文",
        "at": NOW,
    }
    return Letter(**{**values, **given})


def arrived(message):
    return message_from_bytes(message.as_bytes(), policy=policy.default)


def sent(mail, *letters):
    return [trouble and (trouble.reason, trouble.is_final) for trouble in mail.carry(letters)]


# ---- headers


def test_chinese_goes_through_every_header():
    long = "您的需求“" + "年产三万吨再生铜冶炼渣资源化" * 9 + "”已通过审核"
    found = arrived(compose(letter(subject=long, text="第一行\n第二行：½ 🙂"), SENDER))
    assert (found["From"], found["Subject"]) == ("科揭 <no-reply@kejie.example.cn>", long)
    assert found.get_content().splitlines() == ["第一行", "第二行：½ 🙂"]
    assert found.get_content_type() == "text/plain"


def test_lines_are_as_long_as_a_server_takes():
    raw = compose(letter(subject="长" * 200, text="字" * 5_000), SENDER).as_bytes()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_the_number_of_a_letter_is_the_same_each_time():
    first, again = (compose(letter(), SENDER)["Message-ID"] for _ in range(2))
    assert first == again == "<7.1@kejie.example.cn>"
    assert compose(letter(id="8.1"), SENDER)["Message-ID"] != first


def test_what_is_optional_can_be_ended_with_one_click():
    raw = compose(letter(unsubscribe=LONG), SENDER).as_bytes()
    assert f"List-Unsubscribe: <{LONG}>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_what_is_not_optional_has_no_such_header():
    assert "List-Unsubscribe" not in compose(letter(), SENDER)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\n\r\n", "\x0b", "\u2028", "\x85"])
def test_a_subject_cannot_add_a_header(end):
    try:
        raw = compose(letter(subject=f"标题{end}Bcc: evil@example.com"), SENDER).as_bytes()
    except ValueError:
        return
    assert message_from_bytes(raw)["Bcc"] is None
    assert b"\nBcc:" not in raw


@pytest.mark.parametrize(
    "target",
    ["a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com", "a@example.com b",
     "<a@example.com>, b", "a b@example.com", "", "@", "a@example.com\n"],
)  # fmt: skip
def test_a_target_is_one_address_or_is_refused_for_good(target):
    with open_postbox() as box:
        assert sent(box.mail, letter(target=target), letter()) == [(BAD_ADDRESS, True), None]
        assert box.recipients == [["lin@example.com"]]


def test_a_text_that_looks_like_the_end_arrives_whole():
    text = "一\n.\n二\n..三\nQUIT"
    with open_postbox() as box:
        assert sent(box.mail, letter(text=text)) == [None]
        assert box.letters[0].get_content().splitlines() == text.splitlines()


# ---- servers


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_login_is_used_and_a_wrong_one_is_said():
    with open_postbox(**logins("kejie", "p@ss:字")) as box:
        url = f"smtp://kejie:p%40ss%3A%E5%AD%97@127.0.0.1:{box.port}"
        assert sent(SmtpMail(Server.of(url), SENDER), letter()) == [None]
        wrong = Server.of(f"smtp://kejie:no@127.0.0.1:{box.port}")
        [(reason, is_final), second] = sent(SmtpMail(wrong, SENDER), letter(), letter())
        assert (reason, is_final) == second == (f"{NO_LOGIN}（535）", False)
        assert len(box.letters) == 1


def test_a_refused_sender_is_a_setting_to_mend_and_not_the_end_of_the_letter():
    class Picky:
        async def handle_MAIL(self, server, session, envelope, address, options):
            return "550 not you"

    with open_postbox() as box:
        box.handle_MAIL = Picky().handle_MAIL
        assert sent(box.mail, letter()) == [(f"{NO_SENDER}（550）", False)]


def test_a_server_that_hangs_up_is_tried_again_with_the_next_letter():
    with open_postbox() as box:
        box.answers = [("DATA", "421 closing")]
        first, second = sent(box.mail, letter(), letter(subject="乙"))
        assert (first[1], second) == (False, None)
        assert box.subjects == ["乙"]


def test_a_server_that_says_nothing_costs_one_time_out_for_all():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mail = SmtpMail(Server("127.0.0.1", silent.getsockname()[1], "", "", False), SENDER, 0.1)
        found = sent(mail, *[letter()] * 50)
    assert {(reason.split("（")[0], final) for reason, final in found} == {(NO_SERVER, False)}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> ssl.SSLContext:
    folder: Path = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-keyout", folder / "key", "-out", folder / "cert"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context


def test_a_certificate_that_nobody_vouches_for_gets_no_letter(certificate):
    """The server offers STARTTLS, so it is used, and its certificate is looked at."""
    with open_postbox(tls_context=certificate) as box:
        [(reason, is_final)] = sent(box.mail, letter())
        assert (reason.split("（")[0], is_final, box.letters) == (NO_SERVER, False, [])


def test_a_password_never_travels_in_the_clear():
    """To this very machine it may; to another one TLS comes first, or the letter stays."""
    near, far = (Server.of(f"smtp://kejie:s@{host}") for host in ("127.0.0.1", "mail.example.cn"))
    assert (near.must_start_tls, far.must_start_tls) == (None, True)
    assert Server.of("smtps://kejie:s@mail.example.cn").is_tls


# ---- settings


def test_what_the_address_of_a_server_says():
    assert Server.of("smtps://u:p@mail.example.cn") == Server(
        "mail.example.cn", 465, "u", "p", True
    )
    assert Server.of("smtp://mail.example.cn:587") == Server("mail.example.cn", 587, "", "", False)


@pytest.mark.parametrize(
    "url", ["mail.example.cn", "http://a:s3cret@b", "smtp://", "smtp://u:s3cret@:25", "smtp://h:x"]
)
def test_what_is_no_address_of_a_server_is_said_without_the_password(url):
    with pytest.raises(BadPolicy, match="KEJIE_SMTP_URL") as refused:
        mail_for(url, "a@example.cn")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("sender", ["", "科揭", "a b@c", "a@b.cn@c"])
def test_a_server_wants_a_sender(sender):
    with pytest.raises(BadPolicy, match="KEJIE_MAIL_FROM"):
        mail_for("smtp://mail.example.cn", sender)


def test_a_sender_may_have_a_name():
    found = mail_for("smtp://mail.example.cn", "科技局 <a@example.cn>")
    assert str(found.sender) == "科技局 <a@example.cn>"
    assert str(mail_for("smtp://mail.example.cn", "a@example.cn").sender) == "科揭 <a@example.cn>"


def test_without_a_server_mail_is_printed(capsys):
    mail = mail_for("", "")
    assert isinstance(mail, ConsoleMail)
    assert sent(mail, letter(text="验证码 123456")) == [None]
    printed = capsys.readouterr().out
    assert [word for word in ("lin@example.com", "标题", "123456") if word not in printed] == []
