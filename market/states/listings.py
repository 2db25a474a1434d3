"""Where a listing stands: drafted, checked, published, expired, taken down."""

from __future__ import annotations

from functools import partial

from market.calendar import day_of
from market.models.enums import ListingState, OrganisationKind, Role, Standing
from market.parts import text_of
from market.roles import Permission, posts
from market.states.table import Guard, Move, is_not_ones_own, says_why, someone_else
from market.texts import MAX_CHARACTERS, has_words

DRAFT, IN_REVIEW = ListingState.DRAFT, ListingState.IN_REVIEW
PUBLISHED, EXPIRED = ListingState.PUBLISHED, ListingState.EXPIRED
MATCHED, CLOSED, WITHDRAWN = ListingState.MATCHED, ListingState.CLOSED, ListingState.WITHDRAWN
TAKEN_DOWN = ListingState.TAKEN_DOWN
WRITE, MODERATE = Permission.LISTING_WRITE, Permission.LISTING_MODERATE

has_title = Guard(
    "has_title", lambda it: has_words(it.subject.title), "标题里还没有文字，补上后再发布。"
)
fits_the_matcher = Guard(
    "fits_the_matcher",
    lambda it: (
        len(it.subject.title) + len(text_of(it.subject.kind, partial(getattr, it.subject)))
        <= MAX_CHARACTERS
    ),
    f"各项文字合计最多 {MAX_CHARACTERS:,} 个字符，请删减后再发布。",
)
demo_stays_apart = Guard(
    "demo_stays_apart",
    lambda it: it.owner is not None and it.subject.is_demo == it.owner.is_demo,
    "示例内容只能属于示例单位，真实单位也不能挂示例内容。",
)
is_not_from_the_future = Guard(
    "is_not_from_the_future",
    lambda it: it.subject.published_at is None or it.subject.published_at <= it.now,
    "发布日期不能晚于今天。",
)
is_wanted_in_time = Guard(
    "is_wanted_in_time",
    lambda it: (
        Role.OPERATOR in it.viewer.roles
        or getattr(it.subject, "wanted_by", None) is None
        or it.subject.wanted_by >= day_of(it.now)
    ),
    "希望完成的日期已经过去，请改后再发布。",
)
owner_is_a_body = Guard(
    "owner_is_a_body",
    lambda it: (
        it.owner is not None
        and (it.owner.kind is not OrganisationKind.SOURCE or it.subject.source is not None)
    ),
    "没有写明单位的内容只能随文件导入，请先补上单位。",
)
owner_may_post = Guard(
    "owner_may_post",
    lambda it: it.viewer.holds(posts(it.subject.kind), it.owner_id),
    "这类单位不能发布这种内容，请改用企业、高校院所或服务机构的身份。",
)
owner_is_trusted = Guard(
    "owner_is_trusted",
    lambda it: (
        Role.OPERATOR in it.viewer.roles
        or (
            it.owner is not None
            and (it.owner.standing is Standing.VERIFIED or it.owner.first_published_at is not None)
        )
    ),
    "本单位还没有认证，第一次发布要先送审；认证通过后可以直接发布。",
)
owner_is_not_yet_trusted = Guard(
    "owner_is_not_yet_trusted",
    lambda it: not owner_is_trusted.holds(it),
    "本单位可以直接发布，不需要送审。",
)
owner_is_not_merged = Guard(
    "owner_is_not_merged",
    lambda it: it.owner is not None and it.owner.merged_into_id is None,
    "该单位已并入其他单位，请在合并后的单位下发布。",
)
time_is_up = Guard(
    "time_is_up",
    lambda it: it.subject.expires_at is not None and it.subject.expires_at <= it.now,
    "还没有到期。",
)
not_by_whoever_took_it_down = someone_else(
    "not_by_whoever_took_it_down", "taken_down_by", "下架是您决定的，恢复须由另一位工作人员办理。"
)
FIT_TO_SHOW = (
    has_title, fits_the_matcher, demo_stays_apart, is_not_from_the_future, owner_is_a_body,
    owner_is_not_merged,
)  # fmt: skip
FIT_TO_PUBLISH = (*FIT_TO_SHOW, owner_may_post, is_wanted_in_time)

MOVES = (
    Move("publish", DRAFT, PUBLISHED, "发布", WRITE, (*FIT_TO_PUBLISH, owner_is_trusted)),
    Move("submit", DRAFT, IN_REVIEW, "送审", WRITE, (*FIT_TO_PUBLISH, owner_is_not_yet_trusted)),
    Move("recall", IN_REVIEW, DRAFT, "撤回送审", WRITE),
    Move("approve", IN_REVIEW, PUBLISHED, "通过审核", MODERATE, (*FIT_TO_SHOW, is_not_ones_own)),
    Move("return", IN_REVIEW, DRAFT, "退回修改", MODERATE, (is_not_ones_own, says_why)),
    Move("change", DRAFT, DRAFT, "修改", WRITE),
    Move("change", PUBLISHED, PUBLISHED, "修改", WRITE, FIT_TO_SHOW),
    Move("change", EXPIRED, EXPIRED, "修改", WRITE),
    Move("renew", PUBLISHED, PUBLISHED, "续期", WRITE, (*FIT_TO_SHOW, is_wanted_in_time)),
    Move("renew", EXPIRED, PUBLISHED, "续期", WRITE, (*FIT_TO_SHOW, is_wanted_in_time)),
    Move("expire", PUBLISHED, EXPIRED, "到期", Permission.LISTING_EXPIRE, (time_is_up,)),
    Move("match", PUBLISHED, MATCHED, "标记已对接", WRITE),
    Move("close", PUBLISHED, CLOSED, "关闭", WRITE),
    Move("close", MATCHED, CLOSED, "关闭", WRITE),
    Move("close", EXPIRED, CLOSED, "关闭", WRITE),
    Move("withdraw", DRAFT, WITHDRAWN, "撤回", WRITE),
    Move("withdraw", PUBLISHED, WITHDRAWN, "撤回", WRITE),
    Move("withdraw", EXPIRED, WITHDRAWN, "撤回", WRITE),
    Move("reopen", MATCHED, PUBLISHED, "重新开放", WRITE, (*FIT_TO_PUBLISH, owner_is_trusted)),
    Move("reopen", CLOSED, PUBLISHED, "重新开放", WRITE, (*FIT_TO_PUBLISH, owner_is_trusted)),
    Move("reopen", WITHDRAWN, DRAFT, "重新编辑", WRITE),
    Move("take-down", PUBLISHED, TAKEN_DOWN, "下架", MODERATE, (is_not_ones_own, says_why)),
    Move("take-down", MATCHED, TAKEN_DOWN, "下架", MODERATE, (is_not_ones_own, says_why)),
    Move("take-down", EXPIRED, TAKEN_DOWN, "下架", MODERATE, (is_not_ones_own, says_why)),
    Move("take-down", CLOSED, TAKEN_DOWN, "下架", MODERATE, (is_not_ones_own, says_why)),
    Move(
        "restore", TAKEN_DOWN, PUBLISHED, "恢复", Permission.APPEAL_DECIDE,
        (*FIT_TO_SHOW, is_not_ones_own, not_by_whoever_took_it_down),
    ),
)  # fmt: skip
