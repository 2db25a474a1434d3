"""What the commands of `python -m market` do; `market.__main__` knows how they are spelled."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from market.db import engine_for, migrate, session_for, url_for, writing
from market.errors import Invalid, Problem
from market.models.enums import Kind
from market.roles import OPERATOR_VIEWER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from market.matchmaking import Matchmaker

Options = argparse.Namespace
KINDS = {"needs": Kind.NEED, "achievements": Kind.ACHIEVEMENT}


def migrate_(options: Options) -> None:
    _ready(options)
    print("数据库已是最新结构。")


def import_(options: Options) -> None:
    from market.imports import ImportRequest, import_listings

    request = ImportRequest(
        options.path, KINDS[options.kind], options.source, options.owner, options.field
    )
    with session_for(_ready(options), writes=True) as session, _bar("读取", "行") as progress:
        report = import_listings(session, request, OPERATOR_VIEWER, _now(), progress)
        if options.dry_run:
            session.rollback()
        else:
            session.commit()
    print(f"{'试读' if options.dry_run else '导入'} {report.rows:,} 行：{_told(report.recorded)}。")
    if report.new_owners:
        print(f"新登记单位 {report.new_owners:,} 个。")
    if report.unused:
        print(f"没有用到的列：{'、'.join(report.unused)}。")
    if not options.dry_run:
        print("服务或 worker 运行时会自动更新索引和匹配推荐；进度见 python -m market status。")


def reindex_(options: Options) -> None:
    from filelock import Timeout

    from market.indexer import Indexer

    engine = _ready(options)
    indexer = Indexer(engine, _loaded(options, engine))
    try:
        with _bar("重建索引", "条") as progress:
            held = indexer.rebuild(progress)
    except Timeout:
        raise Invalid(
            [Problem("index", "服务或 worker 正在写索引；请先停下它，或删除索引目录由它重建。")]
        ) from None
    finally:
        indexer.close()
    print(f"索引已重建，共 {held:,} 条。")


def worker_(options: Options) -> None:
    from market import worker
    from market.keys import Keys
    from market.outbox import Carriers

    engine = _ready(options)
    carriers = Carriers.from_environment(Keys.of(options.data))
    worker.run(engine, _loaded(options, engine), carriers, once=options.once)


def status_(options: Options) -> None:
    from market.matchmaking import Matchmaker
    from market.queries.deliveries import delivery_counts
    from market.queries.listings import counts

    engine = _ready(options)
    with session_for(engine) as session:
        found = counts(session, OPERATOR_VIEWER)
        mail = delivery_counts(session, OPERATOR_VIEWER)
    status = Matchmaker(options.data, options.model, engine).status
    print(f"需求 {found.needs:,}（示例 {found.demo_needs:,}）")
    print(f"成果 {found.achievements:,}（示例 {found.demo_achievements:,}）")
    print(f"单位 {found.organisations:,}（示例 {found.demo_organisations:,}）")
    print(f"匹配推荐 {found.suggestions:,}，待算 {status.suggestions_pending:,} 条内容的推荐")
    print(f"索引 {status.documents:,} 条，待更新 {status.pending:,}；模型 {status.model}")
    print(f"发件箱 待发送 {mail.waiting:,}，发送失败 {mail.dead:,}")


def purge_demo_(options: Options) -> None:
    from market.actions import demo

    with writing(_ready(options)) as session:
        purged = demo.purge(session, OPERATOR_VIEWER, _now())
    print(
        f"已删除示例需求 {purged.needs:,}、示例成果 {purged.achievements:,}、"
        f"示例单位 {purged.organisations:,}、示例账号 {purged.people:,}。"
    )


def grant_(options: Options) -> None:
    from market import commands_people

    commands_people.grant(_ready(options), options)


def people_(options: Options) -> None:
    from market import commands_people

    commands_people.list_people(_ready(options), options)


def verify_ledger_(options: Options) -> int:
    from market import commands_ledger

    return commands_ledger.verify(_ready(options), options)


def export_judgements_(options: Options) -> None:
    from market import judgements

    with session_for(_ready(options)) as session:
        found = judgements.export(session, options.into, OPERATOR_VIEWER, everybodys=options.all)
    print(
        f"已写到 {options.into}：成果 {found.documents:,}，需求 {found.queries:,}，"
        f"判断 {found.judgements:,}。"
    )


def prune_ledger_(options: Options) -> None:
    from market import commands_ledger

    commands_ledger.prune(_ready(options), options)


def _ready(options: Options) -> Engine:
    """The engine of a database that has the newest schema."""
    options.data.mkdir(parents=True, exist_ok=True)
    url = options.database or url_for(options.data)
    migrate(url)
    return engine_for(url)


def _loaded(options: Options, engine: Engine) -> Matchmaker:
    """A matchmaker whose encoder is there. Raises Invalid where the model cannot be loaded."""
    from market.matchmaking import Matchmaker

    matchmaker = Matchmaker(Path(options.data), options.model, engine)
    matchmaker.load()
    if not matchmaker.may_write:
        raise Invalid([Problem("model", matchmaker.status.message)])
    return matchmaker


def _now() -> datetime:
    return datetime.now(UTC)


def _told(recorded: Any) -> str:
    return f"新增 {recorded.created:,}，更新 {recorded.changed:,}，未变 {recorded.unchanged:,}"


@contextmanager
def _bar(text: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar that is told (done, total)."""
    from tqdm import tqdm

    with tqdm(desc=text, unit=unit, file=sys.stderr, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress
