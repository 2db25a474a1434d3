"""python -m matching index|search|evaluate|fit|train|bench: the library from a terminal."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from matching.encoders import DEFAULT
from matching.errors import BadInput, MatchingError

if TYPE_CHECKING:
    from matching.beir import Collection
    from matching.encoders import Encoder
    from matching.evaluate import Result
    from matching.matcher import Matcher
    from matching.weights import Weights


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 1 with one sentence on standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except MatchingError as error:
        print(f"matching: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        print(f"matching: {named}{error.strerror or error}", file=sys.stderr)
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
    search.add_argument("-k", type=_positive, default=10, help="how many (default: %(default)s)")
    search.add_argument("--json", action="store_true", help="hits as JSON lines")
    search.add_argument("--lexical", action="store_true",
                        help="words and n-grams alone, without the model of the index")  # fmt: skip

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
    fit.add_argument("--into", type=Path, required=True, metavar="FILE",
                     help="the weights file to make or update; those that are shipped are in "
                     "matching/data/weights.json")  # fmt: skip

    fit.add_argument("--two-scripts", type=float, default=1.0, metavar="TIMES",
                     help="how many times lower the model's cosines are between Chinese and "
                     "English than within one of them (default: %(default)s)")  # fmt: skip

    train = _command(commands, "train", _train, "train an encoder; broken off, it can be resumed")
    train.add_argument("--data", type=Path, required=True, metavar="DIR",
                       help="papers, pairs, terms (.jsonl and .tsv, also .xz) and BEIR folders of "
                       "judgements")  # fmt: skip
    train.add_argument("--into", type=Path, required=True, metavar="MODEL_DIR")
    train.add_argument("--start", type=Path, metavar="MODEL_DIR",
                       help="a trained model to go on with, instead of the stock encoder; "
                       "gently, and on the data given alone")  # fmt: skip
    train.add_argument("--evaluate", type=Path, metavar="DIR",
                       help="a judged BEIR folder to measure on as training goes on; nothing "
                       "is learned from it")  # fmt: skip
    for name, text in _RECIPE.items():
        train.add_argument(f"--{name}", type=_positive if name != "seed" else _seed, help=text)

    bench = _command(commands, "bench", _bench, "time the encoder, indexing and searching")
    bench.add_argument("--sizes", type=_positive, nargs="+", default=[10_000, 100_000])
    bench.add_argument("--texts", type=Path, nargs="+", required=True, metavar="FILE",
                       help="JSON lines whose sentences documents are made of")  # fmt: skip

    for each in (index, evaluate, fit, bench):
        each.add_argument("--model", default=DEFAULT,
                          help="a sentence-transformers name or folder; 'none' for words and "
                          "n-grams alone (default: %(default)s)")  # fmt: skip
    for each in (search, evaluate):
        each.add_argument("--weights", type=Path, metavar="FILE",
                          help="weights that fit wrote, instead of the shipped ones")  # fmt: skip
    return parser


_RECIPE = {
    "steps": "steps of each run",
    "runs": "runs to average",
    "batch": "pairs of a step",
    "seed": "another seed gives another model",
}


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], None],
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=run)
    return parser


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _seed(text: str) -> int:
    return 0 if text == "0" else _positive(text)


def _encoder(options: argparse.Namespace) -> Encoder | None:
    from matching import encoders

    return None if options.model == "none" else encoders.load(options.model)


def _weights(encoder: Encoder | None, path: Path | None) -> Weights:
    from matching import weights

    return weights.read(encoder.name if encoder else None, path or weights.SHIPPED)


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
    from matching import report
    from matching.matcher import Matcher

    text = _standard_input() if options.text == "-" else options.text
    text = text.encode("utf-8", "replace").decode()
    matcher = Matcher.open(options.folder)
    model = matcher.manifest.model
    if model and not options.lexical:
        from matching import encoders

        matcher.encoder = encoders.load(model)
    matcher.weights = _weights(matcher.encoder, options.weights)
    for place, hit in enumerate(matcher.search(text, options.k), 1):
        if options.json:
            print(json.dumps({"id": hit.id, "score": hit.score, **hit.reasons.to_json()},
                             ensure_ascii=False))  # fmt: skip
        else:
            report.print_hit(place, hit, matcher.document(hit.id).title)


def _standard_input() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise BadInput(f"standard input: not {error.encoding} text") from None


def _evaluate(options: argparse.Namespace) -> None:
    from matching import beir, report

    collection = _judged(options.collection)
    if options.traditional:
        collection = beir.in_traditional(collection)
    with _output(options.run) as run, _output(options.rows) as rows:
        encoder = _encoder(options)
        weights = _weights(encoder, options.weights)
        matcher = _filled(encoder, collection)
        matcher.weights = weights
        results = _measured(matcher, collection, run)
        report.print_results(results)
        if rows:
            report.write_rows(rows, results["fused"])
    report.print_reliability(matcher, collection)


def _judged(folder: Path) -> Collection:
    """A BEIR folder with something to measure by."""
    from matching import beir, evaluate

    collection = beir.read_collection(folder)
    if not any(evaluate.judged_queries(collection)):
        raise BadInput(f"{folder}: no query has a relevant document")
    return collection


def _output(path: Path | None) -> AbstractContextManager[TextIO | None]:
    """A file to write, opened before the work so that a wrong name is told at once."""
    return path.open("w", encoding="utf-8") if path else nullcontext()


def _filled(encoder: Encoder | None, collection: Collection) -> Matcher:
    from matching.matcher import Matcher

    matcher = Matcher(encoder)
    with _bar("indexing", len(collection.corpus)) as progress:
        matcher.add(collection.corpus, progress=progress)
    return matcher


def _measured(matcher: Matcher, collection: Collection, run: TextIO | None) -> dict[str, Result]:
    from matching import evaluate, report

    write = report.TrecRun(run, [d.id for d in collection.corpus]).write if run else None
    variants = evaluate.ablation(matcher.weights)
    with _bar("asking", len(collection.queries)) as progress:
        return evaluate.evaluate(matcher, collection, variants, each=write, progress=progress)


def _fit(options: argparse.Namespace) -> None:
    from dataclasses import replace

    from matching import fit, weights

    weights.require_writable(options.into)
    collection = _judged(options.collection)
    encoder = _encoder(options)
    matcher = _filled(encoder, collection)
    name = encoder.name if encoder else weights.LEXICAL
    with _bar("fitting", 1) as progress:
        fitted = fit.fit(matcher, collection, name, progress, options.two_scripts)
    held = {"collection": collection.name, "cross-validated": fitted.measured,
            "reliability": fitted.table}  # fmt: skip
    chosen = replace(fitted.weights, measured=held)
    weights.write(chosen, options.into)
    print(json.dumps(chosen.to_json(), ensure_ascii=False, indent=2))


def _train(options: argparse.Namespace) -> None:
    from matching import beir, encoders
    from matching.encoders import training

    judged, data = options.evaluate, options.data.resolve()
    if judged and judged.resolve().is_relative_to(data):
        raise BadInput(f"{judged}: what is measured on must not lie in the training data")
    corpora = training.read(options.data)
    collection = beir.read_collection(options.evaluate) if options.evaluate else None
    base = training.CONTINUED if options.start else training.Recipe()
    recipe = training.changed(base, **{name: getattr(options, name) for name in _RECIPE})
    beginning = training.Beginning(options.start, lambda: encoders.load(encoders.STOCK))
    training.train(
        corpora, options.into, recipe, beginning, collection,
        lambda line: print(line, file=sys.stderr, flush=True),
    )  # fmt: skip


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
