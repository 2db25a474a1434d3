"""The commands about the record of changes: is the chain whole, and what may go."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from sqlalchemy import Engine

from market import ledger
from market.db import session_for, writing
from market.policy import current
from market.roles import OPERATOR_VIEWER

Options = argparse.Namespace


def verify(engine: Engine, options: Options) -> int:
    """Check every link. 1 where one does not hold, or where the end is not the expected one."""
    with session_for(engine) as session:
        found = ledger.verify(session)
        known = not options.expect or ledger.holds_hash(session, options.expect)
    if not found.holds:
        print(
            f"变更记录在第 {found.broken_at:,} 条断开：{found.why}。"
            f"在它之前的 {found.entries:,} 条完好。",
            file=sys.stderr,
        )
        return 1
    print(f"变更记录完好，共 {found.entries:,} 条，最后是第 {found.last_id:,} 条。")
    print(f"末尾校验值 {found.last_hash}")
    if known:
        return 0
    print(
        f"链中没有您要核对的校验值 {options.expect}：抄下它以后，记录被整体改写过。",
        file=sys.stderr,
    )
    return 1


def prune(engine: Engine, options: Options) -> None:
    """Let go of what is older than the installation keeps it."""
    months = options.months or current().ledger_months
    with writing(engine) as session:
        gone = ledger.prune(session, OPERATOR_VIEWER, datetime.now(UTC), months)
    print(f"已清理 {gone:,} 条 {months} 个月以前的变更记录，其余仍可核对。")
