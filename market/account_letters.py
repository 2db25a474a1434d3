"""The letters of an account: codes and links that are sent, and what a person is told about the
safety of their account. The words stand here; `market.notices` writes them down to be delivered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from market import notices
from market.contacts import channel_of
from market.models.enums import Channel, NoticeKind
from market.models.notices import Delivery
from market.models.sign_ins import OneTime

NOT_YOU = "如果不是您本人操作，请不必理会，也不要把它告诉任何人。"
LETTERS = {
    "register": (
        "科揭注册验证码",
        "您的注册验证码是 {code}，{minutes} 分钟内有效。" + NOT_YOU,
    ),
    "has-account": (
        "您已有账号",
        "有人正用您的邮箱或手机号注册科揭。您已有账号，请直接登录；忘记密码可以重设。\n"
        "/sign-in\n如果不是您本人操作，请不必理会，您的账号没有变化。",
    ),
    "reset": (
        "重设科揭密码",
        "请在 {minutes} 分钟内打开下面的链接设置新密码，链接只能用一次。\n{link}\n" + NOT_YOU,
    ),
    "no-account": (
        "重设科揭密码",
        "有人要求重设科揭密码，但这里没有用您的邮箱或手机号注册的账号。可以用它注册一个。\n"
        "/register\n如果不是您本人操作，请不必理会。",
    ),
    "change-new": (
        "科揭联系方式验证码",
        "您正把这里设为科揭账号的联系方式，验证码是 {code}，{minutes} 分钟内有效。" + NOT_YOU,
    ),
    "change-old": (
        "确认更换科揭联系方式",
        "您的科揭账号正要更换联系方式，确认码是 {code}，{minutes} 分钟内有效。"
        "如果不是您本人操作，请不要告诉任何人，并立即登录修改密码。\n/account/security",
    ),
    "taken": (
        "您已有账号",
        "有人想把您的邮箱或手机号设为另一个科揭账号的联系方式，没有成功：它属于您现在的账号。"
        "如果不是您本人操作，请不必理会。",
    ),
    "changed": (
        "科揭账号的联系方式已更换",
        "您的科揭账号已改用新的联系方式，今后不再向这里发送通知。"
        "如果不是您本人操作，请立即联系主管部门。",
    ),
}
"""By name: the subject, and the text. A line that begins with "/" is a path of the site."""
SECURITY, TOKENS, IDENTITIES = "/account/security", "/account/tokens", "/account/identities"
NOTICES = {
    "password": ("密码已修改", "其他设备上的登录都已退出。", SECURITY),
    "contact": ("联系方式已更换", "其他设备上的登录都已退出。", SECURITY),
    "second-step": ("两步验证已开启", "今后登录时还要输入验证器上的数字。", SECURITY),
    "second-step-end": ("两步验证已关闭", "今后登录时只要密码。", SECURITY),
    "second-step-lift": ("两步验证已由管理员解除", "请重新登录并尽快再次开启。", SECURITY),
    "token": ("新建了一个接口令牌", "不用的令牌请及时撤销。", TOKENS),
    "link": ("绑定了一个统一身份账号", "今后也可以用它登录。", IDENTITIES),
    "unlink": ("解除了一个统一身份账号", "今后不能再用它登录。", IDENTITIES),
    "grant": ("您有了新的平台角色", "您现在是“{role}”，重新打开网页即可使用。", "/account"),
    "grant-end": ("您的一个平台角色已结束", "您不再是“{role}”。", "/account"),
    "resume": ("账号已恢复使用", "账号的停用已经解除，可以照常登录。", "/account"),
}
"""By name: the subject, the text, and the page to look at."""
WATCH = "如果不是您本人操作，请立即修改密码，并退出其他设备。"
OTHERS_ACTS = {"second-step-lift", "grant", "grant-end", "resume"}


def send_letter(
    session: Session, name: str, target: str, now: datetime, *, code: str = "", link: str = "",
    period: timedelta | None = None, person_id: int | None = None,
) -> None:  # fmt: skip
    """Write one letter to an address or number. A code or a link in it is a secret that expires."""
    subject, text = LETTERS[name]
    minutes = int(period.total_seconds() // 60) if period else 0
    channel = channel_of(target)
    notices.send(
        session, channel, target, subject if channel is Channel.EMAIL else "",
        text.format(code=code, link=link, minutes=minutes), now,
        is_secret=bool(code or link), expires_at=now + period if period else None,
        person_id=person_id,
    )  # fmt: skip


def adopt(session: Session, target: str, person_id: int) -> None:
    """What was sent to an address before it had an account is its account's from now on: it is in
    the export of one's own data, and goes when the account goes."""
    for table in (Delivery, OneTime):
        nobodys = (col(table.target) == target, col(table.person_id).is_(None))
        session.execute(update(table).where(*nobodys).values(person_id=person_id))


def tell_account(session: Session, person_id: int, name: str, now: datetime, **values: str) -> None:
    """Tell a person what happened to their account, in the inbox and by mail."""
    subject, text, link = NOTICES[name]
    text = text.format(**values) + ("" if name in OTHERS_ACTS else WATCH)
    notices.post(session, [person_id], NoticeKind.ACCOUNT, subject, text, link, now)
