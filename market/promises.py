"""The promise of secrecy under which an organisation may read what a listing keeps back. It is
stored with the request as it was accepted; the page shows the same text."""

from __future__ import annotations

PROMISE = """{organisation}申请查阅“{title}”中不公开的内容，并向发布单位承诺：
一、所获内容只用于评估双方就这一项目合作的可能，不作他用。
二、只让本单位确有必要的人员知悉，并使他们承担同样的保密义务；不向第三方披露，不据以申请专利，不发表。
三、发布单位终止授权或者提出要求时，停止使用，并销毁所获内容和副本。
四、本单位此前已合法掌握、独立研发，或者已经公开的内容，不在此限。
五、违反承诺的，依法承担责任。本承诺自提交时生效，授权终止后三年内继续有效。"""


def promise_of(organisation: str, title: str) -> str:
    """The promise, as this organisation gives it for the listing of this title."""
    return PROMISE.format(organisation=organisation, title=title)
