"""The marketplace 科揭. READ FIRST: this page, then `states`, then `actions/needs`.

It knows no HTTP and no HTML, and of `matching` only what `matchmaking` imports:

    web → market → matching        seeds → market

The nouns (English here, Chinese on the page)

    Need 技术需求          what an enterprise cannot solve alone
    Achievement 科技成果   what an institution can offer
    Organisation 单位      who owns either; one of kind `source` stands in where a file names none
    Field 技术领域         two levels of the plan        Division 行政区划
    Suggestion 匹配推荐    a stored match on the page of one side, with score and reasons
    Person 用户            an account; Membership 成员 its role in an organisation, Grant a role of
                           the platform, SignIn a session, Invitation a way in
    Certification 单位认证 the proof of an organisation; Merge 单位合并 of two entries of one body
    Tier 可见范围          who may read one field; Disclosure 保密授权 lets somebody read more
    Sketch 未完成的填写    what somebody is still writing, as typed
    ListingVersion 版本    what a listing said before; Answer 反馈 to a suggestion, a judgement
    SavedList 收藏夹       listings that somebody keeps; Import 批量导入 a file of many
    Report 举报, Appeal 申诉, Attachment 附件, Notice 通知 and its Delivery (the outbox)
    Change 变更记录        who did what, when: a chain (`ledger`)
    IndexChange            what the index must still apply

The five words, one place each

    what exists           models/     tables only, one file per noun
    where it stands       states      the table of moves; `workflow` applies them
    who may               roles, rules    denied unless a rule grants it
    what can happen       actions/    verbs; they check, change and record
    what can be seen      queries/    reads; every one takes the viewer and filters inside

How a listing reaches a page of matches

    `actions/listings.record` stores it and `workflow` publishes it: the listing, its Change, its
    IndexChange and its StaleSuggestion are one transaction. `indexer` (in the server, or alone as
    `worker`) brings the index up to the last IndexChange, then `suggesting` makes what is stale.
    `matchmaking` answers pasted texts from the same index, and `advising` says of a text that is
    being written what it finds so far and what would make it findable. The database is the truth:
    the index folder can be deleted at any time and heals.

What happens beside an action

    `workflow` writes the Change and hands the action to `notices` (`telling` says who is told in
    which words), all in one transaction. `worker` runs the indexer, `outbox` (mails and short
    messages) and `clock` (deadlines that pass by themselves).

What a listing says

    `parts` is the table of it: every part of both kinds, its shape and its tier. Forms, pages, API,
    versions (`contents`), files (`cells`, `imports/`, `exports/`) and comparisons (`differences`,
    `measures`) follow it; `reconciling` merges what two people wrote.

Beside these: `catalogue/` (what lists find by, in memory), `viewing` (how often pages are opened),
`judgements` (answers as a collection for matching), `db` and `migrations/`, `policy` (periods that
an installation chooses), `keys` and `credentials` (secrets, passwords, codes), `contacts`
(addresses and numbers in one form), `identifiers` (check digits), `calendar` (days), `texts` (is it
text, which script, where to cut), `files`, `archives`, `storage`, `extraction/`, `file_reading`,
`passages` (attachments), `importing` (imports in the worker), `sole` (one process at a time),
`commands` (python -m market).
Time: `now` is always an argument, moments are aware. Money is whole fen.
"""
