"""Answers as a collection for matchers: whose words count, which grade a pair gets, what is told of
the texts, and that the folder is what `python -m matching` reads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from market import judgements
from market.actions import answers
from market.actions.answers import AnswerDraft
from market.db import FILE_NAME, writing
from market.errors import Invalid, NotAllowed
from market.models import AnswerReason, Kind, ListingState, OrganisationKind, Role, Tier
from matching import beir
from matching.encoders.training import corpora
from tests.conftest import NOW, Maker

R = AnswerReason


def say(session, viewer, need, achievement, reason):
    answers.give(session, AnswerDraft(Kind.NEED, need, achievement, reason), viewer, NOW)


@pytest.fixture
def pair(make):
    return make.need("再生铜杂质", summary="铅锡偏高").key, make.achievement("铜液净化").key


def export(session, folder, viewer, **given):
    return judgements.export(session, folder, viewer, **given)


def test_only_those_who_know_count(session, make, operator):
    theirs, ours = make.owner(), make.owner(kind=OrganisationKind.INSTITUTION)
    bureau = make.owner(kind=OrganisationKind.BUREAU)
    viewers = {
        "need": make.member(theirs, Role.EDITOR), "achievement": make.member(ours, Role.VIEWER),
        "bureau": make.member(bureau, Role.EDITOR), "officer": make.viewer(Role.ROUND_OFFICER),
        "stranger": make.member(make.owner(), Role.OWNER), "nobody": make.viewer(),
        "finance": make.viewer(Role.FINANCE),
    }  # fmt: skip
    need = make.need(owner_id=theirs.id).key
    pairs = {}
    for name, viewer in viewers.items():
        pairs[name] = (need, make.achievement(name, owner_id=ours.id).key)
        say(session, viewer, *pairs[name], R.SOLVES)
    counted = judgements.grades_of(session)
    assert {name for name, each in pairs.items() if each in counted} == {
        "need", "achievement", "bureau", "officer",
    }  # fmt: skip
    assert set(judgements.grades_of(session, everybodys=True)) == set(pairs.values())


@pytest.mark.parametrize(
    ("said", "grade"),
    [
        ([R.SOLVES], 2), ([R.PARTLY], 1), ([R.INSPIRES], 1), ([R.OTHER_FIELD], 0),
        ([R.OTHER_PROBLEM], 0), ([R.INDICATORS], 1), ([R.KNOWN], 1),
        ([R.SOLVES, R.OTHER_FIELD, R.PARTLY], 1), ([R.SOLVES, R.PARTLY], 1),
        ([R.SOLVES, R.SOLVES, R.OTHER_FIELD], 2), ([R.SOLVES, R.UNCLEAR], 2),
    ],
)  # fmt: skip
def test_several_words_on_a_pair_are_their_median(session, make, pair, said, grade):
    for reason in said:
        say(session, make.viewer(Role.ROUND_OFFICER), *pair, reason)
    assert judgements.grades_of(session) == {pair: grade}


def test_who_cannot_tell_gives_no_grade(session, make, pair, operator, tmp_path):
    say(session, make.viewer(Role.ROUND_OFFICER), *pair, R.UNCLEAR)
    with pytest.raises(Invalid, match="还没有可以导出的反馈"):
        export(session, tmp_path / "out", operator)
    assert not (tmp_path / "out").exists()


def test_nobody_but_the_operator_exports(session, make, pair, tmp_path):
    with pytest.raises(NotAllowed):
        export(session, tmp_path, make.viewer(Role.ADMINISTRATOR))


def test_the_folder_holds_public_texts_and_no_names(session, make, operator, tmp_path):
    owner = make.owner("某某研究所", kind=OrganisationKind.INSTITUTION)
    need = make.need("再生铜杂质", problem="铅锡偏高", background="秘密工艺",
                     tiers={"background": Tier.MATCHED}).key  # fmt: skip
    achievement = make.achievement(
        "铜液净化", owner_id=owner.id, innovation="过滤", keywords=("净化",), contact="电话一二三"
    ).key
    officer = make.viewer(Role.ROUND_OFFICER)
    answers.give(
        session, AnswerDraft(Kind.NEED, need, achievement, R.SOLVES, "留言机密"), officer, NOW
    )
    found = export(session, tmp_path, operator)
    assert (found.documents, found.queries, found.judgements) == (1, 1, 1)
    text = "".join(path.read_text() for path in sorted(tmp_path.rglob("*.*sl")))
    text += (tmp_path / "qrels" / "test.tsv").read_text()
    assert [
        w for w in ("秘密工艺", "留言", "某某研究所", "电话一二三", officer.name) if w in text
    ] == []
    [document] = [json.loads(each) for each in (tmp_path / "corpus.jsonl").open()]
    assert document == {
        "_id": f"achievement-{achievement}", "title": "铜液净化", "text": "过滤\n净化",
        "metadata": {"is_demo": False, "language": "zh-Hans"},
    }  # fmt: skip


def test_the_corpus_is_everything_that_is_published(session, make, pair, operator, tmp_path):
    make.achievement("没有人标过的")
    hidden = make.achievement("草稿")
    hidden.state = ListingState.DRAFT
    session.flush()
    say(session, make.viewer(Role.ROUND_OFFICER), *pair, R.SOLVES)
    export(session, tmp_path, operator)
    corpus = (tmp_path / "corpus.jsonl").read_text()
    assert ("没有人标过的" in corpus, "草稿" in corpus) == (True, False)


def test_a_pair_of_which_one_is_no_longer_public_is_left_out(
    session, make, pair, operator, tmp_path
):
    say(session, make.viewer(Role.ROUND_OFFICER), *pair, R.SOLVES)
    other = make.need("另一条").key
    say(session, make.viewer(Role.ROUND_OFFICER), other, pair[1], R.PARTLY)
    make.all(Kind.NEED)[0].state = ListingState.WITHDRAWN
    session.flush()
    export(session, tmp_path, operator)
    lines = (tmp_path / "qrels" / "test.tsv").read_text().splitlines()
    assert lines == ["query-id\tcorpus-id\tscore", f"need-{other}\tachievement-{pair[1]}\t1"]


@pytest.fixture
def answered(site) -> Path:
    """A data folder in which officers said something of six pairs."""
    matter = "再生铜熔炼铅锡杂质 陶瓷窑炉余热 茶叶发酵控制"
    needs = site.make(Kind.NEED, *matter.split(), summary="希望降低能耗")
    others = site.make(Kind.ACHIEVEMENT, *matter.split(), summary="已经中试的方法")
    with writing(site.engine) as session:
        officer = Maker(session).viewer(Role.ROUND_OFFICER)
        for place, need in enumerate(needs):
            say(session, officer, need, others[place], R.SOLVES)
            say(session, officer, need, others[place - 1], R.OTHER_FIELD)
    assert (site.data / FILE_NAME).exists()
    return site.data


def run(*arguments: str) -> str:
    root = Path(__file__).parents[2]
    found = subprocess.run(
        [sys.executable, *arguments], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_the_commands_work_together(answered: Path, tmp_path: Path):
    """What the marketplace exports, the matcher is measured on and learns from."""
    out = tmp_path / "judged"
    told = run("-m", "market", "export-judgements", "--data", str(answered), "--into", str(out))
    assert "成果 3，需求 3，判断 6" in told
    figures = run("-m", "matching", "evaluate", str(out), "--model", "hashing")
    assert "nDCG@10" in figures
    collection = beir.read_collection(out)
    assert sum(len(row) for row in collection.judgements.values()) == 6
    pairs = corpora.read(out).pairs["judgements"]
    assert (len(pairs), all(pair.wrong for pair in pairs)) == (3, True)
