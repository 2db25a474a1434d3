"""A spreadsheet as people make them: titles, merged cells, headings in two lines, numbers in every
width, words in cells of numbers, sums, signatures, rows that repeat, and mistakes whose number is
known."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path

import xlsxwriter

from market.identifiers import patent_check

HEADINGS = (
    "序号", "项目名称（必填）", "成果介绍", "主要创新点", "应用行业", "技术成熟度(TRL)", "专利号",
    "合作模式", "转化价格（万元）", "", "所在地", "联系人及电话", "备注",
)  # fmt: skip
TARGETS = [
    "", "title", "body", "innovation", "fields", "readiness", "rights", "modes",
    "amount_min", "amount_max", "division", "contact", "",
]  # fmt: skip
SIGNS = (
    "高温合金纳米复合膜材料智能控制系统稀散金属锗铟镓提纯回收电解氯化蒸馏区熔陶瓷釉料坯体干燥余热"
    "发电脱硝除尘废水零排放传感器芯片封装光电探测红外镜头热成像固废水泥窑协同处置农产品保鲜检测发酵"
    "酶制剂环境监测无人机巡检机器人焊接数控机床精密加工轴承润滑涂层激光熔覆增材制造仿真设计大数据"
)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
WRONG = {"readiness": (37, 5), "rights": (41, 7), "fields": (50, 9), "amount_min": (70, 13)}
"""Every so many rows, from which on, that cell is wrong."""
REPEATED = (60, 11)
NOTES = ("填表说明", "一、成果名称不超过 60 字。", "二、没有专利的填“无”。")


def cells(number: int, chance: random.Random) -> list[object]:
    """One row."""

    def words(count: int) -> str:
        return "".join(chance.choice(SIGNS) for _ in range(count))

    day = f"20171{chance.randrange(10**7):07d}"
    patent = f"{day}.{patent_check(day)}"
    level, low = str(chance.randint(3, 9)), chance.randint(10, 90)
    high = low + chance.randint(1, 50)
    row: list[object] = [
        number + 1, f"{words(8)}工艺与装备", f"{words(60)}。", f"{words(40)}。",
        chance.choice(["新材料", "陶瓷建材与窑炉节能"]),
        chance.choice([level, f"{level}级", f"TRL{level}", level.translate(WIDE)]),
        chance.choice([patent, patent, f"发明专利 ZL{patent}", f"{patent}；{patent}", "无"]),
        chance.choice(["技术转让", "技术许可；合作开发", "作价入股/转让"]),
        *chance.choice([(low, high), (low, high), (f"{low}万", f"{high}万元"), ("面议", "面议"),
                        (str(low).translate(WIDE), f"{high}0000元")]),
        chance.choice(["清城区", "广州市"]), "示例：13800000000", "",
    ]  # fmt: skip
    bad = {"readiness": "很高", "rights": patent[:-1] + ("1" if patent[-1] != "1" else "2"),
           "fields": "未来产业园", "amount_min": "看情况"}  # fmt: skip
    for target, (every, first) in WRONG.items():
        if number % every == first:
            row[TARGETS.index(target)] = bad[target]
    if number % 150 == 20:
        row[1] = words(200)
    return row


def workbook(count: int, seed: int = 1) -> bytes:
    """The file."""
    chance, file = random.Random(seed), BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("填表说明").write_column(0, 0, NOTES)
        sheet = book.add_worksheet("成果汇总")
        last = len(HEADINGS) - 1
        sheet.merge_range(0, 0, 0, last, "某研究院 2026 年科技成果汇总表（征求意见稿）")
        sheet.merge_range(1, 0, 1, last, "填表说明：金额单位为万元")
        for place, heading in enumerate(HEADINGS):
            if heading == "转化价格（万元）":
                sheet.merge_range(2, place, 2, place + 1, heading)
            elif heading:
                sheet.merge_range(2, place, 3, place, heading)
        sheet.write_row(3, 8, ["最低价", "最高价"])
        at, before = 4, None
        for number in range(count):
            if number and number % 100 == 0:
                sheet.merge_range(at, 0, at, last, f"第 {number // 100 + 1} 部分")
                at += 1
            row = cells(number, chance)
            if before and number % REPEATED[0] == REPEATED[1]:
                row[1:3] = before[1:3]
            sheet.write_row(at, 0, row)
            if number % 83 == 2:
                sheet.write_formula(at, 8, "=2*5", None, 10)
            at, before = at + (2 if number % 90 == 40 else 1), row
        sheet.write_row(at + 1, 1, ["合计", *[""] * 6, 12345])
        sheet.write(at + 2, 0, "填表人：赵六　联系电话：13900000000")
    return file.getvalue()


def write(path: Path, count: int) -> Path:
    """The same on disk."""
    path.write_bytes(workbook(count))
    return path
