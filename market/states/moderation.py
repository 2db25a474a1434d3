"""Where a report, an appeal and a disclosure stand."""

from __future__ import annotations

from market.models.enums import AppealState, DisclosureState, ReportState
from market.roles import Permission
from market.states.table import Move, is_not_ones_own, says_why, someone_else

HANDLE = Permission.REPORT_DECIDE
RECEIVED, ACCEPTED = ReportState.RECEIVED, ReportState.ACCEPTED
OF_ANOTHER = (is_not_ones_own, someone_else(
    "not_the_reporter", "reported_by", "这是您本人的举报，须由另一位工作人员处理。"
))  # fmt: skip
REPORT_MOVES = (
    Move("accept", RECEIVED, ACCEPTED, "受理", HANDLE, OF_ANOTHER),
    Move("decline", RECEIVED, ReportState.INADMISSIBLE, "不予受理", HANDLE,
         (*OF_ANOTHER, says_why)),
    Move("uphold", ACCEPTED, ReportState.UPHELD, "认定属实", HANDLE, (*OF_ANOTHER, says_why)),
    Move("dismiss", ACCEPTED, ReportState.DISMISSED, "认定不属实", HANDLE,
         (*OF_ANOTHER, says_why)),
)  # fmt: skip

not_against_oneself = someone_else(
    "not_against_oneself", "against", "下架是您决定的，申诉须由另一位工作人员复核。"
)
REVIEWING = (is_not_ones_own, not_against_oneself, says_why)
APPEAL_MOVES = (
    Move("uphold", AppealState.FILED, AppealState.UPHELD, "支持申诉",
         Permission.APPEAL_DECIDE, REVIEWING),
    Move("dismiss", AppealState.FILED, AppealState.DISMISSED, "维持下架",
         Permission.APPEAL_DECIDE, REVIEWING),
)  # fmt: skip

ANSWER = Permission.DISCLOSURE_ANSWER
REQUESTED, GRANTED = DisclosureState.REQUESTED, DisclosureState.GRANTED
DISCLOSURE_MOVES = (
    Move("grant", REQUESTED, GRANTED, "同意披露", ANSWER),
    Move("refuse", REQUESTED, DisclosureState.REFUSED, "不同意披露", ANSWER, (says_why,)),
    Move("end", GRANTED, DisclosureState.ENDED, "终止披露", ANSWER),
)
