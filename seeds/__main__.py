"""`python -m seeds`: bring the database to the newest schema and load what an installation knows.

Running it again changes nothing that is as it should be. With --empty no demo content is loaded.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from market.__main__ import database_options
from market.actions.listings import Recorded
from market.db import engine_for, migrate, url_for, writing
from market.models import Kind
from seeds import accounts, activity, queue
from seeds.load import load


def main(arguments: Sequence[str] | None = None) -> int:
    """Migrate, load, and say how much there is."""
    options = _parser().parse_args(arguments)
    url = options.database or url_for(options.data)
    migrate(url)
    engine = engine_for(url)
    with writing(engine) as session:
        loaded = load(session, datetime.now(UTC), demo=not options.empty)
        if not options.empty:
            password = accounts.password_of(options.data)
            accounts.load(session, datetime.now(UTC), password)
            queue.load(session, datetime.now(UTC))
            activity.load(session, datetime.now(UTC))
    engine.dispose()
    print(f"技术领域 {loaded.fields}，行政区划 {loaded.divisions}，单位 {loaded.organisations}。")
    for kind, recorded in ((Kind.NEED, loaded.needs), (Kind.ACHIEVEMENT, loaded.achievements)):
        print(f"示例{kind.text}：{_told(recorded)}。")
    if not options.empty:
        names = "、".join(draft.email.partition("@")[0] for draft in accounts.drafts())
        print(f"示例账号 {names}（均 @example.invalid），密码 {password}")
        print(f"（密码保存在 {options.data / accounts.PASSWORD_FILE}，清除示例数据时账号一并删除）")
    return 0


def _told(recorded: Recorded) -> str:
    return f"新增 {recorded.created}，更新 {recorded.changed}，未变 {recorded.unchanged}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m seeds", description="载入基础数据和示例内容", parents=[database_options()]
    )
    parser.add_argument("--empty", action="store_true", help="不载入示例内容")
    return parser


if __name__ == "__main__":
    sys.exit(main())
