"""Queries and documents on their way to the channels: what is read, cut and refused."""

from __future__ import annotations

import numpy as np
import pytest

from matching import MAX_CHARACTERS, Document, Matcher
from matching.encoders import HashingEncoder
from matching.errors import ContentlessText, TextTooLong
from matching.prepare import prepare_query, vectors


def words(query: str | Document) -> list[str]:
    return [token.word for part in prepare_query(query).parts.values() for token in part]


def test_a_text_may_have_as_many_characters_as_are_promised() -> None:
    assert "杂质" in words(("杂质，" * MAX_CHARACTERS)[:MAX_CHARACTERS])


def test_a_pasted_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(TextTooLong):
        prepare_query("铜" * (MAX_CHARACTERS + 1))
    with pytest.raises(TextTooLong):
        prepare_query(Document("", "", "铜", "杂质，" * MAX_CHARACTERS))


def test_an_accepted_document_is_cut_to_what_may_be_searched_with() -> None:
    document = Document("n1", "need", "铅渣", "杂质，" * MAX_CHARACTERS, ("再生铜",))
    read = prepare_query(document).document
    assert len(read.title) + len(read.text) + len("再生铜") == MAX_CHARACTERS
    assert document.text.startswith(read.text)
    assert {"铅渣", "杂质", "再生铜"} <= set(words(document))


@pytest.mark.parametrize(
    "document",
    [
        Document("n1", "need", "", "！" * 30_000 + "再生铜杂质"),
        Document("n1", "need", "！" * 30_000, "再生铜杂质"),
        Document("n1", "need", "！", "再生铜杂质", ("！" * 30_000,)),
    ],
)
def test_an_accepted_document_can_always_be_searched_with(
    document: Document, encoder: HashingEncoder
) -> None:
    matcher = Matcher(encoder)
    matcher.add([document, Document("a1", "achievement", "再生铜杂质脱除")])
    assert [hit.id for hit in matcher.search(document)] == ["a1"]


def test_an_accepted_document_without_content_is_refused() -> None:
    with pytest.raises(ContentlessText):
        prepare_query(Document("n1", "need", "！！"))


def test_half_characters_do_not_stop_a_search(matcher: Matcher) -> None:
    assert matcher.search("废铜熔炼\ud800铅锡杂质", 1)[0].id == "need"


def test_the_encoder_reads_content_that_lies_far_behind(encoder: HashingEncoder) -> None:
    far, near = (Document("d", "a", "", "！" * n + "再生铜杂质脱除") for n in (1_600, 0))
    assert np.array_equal(vectors([far], encoder), vectors([near], encoder))


def test_the_encoder_reads_a_text_from_its_beginning(encoder: HashingEncoder) -> None:
    quoted, bare = (Document("d", "a", "", mark + "再生铜杂质脱除") for mark in ("《", ""))
    assert not np.array_equal(vectors([quoted], encoder), vectors([bare], encoder))
