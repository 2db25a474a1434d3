"""Which column is what: Chinese and English headings, and the words that problems are told in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from market.models.enums import Kind
from market.parts import PARTS

MORE_WORDS = {
    "division": "行政区划",
    "readiness": "技术成熟度",
    "amount": "金额",
    "amount_min": "金额下限",
    "amount_max": "金额上限",
    "language": "语言",
    "owner": "单位",
    "credit_code": "统一社会信用代码",
    "source_id": "编号",
    "published_at": "发布日期",
    "kind": "类别",
    "tiers": "谁可以看",
}
WORDS = {part.name: part.text for kind in Kind for part in PARTS[kind]} | MORE_WORDS
_HEADINGS = {
    "title": "标题 题目 名称 需求名称 需求标题 技术需求名称 成果名称 成果标题 项目名称 title name",
    "summary": "摘要 简介 概述 概要 summary abstract",
    "background": "背景 需求背景 项目背景 研究背景 背景情况 background",
    "problem": "技术难题 难题 需解决的技术难题 拟解决的技术难题 技术难点 拟解决的技术问题 problem",
    "innovation": "创新点 技术创新点 主要创新点 技术优势 先进性 innovation",
    "indicators": "技术指标 主要技术指标 指标 指标要求 预期指标 技术参数 性能指标 indicators",
    "tried": "已经试过 已尝试的办法 现有基础 已开展的工作 tried",
    "cases": "应用案例 案例 应用情况 推广应用情况 转化案例 cases",
    "body": "正文 补充说明 内容 描述 详情 需求描述 需求内容 技术需求描述 技术描述 成果描述 "
    "成果简介 成果介绍 详细说明 详细描述 项目简介 body text content description",
    "keywords": "关键词 关键字 标签 keywords keyword tags",
    "fields": "技术领域 领域 领域代码 所属领域 行业领域 fields field",
    "division": "行政区划 地区 所在地 所在地区 区划 区划代码 区域 division region",
    "stage": "所处阶段 成果阶段 阶段 研发阶段 stage",
    "readiness": "技术成熟度 成熟度 需要成熟度 现有成熟度 技术就绪度 就绪度 技术成熟度等级 "
    "成熟度等级 trl readiness",
    "evidence": "成熟度依据 证明材料 evidence",
    "assessment": "成熟度评定 评定方式 评价方式 assessment",
    "assessor": "评定单位 评价单位 评价机构 assessor",
    "rights": "知识产权 知识产权情况 专利号 专利 专利申请号 rights patents patent",
    "holders": "权利人 专利权人 知识产权人 holders",
    "team": "团队 研发团队 团队介绍 项目团队 team",
    "modes": "合作方式 合作模式 拟合作方式 转化方式 modes mode cooperation",
    "amount": "金额 预算 报价 价格 投入预算 拟投入资金 意向价格 amount budget price money_yuan",
    "amount_min": "金额下限 预算下限 报价下限 最低预算 价格下限 最低价 "
    "amount_min budget_min price_min",
    "amount_max": "金额上限 预算上限 报价上限 最高预算 价格上限 最高价 "
    "amount_max budget_max price_max",
    "wanted_by": "希望完成日期 期望完成时间 希望完成时间 完成期限 完成时间 wanted_by",
    "contact": "联系方式 contact",
    "language": "语言 文种 language lang",
    "owner": "单位 单位名称 企业 企业名称 所属单位 完成单位 第一完成单位 需求单位 机构 机构名称 "
    "owner organisation organization company institution",
    "credit_code": "统一社会信用代码 信用代码 社会信用代码 credit_code uscc",
    "source_id": "编号 序号 id _id source_id 需求编号 成果编号",
    "published_at": "发布日期 发布时间 登记日期 日期 published_at published date",
    "tiers": "谁可以看 可见范围 tiers",
    "kind": "kind",
}
KNOWN = {heading: name for name, text in _HEADINGS.items() for heading in text.split()}
_UNIT = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A column that is understood; `unit` is how many yuan its numbers count."""

    name: str
    unit: int = 1


def heading_of(text: object) -> Heading | None:
    """The column that a heading names: “预算（万元）” is amount in units of 10,000 yuan."""
    plain = unicodedata.normalize("NFKC", str(text or "")).strip().strip("*").strip().lower()
    bracket = _UNIT.search(plain)
    name = KNOWN.get("".join(_UNIT.sub("", plain).split()))
    if name is None:
        return None
    return Heading(name, 10_000 if bracket and "万" in bracket[1] else 1)


def unit_of(text: str) -> int:
    """How many yuan the numbers under a heading count, whatever else it says."""
    return 10_000 if re.search(r"万\s*(元|人民币|RMB|[)）\]】])", text) else 1
