"""What the template says about each column: how it is filled in, with an example of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from market.exports.columns import Cell
from market.models.enums import Kind

INTRODUCTION = (
    "第一张表从第 2 行起填写，一行一条；列的次序可以改，不用的列可以删，表头文字请保留。",
    "带 * 的一项必填，其余没有就空着。填好后在“批量导入”页上传，导入前会逐行检查，不会直接发布。",
    "一格里写几项的，用“、”隔开；本身带“、”的词，在它前面加反斜杠“\\”。",
    "技术指标、知识产权、权利人：一行一条（Alt+Enter 换行），各栏用竖线“|”隔开，"
    "后面空着的可以不写。",
)
"""What stands above the table of the notes."""
NOTES = {
    "source_id": "您自己的编号。再次导入同一编号时修改原来那条，不会重复。",
    "title": "必填，200 字以内，说清对象和问题，不要只写“技术需求”。",
    "summary": "一两句话，列表里会显示。",
    "problem": "具体难在哪里，影响有多大。匹配主要看这一项和技术指标。",
    "background": "企业和产品的情况，写得比难题短。",
    "tried": "试过什么办法、为什么不行。",
    "innovation": "与常规做法相比新在哪里。",
    "cases": "在哪里用过、规模和效果。",
    "body": "其他要说明的，可以用 Markdown。",
    "keywords": "最多 20 个，每个 40 字以内。",
    "fields": "从下拉中选一个；要写几个，用“、”隔开代码或名称。",
    "division": "从下拉中选，或写六位代码。",
    "modes": "从下拉中选一个；要写几个，用“、”隔开。",
    "amount_min": "数字，单位是元。两端都不填就是面议。",
    "amount_max": "数字，单位是元。只有上限就只填这一格。",
    "wanted_by": "写成 2027-06-30 这样。",
    "contact": "默认只给登录用户看，可在“谁可以看”一列里改。",
    "stage": "从下拉中选。",
    "evidence": "从下拉中选一个；要写几个，用“、”隔开。",
    "assessment": "自评，或第三方评定；后者要写评定单位。",
    "assessor": "第三方评定的单位。",
    "holders": "权利人 | 权利（所有权、共有权、长期使用权、受托许可和转让）| 份额 | 到期日",
    "rights": "类别 | 编号 | 名称 | 法律状态 | 核实日期。只有专利号时，直接写号码也可以。",
    "team": "人数、专业和负责人，不要写证件号等个人信息。",
    "tiers": "一行一项，如“预算：签署保密协议后”。没有写到的项人人可见。",
}
OF_KIND: Mapping[tuple[Kind, str], str] = {
    (Kind.NEED, "indicators"): "指标 | 现状 | 目标 | 单位",
    (Kind.ACHIEVEMENT, "indicators"): "指标 | 常规水平 | 达到 | 单位",
    (Kind.NEED, "readiness"): "希望成果达到的级别，1 到 9 的整数。",
    (Kind.ACHIEVEMENT, "readiness"): "现在达到的级别，1 到 9 的整数。",
}
EXAMPLES: Mapping[Kind, tuple[Mapping[str, Cell], ...]] = {
    Kind.NEED: (
        {
            "source_id": "XQ-2026-001",
            "title": "陶瓷辊道窑窑头排烟余热回收用于坯体干燥",
            "summary": "窑头排烟温度高，热量直接排空，希望回收后用于干燥。",
            "problem": "排烟含尘、含硫，换热面三个月内积灰堵塞，换热效率下降一半以上。",
            "indicators": "排烟温度 | 180～220 | ≤ 90 | ℃\n连续运行时间 | 3 | ≥ 12 | 个月\n"
            "单位产品能耗下降 |  | ≥ 5 | %",
            "background": "年产 1,200 万平方米建筑陶瓷，两条辊道窑。",
            "tried": "试过热管换热器，三个月后堵灰。",
            "keywords": "余热回收、辊道窑、换热器",
            "fields": "TI05", "division": "441800", "readiness": 7, "modes": "合作开发、技术服务",
            "amount_min": 500_000, "amount_max": 800_000, "wanted_by": date(2027, 6, 30),
            "contact": "技术部 0763-0000000", "tiers": "预算：签署保密协议后\n联系方式：登录用户",
        },
        {
            "source_id": "XQ-2026-002", "title": "废锗靶与锗屑回收提纯到 5N",
            "problem": "切屑和废靶含铁、硅，酸溶沉淀后纯度只到 3N，只能低价外卖。",
            "indicators": "锗纯度 | 99.9 | ≥ 99.999 | %\n直收率 |  | ≥ 95 | %",
            "keywords": "锗、区熔", "fields": "NM08", "division": "441800",
        },
    ),
    Kind.ACHIEVEMENT: (
        {
            "source_id": "CG-2026-001", "title": "含尘烟气抗堵塞换热与余热梯级利用",
            "summary": "表面改性换热管与在线清灰，含尘烟气下连续运行一年以上。",
            "innovation": "换热面不沾灰，清灰不停窑。",
            "indicators": "连续运行时间 | 3 | 14 | 个月\n排烟温度 | 180 | 85 | ℃",
            "cases": "2025 年用于一条建筑陶瓷辊道窑，节气 6%。",
            "keywords": "余热回收、换热器、清灰", "fields": "TI05",
            "stage": "中期（中试）", "readiness": 7, "evidence": "中试报告、用户使用报告",
            "assessment": "自评",
            "rights": "发明专利 | 201710601862.3 | 一种抗堵塞换热装置 | 审查中 | 2026-03-08\n"
            "技术秘密 |  | 换热管表面处理工艺",
            "holders": "示例研究所 | 所有权 | 100%",
            "team": "高级工程师 3 人，研究生 5 人。", "division": "440100",
            "modes": "技术许可、合作开发", "amount_min": 500_000, "amount_max": 800_000,
            "contact": "成果转化中心 020-00000000", "tiers": "联系方式：登录用户",
        },
        {
            "source_id": "CG-2026-002", "title": "锗废料氯化蒸馏与区熔提纯",
            "innovation": "氯化蒸馏除铁硅，区熔提纯到 6N。",
            "indicators": "锗纯度 | 99.99 | 99.9999 | %", "fields": "NM08",
            "stage": "初期（小试）", "readiness": 4,
        },
    ),
}  # fmt: skip
"""Written for this template; nobody's real need."""


def note_of(kind: Kind, name: str) -> str:
    """How a column is filled in."""
    return OF_KIND.get((kind, name)) or NOTES[name]
