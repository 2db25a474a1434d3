"""python -m matching: what it prints, what it refuses, and that its figures are those of search."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from matching import Document, Facts, Matcher, Range, evaluate, fit, weights
from matching.__main__ import main
from matching.beir import in_traditional, read_collection, read_documents
from matching.encoders import load
from matching.errors import BadInput

CORPUS = {
    "a1": "再生铜杂质脱除",
    "a2": "红茶发酵监测",
    "a3": "陶瓷窑炉节能",
    "a4": "铜合金线缆",
    "a5": "茶叶采摘机器人",
}
QUERIES = {"q1": ("废铜熔炼杂质", "铅锡偏高"), "q2": ("红茶发酵程度", "在线监测"), "q3": ("@@", "")}
JUDGED = [
    ("q1", "a1", 3),
    ("q1", "a4", 1),
    ("q1", "a2", 0),
    ("q2", "a2", 2),
    ("q2", "a5", 0),
    ("q3", "a3", 2),
]


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "mini"
    (folder / "qrels").mkdir(parents=True)
    write(folder / "corpus.jsonl", [{"_id": i, "title": t, "text": ""} for i, t in CORPUS.items()])
    write(
        folder / "queries.jsonl",
        [{"_id": i, "title": t, "text": x} for i, (t, x) in QUERIES.items()],
    )
    rows = ["query-id\tcorpus-id\tscore", *(f"{q}\t{d}\t{g}" for q, d, g in JUDGED)]
    (folder / "qrels" / "test.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def write(path: Path, records: list[dict[str, str]]) -> None:
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_index_and_search(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = str(tmp_path / "index")
    assert main(["index", str(collection), "--into", index, "--model", "none"]) == 0
    assert capsys.readouterr().out == f"5 documents in {index}\n"
    assert main(["search", index, "廢銅雜質", "-k", "1", "--json", "--lexical"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "a1"


def test_evaluate_prints_every_variant_and_writes_a_run(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, rows = tmp_path / "out.trec", tmp_path / "rows.tsv"
    arguments = [
        "evaluate",
        str(collection),
        "--model",
        "none",
        "--run",
        str(run),
        "--rows",
        str(rows),
    ]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    names = [line[:20].strip() for line in printed.splitlines()[1:6]]
    assert names == [
        "fused",
        "characters alone",
        "words alone",
        "without characters",
        "without words",
    ]
    assert "expected calibration error" in printed
    lines = [line.split() for line in run.read_text(encoding="utf-8").splitlines()]
    assert next(line[2] for line in lines if line[0] == "q1") == "a1"
    assert {line[3] for line in lines if line[0] == "q2"} == {"1", "2", "3", "4", "5"}
    assert len(rows.read_text(encoding="utf-8").splitlines()) == 4


def test_evaluation_ranks_as_search_does(collection: Path) -> None:
    mini = read_collection(collection)
    mini.corpus.append(Document("a6", "document", "Refining of secondary copper"))
    matcher = Matcher(load("hashing-64"))
    matcher.add(mini.corpus)
    matcher.weights = weights.Weights("test", 1.0, 0.2, 2.0, expected=(5.0, 0.4))
    found = next(iter(evaluate.parts(matcher, mini.queries[:1]))).sums(matcher.weights)
    ranked = [mini.corpus[int(i)].id for i in evaluate.order(found)]
    assert ranked == [hit.id for hit in matcher.search(mini.queries[0], 6, explain=False)]


def test_a_query_without_content_counts_as_a_miss(collection: Path) -> None:
    mini = read_collection(collection)
    matcher = Matcher()
    matcher.add(mini.corpus)
    rows = evaluate.evaluate(matcher, mini, {"fused": matcher.weights})["fused"].rows
    assert [row["query"] for row in rows] == ["q1", "q2", "q3"]


def test_traditional_queries_rank_alike(collection: Path) -> None:
    mini = read_collection(collection)
    matcher = Matcher()
    matcher.add(mini.corpus)
    figures = [
        evaluate.evaluate(matcher, c, {"fused": matcher.weights})["fused"].means["MRR@100"]
        for c in (mini, in_traditional(mini))
    ]
    assert figures[0] == figures[1]


def test_fit_writes_weights_that_name_their_model(collection: Path, tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_text(weights.SHIPPED.read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["fit", str(collection), "--model", "hashing-64", "--into", str(path)]) == 0
    fitted = weights.read("hashing-64", path)
    assert fitted.calibration is not None
    assert fitted.measured["collection"] == "mini"
    assert weights.read("use-multilingual-v3", path) == weights.read("use-multilingual-v3")


def test_pairs_of_two_scripts_are_given_what_their_cosines_lack(
    collection: Path, tmp_path: Path
) -> None:
    slopes = []
    for times in ("1", "2"):
        path = tmp_path / f"{times}.json"
        ask = ["fit", str(collection), "--model", "hashing-64", "--into", str(path)]
        assert main([*ask, "--two-scripts", times]) == 0
        fitted = weights.read("hashing-64", path)
        slopes.append(fitted.expected[0])
    assert slopes[1] == pytest.approx(2 * slopes[0] + fitted.vectors)


def test_weights_of_an_unknown_model_promise_nothing() -> None:
    unknown = weights.read("somebody/else")
    assert unknown.probability(5.0) is None
    assert unknown.label(None) is None


def test_fit_prefers_what_ranks_better(collection: Path) -> None:
    mini = read_collection(collection)
    matcher = Matcher(load("hashing-64"))
    matcher.add(mini.corpus)
    fitted = fit.fit(matcher, mini, "hashing-64")
    assert fitted.weights.vectors in fit.VECTORS
    assert fitted.weights.probability(9.0) > fitted.weights.probability(0.0)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        (b"", "no document in this file"),
        (b'{"_id": "1", "title": "a"}\n{broken\n', "line 2: not JSON"),
        (b"[1, 2]\n", "line 1: not a JSON object"),
        (b'{"_id": "1", "title": 7}\n', "line 1: not a document"),
        (b'{"_id": "1", "title": "a"}\n{"_id": "1", "title": "b"}\n', "occurs twice"),
        (b'{"_id": "1", "title": "a"}\n{"_id": "2", "title": "\xff"}\n', "line 2: not UTF-8 text"),
        (b"[" * 100_000 + b"]" * 100_000, "line 1: not JSON"),
        (b'{"_id": "1", "title": "a\\ud800"}\n', "line 1: not JSON"),
        (b'{"_id": "1", "title": "a"}\n\n{"_id": "2", "title": "!"}\n', "line 3: document '2'"),
        (b'{"title": "a"}\n', "line 1: not a document (id must be text, but is missing)"),
        (b'{"_id": null, "title": "a"}\n', "line 1: not a document (id"),
        (b'{"id": 1, "title": "a"}\n', "line 1: not a document (id"),
        (b'{"id": "1", "kind": 1, "title": "a"}\n', "line 1: not a document (kind"),
        (b'{"id": "1", "title": "a", "text": null}\n', "line 1: not a document (text"),
        (b'{"id": "1", "title": "a", "keywords": "ab"}\n', "line 1: not a document (keywords"),
        (b'{"id": "1", "title": "a", "keywords": [1]}\n', "line 1: not a document (keywords"),
        (b'{"id": "1", "title": "a", "facts": "abc"}\n', "line 1: not a document (facts"),
        (b'{"id": "1", "title": "a", "facts": {"x": 1}}\n', "line 1: not a document (facts"),
        (b'{"id": "1", "title": "a", "facts": {"state": 1}}\n', "line 1: not a document (state"),
        (b'{"id": "1", "title": "a", "facts": {"money": [1]}}\n', "line 1: not a document (money"),
        (
            b'{"id": "1", "title": "a", "facts": {"money": [4611686018427387904, null]}}\n',
            "line 1: not a document (money",
        ),
        (
            b'{"id": "1", "title": "a", "facts": {"readiness": [1.5, true]}}\n',
            "line 1: not a document (readiness",
        ),
    ],
)
def test_bad_files_are_named_with_their_line(
    content: bytes | None, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "documents.jsonl"
    if content is not None:
        path.write_bytes(content)
    assert main(["index", str(path), "--into", str(tmp_path / "i"), "--model", "none"]) == 1
    printed = capsys.readouterr().err
    assert message in printed
    assert "documents.jsonl" in printed


def test_a_document_with_every_fact_is_read(tmp_path: Path) -> None:
    facts = Facts("open", ("A",), "4401", Range(1, None), Range(None, 2**62 - 1), ("sale",), "o")
    documents = [Document("1", "need", "铜", "铅", ("锡",), facts), Document("2", "need", "铅")]
    lines = [json.dumps(document.to_json(), ensure_ascii=False) for document in documents]
    (tmp_path / "d.jsonl").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    assert read_documents(tmp_path / "d.jsonl", "document") == documents


def test_a_file_in_place_of_a_folder_is_one_sentence(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert main(["index", str(collection), "--into", str(file), "--model", "none"]) == 1
    assert str(file) in capsys.readouterr().err
    assert main(["evaluate", str(file), "--model", "none"]) == 1
    assert f"{file}: there is no such folder" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--run", "--rows"])
def test_an_output_that_cannot_be_written_is_told_before_the_work(
    option: str, collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing" / "out")
    assert main(["evaluate", str(collection), "--model", "hashing-x", option, missing]) == 1
    assert capsys.readouterr().err == f"matching: {missing}: No such file or directory\n"


def test_weights_that_cannot_be_written_are_told_before_the_work(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing" / "weights.json"
    assert main(["fit", str(collection), "--model", "hashing-x", "--into", str(missing)]) == 1
    assert "missing: there is no such folder" in capsys.readouterr().err
    broken = tmp_path / "broken.json"
    broken.write_text("[1]")
    assert main(["fit", str(collection), "--model", "hashing-x", "--into", str(broken)]) == 1
    assert "not a file of weights" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "fit"])
def test_a_collection_that_judges_nothing_relevant_is_one_sentence(
    command: str, collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (collection / "qrels" / "test.tsv").write_text("q\td\tscore\nq1\ta1\t0\n", encoding="utf-8")
    option = {"evaluate": "--rows", "fit": "--into"}[command]
    out = str(tmp_path / "out")
    assert main([command, str(collection), "--model", "none", option, out]) == 1
    assert "no query has a relevant document" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "index", "铜", "-k", "0"],
        ["search", "index", "铜", "-k", "-3"],
        ["search", "index", "铜", "--model", "none"],
        ["fit", "collection"],
    ],
)
def test_options_that_mean_nothing_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)


def test_fitted_weights_can_be_used_from_their_own_file(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index, path = str(tmp_path / "index"), str(tmp_path / "new.json")
    model = ["--model", "hashing-64"]
    assert main(["fit", str(collection), *model, "--into", path]) == 0
    assert main(["evaluate", str(collection), *model, "--weights", path]) == 0
    assert "expected calibration error" in capsys.readouterr().out
    assert main(["index", str(collection), "--into", index, *model]) == 0
    capsys.readouterr()
    assert main(["search", index, "废铜杂质", "-k", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["score"] is None
    assert main(["search", index, "废铜杂质", "-k", "1", "--json", "--weights", path]) == 0
    assert json.loads(capsys.readouterr().out)["score"] > 0


def test_a_file_of_weights_without_general_ones_borrows_those_that_are_shipped(
    tmp_path: Path,
) -> None:
    path = tmp_path / "weights.json"
    weights.write(weights.Weights("somebody/one", 1.0, 0.2, 2.0), path)
    assert weights.read("somebody/else", path) == weights.read("somebody/else")


@pytest.mark.parametrize("content", ["{", "[1]", '{"lexical": {"weights": {}}}', '{"lexical": 7}'])
def test_what_is_no_file_of_weights_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_text(content)
    with pytest.raises(BadInput, match=r"weights\.json"):
        weights.read(None, path)


def test_half_characters_and_other_bytes_are_one_sentence(
    collection: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = str(tmp_path / "index")
    main(["index", str(collection), "--into", index, "--model", "none"])
    capsys.readouterr()
    assert main(["search", index, "再生铜杂质\udcff", "-k", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.encode())["id"] == "a1"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff"), encoding="utf-8"))
    assert main(["search", index, "-"]) == 1
    assert capsys.readouterr().err == "matching: standard input: not utf-8 text\n"


def test_searching_for_nothing_is_one_sentence(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = str(tmp_path / "index")
    main(["index", str(collection), "--into", index, "--model", "none"])
    assert main(["search", index, "！！", "--lexical"]) == 1
    assert "no word" in capsys.readouterr().err


@pytest.mark.slow
def test_the_default_model_understands_across_languages() -> None:
    matcher = Matcher(load())
    matcher.add(
        [
            Document("voc", "a", "Tracing volatile organic compound emissions in chemical parks"),
            Document("tea", "a", "Monitoring the fermentation of black tea"),
            Document("kiln", "a", "Energy saving in ceramic kilns"),
        ]
    )
    asked = ("挥发性有机物排放溯源", "红茶发酵监测", "陶瓷窑炉节能")
    assert [matcher.search(q, 1)[0].id for q in asked] == ["voc", "tea", "kiln"]
