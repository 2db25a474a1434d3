"""Where an organisation's matters stand: its certification, a merger, a membership."""

from __future__ import annotations

from market.models.enums import CertificationState, MembershipState, MergeState
from market.roles import Permission
from market.states.table import Guard, Move, is_not_ones_own, says_why, someone_else

MANAGE = Permission.ORGANISATION_MANAGE

SUBMITTED, VERIFIED = CertificationState.SUBMITTED, CertificationState.VERIFIED
DECIDE = Permission.CERTIFICATION_DECIDE
not_by_the_submitter = someone_else(
    "not_by_the_submitter", "submitted_by", "认证是您提交的，须由另一位工作人员核验。"
)
has_an_identifier = Guard(
    "has_an_identifier",
    lambda it: it.owner is not None and bool(it.owner.credit_code or it.owner.registration_number),
    "该单位没有填写统一社会信用代码或登记号，请先退回补充。",
)
CERTIFICATION_MOVES = (
    Move(
        "verify", SUBMITTED, VERIFIED, "通过认证", DECIDE,
        (is_not_ones_own, not_by_the_submitter, has_an_identifier),
    ),
    Move("refuse", SUBMITTED, CertificationState.REFUSED, "不予通过", DECIDE,
         (is_not_ones_own, not_by_the_submitter, says_why)),
    Move("withdraw", SUBMITTED, CertificationState.WITHDRAWN, "撤回认证申请", MANAGE),
    Move("revoke", VERIFIED, CertificationState.REFUSED, "撤销认证", DECIDE,
         (is_not_ones_own, says_why)),
)  # fmt: skip

PREPARED = MergeState.PREPARED
not_the_preparer = someone_else(
    "not_the_preparer", "prepared_by", "这项合并是您经办的，须由另一位审批人决定。"
)
MERGE_MOVES = (
    Move("approve", PREPARED, MergeState.APPROVED, "批准合并", Permission.MERGE_APPROVE,
         (not_the_preparer,)),
    Move("refuse", PREPARED, MergeState.REFUSED, "不批准合并", Permission.MERGE_APPROVE,
         (not_the_preparer, says_why)),
)  # fmt: skip

MEMBERSHIP_MOVES = (
    Move("accept", MembershipState.REQUESTED, MembershipState.ACTIVE, "同意加入", MANAGE),
    Move("refuse", MembershipState.REQUESTED, MembershipState.REFUSED, "不同意加入", MANAGE),
    Move("remove", MembershipState.ACTIVE, MembershipState.ENDED, "移出单位", MANAGE),
)
