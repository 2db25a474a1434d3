"""The command line of the marketplace: python -m market COMMAND --help tells what each does.

Everything heavy is imported by the command that needs it, so that the others answer at once.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from market.errors import Invalid, MarketError
from market.policy import BadPolicy

SHOWN_PROBLEMS = 50


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 where it did what was asked, 1 where it says why not."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("faiss").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from market import commands

    try:
        return int(getattr(commands, options.command.replace("-", "_") + "_")(options) or 0)
    except Invalid as error:
        _tell(error)
    except (MarketError, BadPolicy) as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("已中断，没有留下做了一半的内容。", file=sys.stderr)
        return 130
    return 1


def _tell(error: Invalid) -> None:
    print(f"有 {len(error.problems):,} 处问题，什么都没有改动：", file=sys.stderr)
    for problem in error.problems[:SHOWN_PROBLEMS]:
        print(f"  {problem}", file=sys.stderr)
    if len(error.problems) > SHOWN_PROBLEMS:
        print(f"  …… 另有 {len(error.problems) - SHOWN_PROBLEMS:,} 处", file=sys.stderr)


def database_options() -> argparse.ArgumentParser:
    """The options that say where the data is, to be a parent of a command's own parser."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--data", type=Path, metavar="DIR", default=Path(os.environ.get("KEJIE_DATA") or "data"),
        help="数据目录（环境变量 KEJIE_DATA，默认 data）",
    )  # fmt: skip
    shared.add_argument(
        "--database", metavar="URL", default=os.environ.get("KEJIE_DATABASE_URL", ""),
        help="数据库地址（KEJIE_DATABASE_URL，默认数据目录里的 SQLite）",
    )  # fmt: skip
    return shared


def _parser() -> argparse.ArgumentParser:
    shared = database_options()
    shared.add_argument(
        "--model", metavar="NAME", default=os.environ.get("KEJIE_MODEL", ""),
        help="编码模型的名称或目录；lexical 表示只用词语和字组（KEJIE_MODEL）",
    )  # fmt: skip
    parser = argparse.ArgumentParser(prog="python -m market", description="科揭市场")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[shared])

    command("migrate", "把数据库升级到最新结构")
    _add_import(command("import", "导入 .xlsx、.csv、.jsonl 或 BEIR 文件夹；有一行不对就整份不导"))
    command("reindex", "丢弃索引，从数据库重建")
    worker = command("worker", "持续更新索引和匹配推荐，发送邮件和短信，处理到期事项")
    worker.add_argument("--once", action="store_true", help="处理完现有的就退出")
    command("status", "显示内容数量、索引进度、待算的匹配推荐和发件箱")
    command("purge-demo", "删除全部示例单位、需求和成果")
    _add_people(command)
    _add_ledger(command)
    _add_judgements(command)
    return parser


def _add_people(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    grant = command("grant", "授予已注册的人平台角色，例如第一位系统管理员")
    grant.add_argument("--to", required=True, metavar="EMAIL|MOBILE", help="注册时的邮箱或手机号")
    grant.add_argument("--role", required=True, metavar="ROLE", help="例如 administrator")
    people = command("people", "列出账号，联系方式只显示一部分")
    people.add_argument("q", nargs="?", default="", help="姓名里的字，或完整的邮箱、手机号")


def _add_ledger(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    verify = command("verify-ledger", "核对变更记录的每一环，指出第一处断开的地方")
    verify.add_argument("--expect", default="", metavar="HASH", help="从前抄下的校验值，应仍在链中")
    prune = command("prune-ledger", "清理保存期以前的变更记录（期限见 KEJIE_LEDGER_MONTHS）")
    prune.add_argument("--months", type=int, default=0, metavar="N", help="保存几个月，至少 6")


def _add_judgements(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    parser = command("export-judgements", "把对匹配推荐的反馈导出为 BEIR 文件夹，供评测和训练")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR", help="写到这个文件夹")
    parser.add_argument(
        "--all", action="store_true", help="所有人的反馈；默认只取供需双方成员和主管部门的"
    )


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="FILE|DIR")
    parser.add_argument("--kind", required=True, choices=["needs", "achievements"])
    parser.add_argument("--owner", default="", metavar="KEY|NAME", help="没写单位的行归到这个单位")
    parser.add_argument("--source", default="", metavar="NAME", help="来源名称，默认取文件名")
    parser.add_argument("--field", default="", metavar="CODE", help="没写技术领域的行归到这个领域")
    parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")


if __name__ == "__main__":
    sys.exit(main())
