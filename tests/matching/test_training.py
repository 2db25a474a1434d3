"""Training: what it reads, that it learns, that it can be broken off, and what it leaves."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import numpy as np
import pytest
import torch

from matching import tokens
from matching.__main__ import main
from matching.encoders import HashingEncoder, load, training
from matching.encoders.contract import fingerprint_of
from matching.encoders.static import WEIGHTS
from matching.encoders.training import loop, saving, vocabulary
from matching.encoders.training.batches import Batches
from matching.encoders.training.corpora import Corpora
from matching.errors import BadInput
from matching.types import Document

THINGS = ("轴承", "电池", "陶瓷", "铝合金", "涂料", "传感器", "污水", "水稻", "芯片", "齿轮")
_OTHER_NAMES = (
    "滚子", "储能", "坩埚", "型材", "油漆", "探头", "废液", "稻谷", "硅片", "传动",
)  # fmt: skip
OTHERWISE = dict(zip(THINGS, _OTHER_NAMES, strict=True))
"""What abstracts call the same things, so that there is something to learn."""
DEEDS = ("热处理", "回收", "检测", "制备", "干燥", "焊接", "优化", "监测", "提取", "改性")
SMALL = training.Recipe(runs=2, steps=20, batch=32, warm_up=2, chinese=11_000, latin=60, rate=1e-2)


def papers(count: int = 100) -> list[dict[str, str]]:
    """Titles whose abstracts say the same in other words."""
    made = []
    for number in range(count):
        thing, deed = THINGS[number % 10], DEEDS[number // 10 % 10]
        made.append(
            {
                "id": f"p{number}",
                "title": f"{thing}{deed}方法研究{number}",
                "abstract": f"本文针对{OTHERWISE[thing]}的{deed}提出一种新的工艺路线并给出数据。"
                f"结果表明{OTHERWISE[thing]}性能明显提高，适合在工厂推广使用。",
                "keywords": f"{thing};{deed}",
                "abstract_en": f"A process for {thing} with {deed} is proposed and tested.",
            }
        )
    return made


@pytest.fixture(autouse=True)
def few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dictionary of thirty words: the whole one takes seconds at every training."""
    words = dict.fromkeys((*THINGS, *DEEDS, *OTHERWISE.values(), "方法", "研究", "工艺"), 100)
    monkeypatch.setattr(tokens, "dictionary", lambda: words)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    lines = [json.dumps(paper, ensure_ascii=False) for paper in papers()]
    with lzma.open(folder / "papers.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    rows = "heat treatment\t热处理\t机\nbearing\t轴承\t机\nbattery\t电池\t电\n"
    (folder / "terms.tsv").write_text(rows, encoding="utf-8")
    pairs = [{"id": "p1", "a": "轴承淬火开裂的原因", "b": "淬火裂纹可由回火消除"}]
    (folder / "neighbours.jsonl").write_text(json.dumps(pairs[0]) + "\n", encoding="utf-8")
    return folder


def judged(folder: Path) -> None:
    (folder / "qrels").mkdir(parents=True)
    documents = [Document("d1", "x", "轴承热处理线"), Document("d2", "x", "水稻育种")]
    records = [json.dumps({"_id": d.id, "title": d.title, "text": d.text}) for d in documents]
    (folder / "corpus.jsonl").write_text("\n".join(records), encoding="utf-8")
    query = {"_id": "q1", "title": "轴承淬火变形", "text": "求热处理方案"}
    (folder / "queries.jsonl").write_text(json.dumps(query), encoding="utf-8")
    lines = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n"
    (folder / "qrels" / "test.tsv").write_text(lines, encoding="utf-8")


def stock() -> HashingEncoder:
    return HashingEncoder(512)


def trained(data: Path, into: Path, recipe: training.Recipe = SMALL) -> list[str]:
    said: list[str] = []
    beginning = training.Beginning(None, stock)
    training.train(training.read(data), into, recipe, beginning, None, said.append)
    return said


def weights(model: Path) -> str:
    return fingerprint_of(model / WEIGHTS)


def test_files_are_told_apart_by_their_content(data: Path) -> None:
    judged(data / "clicks")
    corpora = training.read(data)
    counts = {source: len(pairs) for source, pairs in corpora.pairs.items()}
    assert counts == {
        "titles": 200, "keywords": 200, "translations": 100, "paragraphs": 1,
        "condensed": 1, "terms": 3, "judgements": 1,
    }  # fmt: skip
    (clicked,) = corpora.pairs["judgements"]
    assert (clicked.left, clicked.right) == ("轴承淬火变形 求热处理方案", "轴承热处理线 ")
    assert clicked.wrong == "水稻育种 "


def test_a_folder_of_judgements_alone_is_enough(tmp_path: Path) -> None:
    judged(tmp_path / "clicks")
    corpora = training.read(tmp_path / "clicks")
    assert list(corpora.pairs) == ["judgements"]
    assert corpora.files == ["clicks"]
    trained(tmp_path / "clicks", tmp_path / "model", training.changed(SMALL, runs=1))
    assert np.isfinite(load(str(tmp_path / "model")).encode(["轴承"])).all()


def test_what_the_model_does_not_know_stays_at_zero(data: Path, tmp_path: Path) -> None:
    with (data / "kana.jsonl").open("w", encoding="utf-8") as file:
        for number in range(40):
            pair = {"id": f"k{number}", "a": f"かな{number}", "b": f"ひらがな{number}"}
            file.write(json.dumps(pair) + "\n")
    trained(data, tmp_path / "model", training.changed(SMALL, runs=1))
    assert not load(str(tmp_path / "model")).encode(["かな", "привет"]).any()


@pytest.mark.parametrize("content", ["", "文字\n"])
def test_nothing_to_learn_from_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "notes.txt").write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match="to learn from"):
        training.read(tmp_path)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "papers.jsonl").write_text('{"title": "a"}\nnothing\n', encoding="utf-8")
    with pytest.raises(BadInput, match=r"papers\.jsonl, line 2"):
        training.read(tmp_path)


def test_every_standard_character_has_a_token(data: Path) -> None:
    tokenizer = vocabulary.build(training.read(data), SMALL)
    assert tokenizer.encode("锂镁窑荧柑纺渗蚁轴承").tokens == [*"锂镁窑荧柑纺渗蚁", "轴承"]
    assert tokenizer.encode("ＰＨ7，β！").tokens[-2:] == ["7", "β"]


def test_training_teaches_and_is_measured_on_papers_kept_apart(data: Path, tmp_path: Path) -> None:
    long = training.changed(SMALL, runs=1)
    with (data / "more.jsonl").open("w", encoding="utf-8") as file:
        for paper in papers(700):
            file.write(json.dumps(paper | {"id": "m" + paper["id"]}) + "\n")
    trained(data, tmp_path / "before", training.changed(long, rate=1e-9))
    trained(data, tmp_path / "after", long)
    before, after = (
        json.loads((tmp_path / name / "training.json").read_text())["measured"]
        for name in ("before", "after")
    )
    assert after["papers apart, MRR"] > before["papers apart, MRR"]


def test_the_folder_is_a_model_of_sentence_transformers(data: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    trained(data, tmp_path / "model")
    assert not (tmp_path / "model" / "unfinished").exists()
    texts = ["轴承热处理", "bearing heat treatment", "电池"]
    theirs = SentenceTransformer(str(tmp_path / "model"), device="cpu").encode(texts)
    ours = load(str(tmp_path / "model")).encode(texts)
    assert theirs.shape == (3, 512)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_same_recipe_gives_the_same_model(data: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        trained(data, tmp_path / name)
    assert weights(tmp_path / "one") == weights(tmp_path / "two")
    trained(data, tmp_path / "three", training.changed(SMALL, seed=1))
    assert weights(tmp_path / "one") != weights(tmp_path / "three")


def test_training_that_was_broken_off_ends_the_same(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained(data, tmp_path / "whole")
    monkeypatch.setattr(loop, "SAVED_EVERY", 5)
    drawn = Batches.of

    def broken(self: Batches, run: int, step: int) -> object:
        if (run, step) == (1, 13):
            raise KeyboardInterrupt
        return drawn(self, run, step)

    monkeypatch.setattr(Batches, "of", broken)
    with pytest.raises(KeyboardInterrupt):
        trained(data, tmp_path / "broken")
    assert not (tmp_path / "broken" / "modules.json").exists()
    monkeypatch.setattr(Batches, "of", drawn)
    said = trained(data, tmp_path / "broken")
    assert any("going on after step 10" in line for line in said)
    assert weights(tmp_path / "broken") == weights(tmp_path / "whole")


def test_other_settings_do_not_go_on_with_what_was_begun(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "write", _stopped)
    with pytest.raises(KeyboardInterrupt):
        trained(data, tmp_path / "model")
    with pytest.raises(BadInput, match="other data or settings"):
        trained(data, tmp_path / "model", training.changed(SMALL, seed=5))


def _stopped(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_finished_model_is_not_written_over(data: Path, tmp_path: Path) -> None:
    trained(data, tmp_path / "model")
    with pytest.raises(BadInput, match="holds files already"):
        trained(data, tmp_path / "model")


def test_going_on_with_judgements_brings_their_texts_nearer(data: Path, tmp_path: Path) -> None:
    trained(data, tmp_path / "model")
    judged(tmp_path / "clicks")
    recipe = training.changed(training.CONTINUED, steps=30, rate=1e-2)
    beginning = training.Beginning(tmp_path / "model", stock)
    corpora = training.read(tmp_path / "clicks")
    training.train(corpora, tmp_path / "tuned", recipe, beginning, None, lambda line: None)

    def cosines(name: str) -> tuple[float, float]:
        asked, right, wrong = load(str(tmp_path / name)).encode(
            ["轴承淬火变形 求热处理方案", "轴承热处理线", "水稻育种"]
        )
        return float(asked @ right), float(asked @ wrong)

    (right, wrong), (right_after, wrong_after) = cosines("model"), cosines("tuned")
    assert right_after - wrong_after > right - wrong


def test_judged_wrong_answers_and_texts_of_one_group_in_the_loss() -> None:
    tokens = torch.eye(4)
    batch_of = loop.Batch
    apart = batch_of("x", [], [], np.array([0, 1]), np.array([0, 1]))
    alike = batch_of("x", [], [], np.array([0, 0]), np.array([0, 1]))
    refused = batch_of("x", [], [], np.array([0, 1, -1]), np.array([0, 1, 2]))
    left, right = tokens[:2], tokens[[0, 0]]
    assert float(loop._loss(left, right, alike, 5.0)) < float(loop._loss(left, right, apart, 5.0))
    wrong = tokens[[0, 1, 0]]
    assert float(loop._loss(left, wrong, refused, 5.0)) > float(
        loop._loss(left, wrong[:2], apart, 5.0)
    )


def test_a_text_that_answers_two_queries_is_no_wrong_answer_to_either() -> None:
    tokens_ = torch.eye(4)
    left, right = tokens_[[0, 1]], tokens_[[2, 2]]
    one = loop.Batch("x", [], [], np.array([0, 1]), np.array([7, 7]))
    assert float(loop._loss(left, right, one, 5.0)) == pytest.approx(0)


def test_corrected_text_is_other_data(data: Path) -> None:
    before = training.read(data).fingerprint()
    assert training.read(data).fingerprint() == before
    (data / "terms.tsv").write_text("heat treatment\t热处理\nbearing\t轴承\nbattery\t电芯\n")
    assert training.read(data).fingerprint() != before


def test_a_folder_with_other_files_is_left_alone(data: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("mine")
    with pytest.raises(BadInput, match="holds files already"):
        trained(data, tmp_path / "mine")
    assert (tmp_path / "mine" / "README.md").read_text() == "mine"


def test_quantising_is_off_by_half_a_step_at_most() -> None:
    table = torch.randn(50, 512, generator=torch.Generator().manual_seed(3))
    quantised = saving.Quantised.of(table)
    steps = table.abs().amax(1, keepdim=True) / 127
    assert quantised.codes.dtype == torch.int8
    assert bool(((quantised.table() - table).abs() <= steps * 0.5001).all())


def test_condensed_texts_keep_telling_tokens_in_order(data: Path) -> None:
    corpora = Corpora({"condensed": [training.Pair("g", "轴承的淬火工艺与陶瓷电池", "电池")] * 40})
    tokenizer = vocabulary.build(training.read(data), SMALL)
    batches = Batches(corpora, tokenizer, training.changed(SMALL, dropped=0.0))
    batches.rarities[:] = 5.0
    whole = tokenizer.encode("轴承的淬火工艺与陶瓷电池").ids
    for ids in batches.of(0, 0).left:
        places = [whole.index(i) for i in ids]
        assert places == sorted(set(places))
        assert 3 <= len(ids) < 9


def test_what_is_measured_on_may_not_be_learned_from(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(data / "clicks")
    where = ["--data", str(data), "--into", str(tmp_path / "m")]
    assert main(["train", *where, "--evaluate", str(data / "clicks")]) == 1
    assert "must not lie in the training data" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("1. 绪论方法", "绪论方法"),
        ("225ghz三倍频器", "225ghz三倍频器"),
        ("淬火研究\\*", "淬火研究"),
    ],
)
def test_marks_around_titles_are_taken_off_and_numbers_kept(
    tmp_path: Path, title: str, clean: str
) -> None:
    paper = papers(1)[0] | {"title": title}
    (tmp_path / "papers.jsonl").write_text(json.dumps(paper), encoding="utf-8")
    assert training.read(tmp_path).pairs["titles"][0].left == clean


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = tmp_path / "nothing"
    assert main(["train", "--data", str(nothing), "--into", str(tmp_path / "m")]) == 1
    assert "training data is wanted" in capsys.readouterr().err


def test_a_start_that_is_no_model_is_told_before_the_work(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(data), "--into", str(tmp_path / "m"), "--start", str(data)]
    assert main(["train", *where]) == 1
    assert "no static model that can be gone on with" in capsys.readouterr().err
    assert not (tmp_path / "m").exists()
