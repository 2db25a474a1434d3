"""python -m matching index|search|evaluate|fit|bench: the library from a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matching.errors import MatchingError

if TYPE_CHECKING:
    from matching.encoders import Encoder
    from matching.evaluate import Floats, Result
    from matching.types import Document, Hit

DEFAULT_MODEL = "use-multilingual-v3"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 1 with one sentence on standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except MatchingError as error:
        print(f"matching: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("matching: stopped; what was finished is kept", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matching", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    index = _command(commands, "index", _index, "index a BEIR folder or a file of JSON lines")
    index.add_argument("source", type=Path)
    index.add_argument("--into", type=Path, required=True, metavar="DIR")
    index.add_argument("--kind", default="document", help="the kind that documents are given")

    search = _command(commands, "search", _search, "search an index for a text; - reads it")
    search.add_argument("folder", type=Path)
    search.add_argument("text")
    search.add_argument("-k", type=int, default=10)
    search.add_argument("--json", action="store_true", help="hits as JSON lines")

    evaluate = _command(commands, "evaluate", _evaluate, "measure on a judged BEIR folder")
    evaluate.add_argument("collection", type=Path)
    evaluate.add_argument("--run", type=Path, metavar="FILE", help="write a TREC run, 1,000 deep")
    evaluate.add_argument(
        "--rows", type=Path, metavar="FILE", help="write figures per query as TSV"
    )
    evaluate.add_argument("--traditional", action="store_true",
                          help="ask in Traditional characters")  # fmt: skip

    fit = _command(commands, "fit", _fit, "choose weights and calibration on a judged BEIR folder")
    fit.add_argument("collection", type=Path)
    fit.add_argument("--into", type=Path, metavar="FILE", help="the weights file to update")

    bench = _command(commands, "bench", _bench, "time the encoder, indexing and searching")
    bench.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    bench.add_argument("--texts", type=Path, nargs="+", required=True, metavar="FILE",
                       help="JSON lines whose sentences documents are made of")  # fmt: skip
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], None],
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=run)
    parser.add_argument("--model", default=DEFAULT_MODEL,
                        help="a sentence-transformers name or folder; 'none' for words and n-grams "
                        "alone (default: %(default)s)")  # fmt: skip
    return parser


def _encoder(options: argparse.Namespace) -> Encoder | None:
    from matching import encoders

    return None if options.model == "none" else encoders.load(options.model)


def _index(options: argparse.Namespace) -> None:
    from matching import beir
    from matching.matcher import Matcher

    documents = beir.read_documents(options.source, options.kind)
    matcher = Matcher.open(options.into, _encoder(options), writable=True)
    with _bar("indexing", len(documents)) as progress:
        matcher.add(documents, progress=progress)
    matcher.compact()
    print(f"{len(matcher)} documents in {options.into}")


def _search(options: argparse.Namespace) -> None:
    from matching.matcher import Matcher

    text = sys.stdin.read() if options.text == "-" else options.text
    matcher = Matcher.open(options.folder)
    model = matcher.manifest.model
    if model and options.model != "none":
        from matching import encoders

        matcher.encoder = encoders.load(model)
    for place, hit in enumerate(matcher.search(text, options.k), 1):
        if options.json:
            print(json.dumps({"id": hit.id, "score": hit.score, **hit.reasons.to_json()},
                             ensure_ascii=False))  # fmt: skip
        else:
            _print_hit(place, hit, matcher.document(hit.id).title)


def _print_hit(place: int, hit: Hit, title: str) -> None:
    score = "  –" if hit.score is None else f"{hit.score:4.0%}"
    print(f"{place:3} {score} {hit.label.text if hit.label else '':<5} {hit.id}  {title}")
    reasons = hit.reasons
    if reasons.terms:
        print("         terms: " + ", ".join(f"{t.term} {t.share:.0%}" for t in reasons.terms))
    if reasons.sentences:
        print(f"         “{reasons.sentences.query.text}”")
        print(f"       ~ “{reasons.sentences.document.text}”")
    if not reasons.has_evidence:
        print("         nothing in the two texts to point at")


def _evaluate(options: argparse.Namespace) -> None:
    from matching import beir, evaluate, metrics
    from matching.matcher import Matcher

    collection = beir.read_collection(options.collection)
    if options.traditional:
        collection = beir.in_traditional(collection)
    matcher = Matcher(_encoder(options))
    with _bar("indexing", len(collection.corpus)) as progress:
        matcher.add(collection.corpus, progress=progress)
    run = TrecRun(options.run, [d.id for d in collection.corpus]) if options.run else None
    with _bar("asking", len(collection.queries)) as progress:
        results = evaluate.evaluate(
            matcher, collection, evaluate.ablation(matcher.weights),
            each=run.write if run else None, progress=progress,
        )  # fmt: skip
    _print_results(results)
    if options.rows:
        _write_rows(options.rows, results["fused"])
    table = evaluate.reliability(matcher, collection, matcher.weights)
    if table:
        _print_reliability(table)
        print(f"expected calibration error {metrics.calibration_error(table):.4f}")


class TrecRun:
    """A run in TREC's format: query, Q0, document, rank, score, system."""

    def __init__(self, path: Path, ids: Sequence[str]) -> None:
        self._ids = ids
        self._file = path.open("w", encoding="utf-8")

    def write(self, query: Document, sums: Floats) -> None:
        """Add one query's best documents."""
        from matching.evaluate import order

        for rank, place in enumerate(order(sums), 1):
            self._file.write(f"{query.id} Q0 {self._ids[place]} {rank} {sums[place]:.6f} kejie\n")
        self._file.flush()


def _print_results(results: dict[str, Result]) -> None:
    from matching.evaluate import MEASURES

    print(f"{'':<20}" + "".join(f"{name:>16}" for name in MEASURES))
    for name, result in results.items():
        means = result.means
        print(f"{name:<20}" + "".join(f"{means[measure]:16.4f}" for measure in MEASURES))
    print(f"({len(results['fused'].rows)} queries with a relevant document)")


def _write_rows(path: Path, result: Result) -> None:
    names = list(result.rows[0])
    with path.open("w", encoding="utf-8") as file:
        file.write("\t".join(names) + "\n")
        for row in result.rows:
            file.write("\t".join("" if row[n] is None else str(row[n]) for n in names) + "\n")


def _print_reliability(table: Sequence[dict[str, float]]) -> None:
    print(f"\n{'pairs':>8}{'predicted':>12}{'observed':>12}")
    for row in table:
        print(f"{row['pairs']:8.0f}{row['predicted']:12.3f}{row['observed']:12.3f}")


def _fit(options: argparse.Namespace) -> None:
    from dataclasses import replace

    from matching import beir, fit, weights
    from matching.matcher import Matcher

    collection = beir.read_collection(options.collection)
    encoder = _encoder(options)
    matcher = Matcher(encoder)
    with _bar("indexing", len(collection.corpus)) as progress:
        matcher.add(collection.corpus, progress=progress)
    name = encoder.name if encoder else weights.LEXICAL
    with _bar("fitting", 1) as progress:
        fitted = fit.fit(matcher, collection, name, progress)
    held = {"collection": collection.name, "cross-validated": fitted.measured,
            "reliability": fitted.table}  # fmt: skip
    chosen = replace(fitted.weights, measured=held)
    weights.write(chosen, options.into or weights.SHIPPED)
    print(json.dumps(chosen.to_json(), ensure_ascii=False, indent=2))


def _bench(options: argparse.Namespace) -> None:
    from matching import bench

    bench.run(options.model, options.sizes, options.texts)


class _bar:
    """A progress bar on standard error for as long as a block runs; silent where nobody looks."""

    def __init__(self, label: str, total: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=total, desc=label, file=sys.stderr, disable=None)

    def __enter__(self) -> Callable[[int, int], None]:
        return self._show

    def _show(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        self._bar.close()


if __name__ == "__main__":
    sys.exit(main())
