"""The index folder: whole or not at all, one writer, readers that catch up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from matching import Document, Facts, Matcher, Range
from matching.encoders import load
from matching.errors import IndexDamaged, IndexMismatch, MatchingError

Open = Callable[..., Matcher]


def answers(matcher: Matcher) -> list[tuple[str, float]]:
    return [(h.id, round(h.rank_score, 4)) for h in matcher.search("再生铜铅锡杂质", explain=False)]


def test_a_reopened_index_answers_as_before(opened: Open, documents: tuple[Document, ...]) -> None:
    matcher = opened()
    matcher.add(documents, position=7)
    before = answers(matcher)
    assert (answers(opened(writable=False)), opened(writable=False).position) == (before, 7)
    matcher.compact()
    assert (answers(opened(writable=False)), opened(writable=False).position) == (before, 7)


def test_documents_survive_compaction(opened: Open, documents: tuple[Document, ...]) -> None:
    matcher = opened()
    matcher.add(documents)
    matcher.compact()
    assert {d.id: opened(writable=False).document(d.id) for d in documents} == {
        d.id: d for d in documents
    }


def test_a_reader_catches_up(opened: Open, documents: tuple[Document, ...]) -> None:
    writer = opened()
    reader = opened(writable=False)
    assert not reader.catch_up()
    writer.add(documents, position=5)
    assert reader.catch_up()
    assert (reader.ids, reader.position) == (writer.ids, 5)
    writer.remove(["tea"], position=6)
    writer.compact()
    writer.add([Document("new", "need", "新的需求")], position=9)
    assert reader.catch_up()
    assert (answers(reader), reader.position) == (answers(writer), 9)
    assert not reader.catch_up()


def test_an_empty_index_can_be_compacted_and_reopened(opened: Open) -> None:
    opened().compact()
    assert len(opened(writable=False)) == 0


def test_a_long_journal_becomes_a_snapshot(opened: Open, tmp_path: Path) -> None:
    matcher = opened()
    matcher.add(Document(f"d{i}", "need", f"需求第{i}号") for i in range(1_100))
    assert (tmp_path / "index" / "CURRENT").read_text().strip() == "snapshot-000002"
    assert len(opened(writable=False)) == 1_100


def test_a_reader_may_not_write(opened: Open) -> None:
    opened()
    with pytest.raises(MatchingError, match="reading"):
        opened(writable=False).add([Document("a", "need", "铜")])


def test_a_missing_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged, match="there is no index in"):
        Matcher.open(tmp_path / "nowhere")


def test_another_model_is_refused_with_the_remedy(
    opened: Open, documents: tuple[Document, ...]
) -> None:
    opened().add(documents)
    opened().compact()
    with pytest.raises(IndexMismatch, match=r"hashing-64.*delete the folder"):
        opened(encoder=load("hashing-32"))


def test_another_origin_is_refused(opened: Open) -> None:
    opened(origin="one")
    with pytest.raises(IndexMismatch, match="origin"):
        opened(origin="two")


def test_another_preparation_is_refused(opened: Open, tmp_path: Path) -> None:
    opened()
    [path] = (tmp_path / "index").glob("snapshot-*/manifest.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "preparation": "older"}))
    with pytest.raises(IndexMismatch, match="preparation 'older'"):
        opened()


@pytest.mark.parametrize("name", ["words.keys.npy", "documents.jsonl", "vectors.faiss"])
def test_a_damaged_file_is_named(
    opened: Open, documents: tuple[Document, ...], tmp_path: Path, name: str
) -> None:
    matcher = opened()
    matcher.add(documents)
    matcher.compact()
    [path] = (tmp_path / "index").glob(f"snapshot-*/{name}")
    path.write_bytes(path.read_bytes()[:-3] + b"xyz")
    with pytest.raises(IndexDamaged, match=name):
        opened()


def test_an_unfinished_snapshot_is_passed_over(
    opened: Open, documents: tuple[Document, ...], tmp_path: Path
) -> None:
    matcher = opened()
    matcher.add(documents)
    (tmp_path / "index" / "snapshot-000009.unfinished").mkdir()
    reader = opened(writable=False)
    assert reader.ids == matcher.ids


def test_a_writer_whose_folder_is_gone_says_so(
    opened: Open, documents: tuple[Document, ...], tmp_path: Path
) -> None:
    matcher = opened()
    matcher.add(documents[:2])
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(IndexDamaged, match="removed or replaced"):
        matcher.add(documents[2:])
    assert answers(matcher)


def test_a_reader_goes_on_while_the_folder_is_gone(
    opened: Open, documents: tuple[Document, ...], tmp_path: Path
) -> None:
    opened().add(documents)
    reader = opened(writable=False)
    shutil.rmtree(tmp_path / "index")
    assert not reader.catch_up()
    assert len(reader) == 5
    opened().add(documents[:1], position=3)
    reader.catch_up()
    assert (reader.ids, reader.position) == ({"copper"}, 3)


def test_an_encoder_may_come_after_opening(opened: Open, documents: tuple[Document, ...]) -> None:
    opened().add(documents)
    late = opened(encoder=None, model="hashing-64", writable=False)
    assert late.channels == ("characters", "words")
    late.encoder = load("hashing-64")
    assert late.channels == ("characters", "words", "vectors")
    assert answers(late) == answers(opened(writable=False))


def test_an_index_without_vectors_is_not_mixed_with_vectors(
    opened: Open, documents: tuple[Document, ...]
) -> None:
    lexical = opened(encoder=None)
    lexical.add(documents)
    with pytest.raises(IndexMismatch, match="without vectors"):
        opened()
    lexical.compact()
    with pytest.raises(IndexMismatch, match="without vectors"):
        opened()


def test_a_document_that_cannot_be_counted_leaves_no_trace(
    opened: Open, documents: tuple[Document, ...]
) -> None:
    matcher = opened()
    matcher.add(documents[:1])
    broken = Document("b", "need", "铜", facts=Facts(money=Range(0, 2**70)))
    with pytest.raises(OverflowError):
        matcher.add([broken])
    matcher.add(documents[1:])
    assert opened(writable=False).ids == matcher.ids == {d.id for d in documents}


def test_a_reader_without_an_encoder_follows_to_another_model(
    opened: Open, documents: tuple[Document, ...], tmp_path: Path
) -> None:
    opened().add(documents)
    reader = opened(encoder=None, writable=False)
    shutil.rmtree(tmp_path / "index")
    opened(encoder=load("hashing-32")).add(documents[:2])
    assert reader.catch_up()
    assert (reader.ids, reader.manifest.model) == ({"copper", "tea"}, "hashing-32")


def test_a_position_never_runs_ahead_of_the_documents(
    opened: Open, documents: tuple[Document, ...]
) -> None:
    writer, reader = opened(), opened(writable=False)
    for number, document in enumerate(documents, 1):
        writer.add([document], position=number)
        reader.catch_up()
        assert (len(reader), reader.position) == (number, number)


def test_many_compactions_keep_every_document(
    opened: Open, documents: tuple[Document, ...]
) -> None:
    matcher = opened()
    for turn in range(4):
        matcher.add(Document(f"{turn}-{i}", "need", f"需求{turn}第{i}号") for i in range(20))
        matcher.add(documents)
        matcher.compact()
    reader = opened(writable=False)
    assert reader.ids == matcher.ids
    assert reader.document("tea") == documents[1]
    assert len(reader) == 85


def test_a_closed_matcher_still_answers(opened: Open, documents: tuple[Document, ...]) -> None:
    matcher = opened()
    matcher.add(documents)
    before = answers(matcher)
    matcher.close()
    assert answers(matcher) == before
