"""Two small judged collections of our own: what they hold, and how the default encoder does."""

from pathlib import Path

import pytest

from matching import Document, Matcher, evaluate
from matching.beir import Collection, read_collection
from matching.encoders import load

FLOORS = {"english-chinese": 0.86, "paraphrase": 0.24}
"""MRR@100 of the vectors alone, about 0.05 under what was measured for the default encoder."""
CLEAR = 0.3
"""By how much vectors must beat characters in MRR@100 where the two share no script."""

FOLDER = Path(__file__).parent / "collections"
Ranks = dict[str, dict[str, float]]
"""{collection: {variant of the weights: MRR@100}}"""


@pytest.fixture(params=list(FLOORS))
def collection(request: pytest.FixtureRequest) -> Collection:
    return read_collection(FOLDER / request.param)


@pytest.fixture(scope="module")
def ranks() -> Ranks:
    """Both collections measured with the default encoder."""
    encoder = load()
    found = {}
    for name in FLOORS:
        collection = read_collection(FOLDER / name)
        matcher = Matcher(encoder)
        matcher.add(collection.corpus)
        results = evaluate.evaluate(matcher, collection, evaluate.ablation(matcher.weights))
        found[name] = {variant: result.means["MRR@100"] for variant, result in results.items()}
    return found


def test_a_collection_holds_60_queries_and_120_documents(collection: Collection) -> None:
    assert (len(collection.queries), len(collection.corpus)) == (60, 120)


def test_no_text_occurs_twice(collection: Collection) -> None:
    documents = [*collection.queries, *collection.corpus]
    assert len({document.title for document in documents}) == 180
    texts = [document.text for document in documents if document.text]
    assert len(set(texts)) == len(texts)


def test_every_query_has_one_relevant_document_of_its_own(collection: Collection) -> None:
    assert list(collection.judgements) == [query.id for query in collection.queries]
    assert [list(row.values()) for row in collection.judgements.values()] == [[2]] * 60
    relevant = {id_ for row in collection.judgements.values() for id_ in row}
    assert len(relevant & {document.id for document in collection.corpus}) == 60


def test_english_queries_are_short_and_share_no_word_with_the_documents() -> None:
    collection = read_collection(FOLDER / "english-chinese")
    assert all(q.title.isascii() and 4 <= len(q.title.split()) <= 20 for q in collection.queries)
    assert not any(c.isascii() and c.isalpha() for d in collection.corpus for c in whole(d))


def test_a_paraphrase_shares_less_with_its_need_than_a_document_about_something_else() -> None:
    collection = read_collection(FOLDER / "paraphrase")
    for query in collection.queries:
        [relevant] = collection.judgements[query.id]
        shared = {d.id: len(pairs(query) & pairs(d)) for d in collection.corpus}
        assert shared.pop(relevant) < max(shared.values()), query.title


def whole(document: Document) -> str:
    return f"{document.title} {document.text}"


def pairs(document: Document) -> set[str]:
    """Neighbouring characters of a text, none across punctuation."""
    text = whole(document)
    return {text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()}


@pytest.mark.slow
@pytest.mark.parametrize("name", list(FLOORS))
def test_vectors_alone_stay_above_their_floor(ranks: Ranks, name: str) -> None:
    assert ranks[name]["vectors alone"] > FLOORS[name]


@pytest.mark.slow
def test_vectors_connect_the_two_languages(ranks: Ranks) -> None:
    across = ranks["english-chinese"]
    assert across["vectors alone"] > across["characters alone"] + CLEAR


@pytest.mark.slow
def test_vectors_help_where_words_mislead(ranks: Ranks) -> None:
    reworded = ranks["paraphrase"]
    assert reworded["fused"] > reworded["characters alone"]
