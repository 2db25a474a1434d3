"""What the next page says once after a listing was written or moved."""

from __future__ import annotations

SAVED = "已保存。"
SAVED_DRAFT = "草稿已保存，只有本单位成员能看到。"
SAID = {
    "publish": "已发布。系统正在计算匹配，几秒后刷新本页就能看到。",
    "submit": "已送审。主管部门审核后会通知您，通过后自动发布并开始匹配。",
    "recall": "已撤回送审，可以继续修改。",
    "approve": "已通过审核并发布。", "return": "已退回，发布单位会看到理由。",
    "renew": "已续期。", "match": "已标记为已对接。", "close": "已关闭，不再参与匹配。",
    "withdraw": "已撤回，只有本单位成员能看到。",
    "reopen": "已重新打开。", "take-down": "已下架，发布单位会看到理由，并可以申诉。",
    "restore": "已恢复发布。",
}  # fmt: skip
