"""Files from outside: what is read, what is refused and how, and that nothing is half done."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from market import cells
from market.errors import Invalid
from market.identifiers import patent_check
from market.imports import ImportReport, ImportRequest, import_listings, values
from market.models import (
    Achievement,
    Change,
    CooperationMode,
    Kind,
    Language,
    Organisation,
    Right,
    RightKind,
    Stage,
)

NEEDS_ROW = {
    "需求名称": "窑炉余热回收",
    "需求描述": "现有辊道窑排烟温度高。",
    "关键词": "余热；窑炉, 节能",
    "技术领域": "陶瓷建材与窑炉节能;NM06",
    "地区": "清新区",
    "技术成熟度": "7级",
    "合作方式": "合作开发、技术许可",
    "预算（万元）": "30-50",
    "企业名称": "甲陶瓷公司",
    "统一社会信用代码": "91350100M000100Y43",
    "编号": 17,
    "发布日期": "2026年3月8日",
    "联系电话": "略",
}


@pytest.fixture
def bring(session, operator, now):
    def bring(path: Path, kind: Kind = Kind.NEED, **given) -> ImportReport:
        return import_listings(session, ImportRequest(path, kind, **given), operator, now)

    return bring


@pytest.fixture
def problems(bring, session):
    """What is wrong with a file, as a person reads it; nothing may have changed."""

    def told(path: Path, kind: Kind = Kind.NEED, **given) -> list[str]:
        before = session.exec(select(func.count(col(Change.id)))).one()
        with pytest.raises(Invalid) as refused:
            bring(path, kind, **given)
        assert session.exec(select(func.count(col(Change.id)))).one() == before
        return [str(problem) for problem in refused.value.problems]

    return told


def write_csv(path: Path, *rows: dict, encoding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path: Path, *rows: dict, above: str = "") -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet()
        lines = [[above], list(rows[0]), *(list(row.values()) for row in rows)]
        for number, cells in enumerate(lines if above else lines[1:]):
            for place, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, place, cell, day)
                else:
                    sheet.write(number, place, cell)
    return path


def write_lines(path: Path, *rows: dict | str) -> Path:
    path.parent.mkdir(exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def check_the_needs_row(make) -> None:
    [need] = make.all(Kind.NEED)
    owner = make.session.get(Organisation, need.owner_id)
    links = make.session.exec(
        select(Organisation.name).where(Organisation.credit_code == "91350100M000100Y43")
    ).all()
    assert (need.title, need.body, need.keywords) == (
        "窑炉余热回收", "现有辊道窑排烟温度高。", ["余热", "窑炉", "节能"],
    )  # fmt: skip
    assert (need.division_code, need.readiness, need.amount_min, need.amount_max) == (
        "441803", 7, 30_000_000, 50_000_000,
    )  # fmt: skip
    assert (need.source_id, need.published_at.isoformat()) == ("17", "2026-03-07T16:00:00+00:00")
    assert (owner.name, links) == ("甲陶瓷公司", ["甲陶瓷公司"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
def test_a_csv_file_in_the_usual_encodings(encoding, bring, make, tmp_path):
    report = bring(write_csv(tmp_path / "需求.csv", NEEDS_ROW, encoding=encoding))
    assert (report.source, report.rows, report.new_owners, report.unused) == (
        "需求", 1, 1, ["联系电话"],
    )  # fmt: skip
    check_the_needs_row(make)


def test_a_workbook_with_a_line_above_its_headings(bring, make, tmp_path):
    row = NEEDS_ROW | {"发布日期": datetime(2026, 3, 8), "技术成熟度": 7}
    bring(write_xlsx(tmp_path / "需求.xlsx", row, above="2026 年需求征集表"))
    check_the_needs_row(make)


def test_english_headings(bring, make, tmp_path):
    row = {"title": "Ceramic filter", "body": "A low-temperature process.", "TRL": "TRL 6",
           "modes": "license, joint", "Amount (元)": "500000", "fields": "NM06"}  # fmt: skip
    bring(write_csv(tmp_path / "a.csv", row), Kind.ACHIEVEMENT)
    [found] = make.all(Kind.ACHIEVEMENT)
    assert (found.language, found.readiness, found.amount_min, found.amount_max) == (
        Language.ENGLISH, 6, 50_000_000, 50_000_000,
    )  # fmt: skip


def test_importing_the_same_file_again_changes_nothing(bring, tmp_path):
    path = write_csv(tmp_path / "a.csv", NEEDS_ROW, NEEDS_ROW | {"编号": "", "需求名称": "另一项"})
    assert bring(path).recorded.created == 2
    again = bring(path)
    assert (again.recorded.created, again.recorded.unchanged, again.new_owners) == (0, 2, 0)


def test_a_corrected_row_updates_its_listing(bring, make, tmp_path):
    bring(write_csv(tmp_path / "a.csv", NEEDS_ROW))
    report = bring(write_csv(tmp_path / "a.csv", NEEDS_ROW | {"需求名称": "改过的"}))
    assert (report.recorded.changed, [row.title for row in make.all(Kind.NEED)]) == (1, ["改过的"])


def test_a_beir_folder(bring, make, session, tmp_path):
    folder = tmp_path / "demo-set"
    write_lines(
        folder / "corpus.jsonl",
        {"_id": "a1", "title": "", "text": "研究了铜的提纯。方法如下。", "metadata": {"x": 1}},
        {"_id": "a2", "title": "茶叶发酵", "text": ""},
    )
    write_lines(folder / "queries.jsonl", {"_id": "q1", "title": "求铜提纯", "text": "背景"})
    assert bring(folder, Kind.ACHIEVEMENT).source == "demo-set"
    assert bring(folder, Kind.NEED).rows == 1
    first, second = make.all(Kind.ACHIEVEMENT)
    assert (first.title, first.body, first.source_id) == (
        "研究了铜的提纯", "研究了铜的提纯。方法如下。", "a1",
    )  # fmt: skip
    assert (second.title, second.body) == ("茶叶发酵", "")
    assert [need.title for need in make.all(Kind.NEED)] == ["求铜提纯"]
    assert session.get(Organisation, first.owner_id).name == "未注明单位（来自 demo-set）"


def test_an_owner_and_a_field_for_all_rows(bring, make, tmp_path):
    owner = make.owner("乙研究所", division_code="440100", key="yi")
    path = write_lines(tmp_path / "a.jsonl", {"title": "甲", "text": "文"})
    bring(path, Kind.ACHIEVEMENT, owner="yi", field="新材料", source="库")
    [found] = make.all(Kind.ACHIEVEMENT)
    assert (found.owner_id, found.division_code, found.source) == (owner.id, "440100", "库")


def test_patent_numbers_are_kept_in_one_form(bring, session, tmp_path):
    row = {"成果名称": "甲", "专利号": "ZL95115608.x；2017106018623"}
    bring(write_csv(tmp_path / "a.csv", row), Kind.ACHIEVEMENT)
    assert session.exec(select(Achievement)).one().rights == [
        Right(RightKind.INVENTION, "ZL95115608.X"), Right(RightKind.INVENTION, "201710601862.3")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"需求名称": ""}, "标题是空的或没有文字。"),
        ({"需求名称": "🔥🔥"}, "标题是空的或没有文字。"),
        ({"需求描述": "字" * 2**20}, "各项文字共 1,048,582 个字符，最多 20,000，请删减。"),
        ({"需求描述": "<script>alert(1)</script>"}, "含有网页脚本，请只保留文字。"),
        ({"技术领域": "XX99"}, "技术领域：没有“XX99”这个技术领域。"),
        ({"地区": "火星"}, "行政区划：没有“火星”这个行政区划。"),
        ({"技术成熟度": "12"}, "技术成熟度应在 1 到 9 之间，这里是 12。"),
        ({"技术成熟度": "很高"}, "技术成熟度：技术成熟度应是 1 到 9 的整数，“很高”不是。"),
        ({"预算（万元）": "50-30"}, "金额下限 500,000 元高于上限 300,000 元。"),
        ({"预算（万元）": "看情况"}, "金额：看不懂金额“看情况”，可写成“30万-50万”或“面议”。"),
        ({"发布日期": "2026-02-30"}, "发布日期：没有“2026-02-30”这一天。"),
        ({"发布日期": "2027-01-01"}, "发布日期 2027-01-01 晚于今天。"),
        ({"发布日期": "0206-01-01"}, "发布日期：0206-01-01 太早，请核对年份。"),
        ({"发布日期": "上周"}, "发布日期：看不懂日期“上周”，请写成 2026-03-08 这样。"),
        (
            {"统一社会信用代码": "91350100M000100Y44"},
            "统一社会信用代码第 18 位（校验码）不对，请核对有无错字。",
        ),
        (
            {"统一社会信用代码": "91999999DEM000014G"},
            "这是示例代码（区划 999999），只能用于示例单位。",
        ),
        ({"企业名称": "示例企业"}, "“示例企业”是示例单位，不能挂导入的内容。"),
        ({"企业名称": ""}, "没有信用代码为 91350100M000100Y43 的单位，请补上单位名称。"),
        ({"编号": 16}, "编号“16”与第 2 行重复。"),
    ],
)
def test_a_bad_row_is_told_with_its_number(wrong, told, problems, make, tmp_path):
    make.owner("示例企业", is_demo=True)
    good = NEEDS_ROW | {"编号": 16}
    path = write_csv(tmp_path / "a.csv", good, NEEDS_ROW | wrong)
    assert problems(path) == [f"第 3 行：{told}"]
    assert make.all(Kind.NEED) == []


def test_a_wrong_way_of_working_lists_the_right_ones(problems, tmp_path):
    [told] = problems(write_csv(tmp_path / "a.csv", NEEDS_ROW | {"合作方式": "赠送"}))
    assert told.endswith("可填：" + "、".join(mode.text for mode in CooperationMode) + "。")


def test_a_wrong_patent_check_is_told(problems, tmp_path):
    path = write_csv(tmp_path / "a.csv", {"成果名称": "甲", "专利号": "201710601862.4"})
    assert problems(path, Kind.ACHIEVEMENT) == [
        "第 2 行：知识产权：专利号“201710601862.4”的校验位不对，请核对有无错字。"
    ]


def test_rows_are_counted_as_a_reader_of_the_file_counts(problems, tmp_path):
    path = write_csv(
        tmp_path / "a.csv",
        NEEDS_ROW | {"需求描述": "两\n行"},
        NEEDS_ROW | {"技术成熟度": 12, "编号": 1},
    )
    assert problems(path)[0].startswith("第 4 行：")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"", "“a.csv”是空文件。"),
        ("a.csv", b" \n \n", "“a.csv”里只有空白。"),
        ("a.csv", b"%PDF-1.7 ...", "“a.csv”名为 .csv，内容却是PDF 文件。"),
        ("a.csv", b"\x89PNG\r\n", "“a.csv”名为 .csv，内容却是PNG 图片。"),
        ("a.csv", b"abc\0\0\0", "“a.csv”名为 .csv，内容却是二进制数据。"),
        ("a.csv", b"<!DOCTYPE html><html>", "“a.csv”名为 .csv，内容却是网页或 XML。"),
        ("a.csv", b'{"title": "x"}', "“a.csv”名为 .csv，内容却是JSON Lines。"),
        ("a.xlsx", "需求名称\n甲".encode(), "“a.xlsx”名为 .xlsx，内容却是CSV 表格。"),
        ("a.xlsx", b"PK\x03\x04garbage", "“a.xlsx”名为 .xlsx，内容却是损坏的压缩包。"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1",
            "“a.xlsx”名为 .xlsx，内容却是旧版 Office 文件（.xls 或 .doc），请另存为 .xlsx。",
        ),
        ("a.jsonl", "标题\n甲".encode(), "“a.jsonl”名为 .jsonl，内容却是CSV 表格。"),
        ("a.jsonl", b'{"title": "x"\n', "第 1 行：不是有效的 JSON（第 14 个字符附近）。"),
        ("a.jsonl", b'{"title": "x"}\n[1]', "第 2 行：应是一个 JSON 对象（以 { 开头）。"),
        ("a.csv", "标题\n\"甲".encode(), "第 2 行：引号不成对或表格已损坏，从这一行起读不下去。"),
        (
            "a.csv",
            "标题，正文\n甲，乙".encode(),
            "第 1 行：列之间用了中文逗号“，”，请改为英文逗号或另存为 .xlsx。",
        ),
        (
            "a.csv",
            "标题,正文\n甲,乙,丙".encode(),
            "第 2 行：有 3 格，表头只有 2 列，请检查引号和分隔符。",
        ),
        ("a.csv", "标题,名称\n甲,乙".encode(), "第 1 行：“标题”和“名称”两列是同一项，请只留一列。"),
        ("a.csv", "标题,正文\n".encode(), "“a.csv”里只有表头，没有一行数据。"),
        (
            "a.csv",
            ("标题\n" + "好字" * 50 + "\n").encode() + b"\xff",
            "第 3 行：这里的字符已损坏（不是有效的 UTF-8）。",
        ),
        ("a.doc", b"x", "不认识“.doc”，可导入 .xlsx、.csv 或 .jsonl。"),
        (
            "a.xls",
            b"\xd0\xcf\x11\xe0",
            "“a.xls”是旧版 Excel 文件，读不了。请用表格软件打开，另存为 .xlsx 后再导入。",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_its_name_says(name, content, told, problems, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert problems(tmp_path / name) == [told]


def test_a_table_without_a_title_says_which_headings_there_are(problems, tmp_path):
    [told] = problems(write_csv(tmp_path / "a.csv", {"甲": 1}))
    assert "没有找到标题列" in told


def test_a_workbook_renamed_to_csv_is_recognised(problems, tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", {"标题": "甲"}).rename(tmp_path / "a.csv")
    assert problems(path) == ["“a.csv”名为 .csv，内容却是Excel 工作簿。"]


def test_a_folder_that_is_no_dataset(problems, tmp_path):
    assert problems(tmp_path) == [
        f"文件夹“{tmp_path.name}”里没有 queries.jsonl 或 corpus.jsonl，不是 BEIR 数据集。"
    ]


def test_a_path_that_leads_nowhere(problems, tmp_path):
    assert problems(tmp_path / "x.csv") == [f"找不到“{tmp_path / 'x.csv'}”。"]


@pytest.mark.parametrize("given_", [{"owner": "没有的"}, {"field": "没有的"}])
def test_an_unknown_owner_or_field_for_all_rows(given_, problems, tmp_path):
    [told] = problems(write_lines(tmp_path / "a.jsonl", {"title": "甲"}), **given_)
    assert "没有“没有的”这个" in told


def test_a_row_of_the_other_kind_is_refused(problems, tmp_path):
    path = write_lines(tmp_path / "a.jsonl", {"title": "甲", "kind": "achievement"})
    assert problems(path) == ["第 1 行：这一行是科技成果，这次导入的是技术需求。"]


@pytest.mark.parametrize(
    ("written", "unit", "fen"),
    [
        ("面议", 1, (None, None)),
        ("30-50万元", 1, (30_000_000, 50_000_000)),
        ("30万～1.5百万", 1, (30_000_000, 150_000_000)),
        ("50万以内", 1, (None, 50_000_000)),
        ("50万元起", 1, (50_000_000, None)),
        ("1,200,000 元", 1, (120_000_000, 120_000_000)),
        (12.5, 10_000, (12_500_000, 12_500_000)),
        ("30至50", 10_000, (30_000_000, 50_000_000)),
        ([300000, None], 1, (30_000_000, None)),
        ("300000元", 10_000, (30_000_000, 30_000_000)),
        ("30-50元", 10_000, (3_000, 5_000)),
        ("约 50 万 以内", 1, (None, 50_000_000)),
    ],
)
def test_amounts_as_people_write_them(written, unit, fen):
    assert values.amounts(written, unit) == fen


def test_an_end_of_a_range_may_say_so_itself():
    assert values.amount("100以上", 10_000) == 100_000_000
    assert values.amount("100万以内", 1, "以内下") == 100_000_000
    for written, bounds in (("100以内", "以上起"), ("100以上", "以内下"), ("30-50", "以上起")):
        with pytest.raises(ValueError, match="应是一个数"):
            values.amount(written, 1, bounds)


PATENT = "201710601862.3"


@pytest.mark.parametrize(
    ("cell", "kinds"),
    [
        (f"发明专利 ZL{PATENT}", ["invention"]), (f"专利号：{PATENT}", ["invention"]),
        (f"发明专利：{PATENT}；{PATENT}", ["invention"] * 2),
        (f"实用新型ZL{PATENT}", ["utility-model"]),
    ],
)  # fmt: skip
def test_patents_with_a_word_before_their_number(cell, kinds):
    assert [right.kind for right in cells.rights(cell)] == kinds


def test_a_patent_that_a_spreadsheet_took_for_a_number_keeps_its_check():
    digits = next(f"20171060{n:04d}" for n in range(99) if patent_check(f"20171060{n:04d}") == "0")
    assert [right.number for right in cells.rights(int(digits))] == [f"{digits}.0"]


def test_ways_to_work_together_under_other_names():
    assert [mode.value for mode in cells.choices("许可/转让；作价入股", CooperationMode, "")] == [
        "license", "transfer", "equity"
    ]  # fmt: skip
    assert cells.choice("已产业化", Stage, "").value == cells.choice("量产阶段", Stage, "").value
    with pytest.raises(ValueError, match="没有“不限”"):
        cells.choices("不限", CooperationMode, "合作方式")


def test_a_cell_that_says_that_there_is_nothing_is_empty(bring, session, tmp_path):
    row = {"标题": "甲工艺", "专利号": "无", "技术成熟度": "/", "合作方式": "暂无", "正文": "无"}
    bring(write_csv(tmp_path / "a.csv", row), Kind.ACHIEVEMENT)
    held = session.exec(select(Achievement)).one()
    assert (held.rights, held.readiness, held.body) == ([], None, "无")


words = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=30)


@settings(max_examples=20, deadline=None)
@given(
    titles=st.lists(words, min_size=1, max_size=5, unique=True),
    readiness=st.integers(1, 9),
    suffix=st.sampled_from([".csv", ".xlsx", ".jsonl"]),
)
def test_what_is_written_is_read_back(titles, readiness, suffix, make_apart, tmp_path_factory):
    from market.roles import OPERATOR_VIEWER

    path = tmp_path_factory.mktemp("round") / f"a{suffix}"
    rows = [{"title": t, "body": f"{t}\n二", "readiness": str(readiness)} for t in titles]
    {".csv": write_csv, ".xlsx": write_xlsx, ".jsonl": write_lines}[suffix](path, *rows)
    with make_apart() as make:
        request = ImportRequest(path, Kind.NEED)
        now = datetime.fromisoformat("2026-11-23T04:00:00+00:00")
        import_listings(make.session, request, OPERATOR_VIEWER, now)
        found = [(n.title, n.body, n.readiness) for n in make.all(Kind.NEED)]
    assert found == [(t, f"{t}\n二", readiness) for t in titles]
