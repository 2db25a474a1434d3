"""What the command line prints and writes of hits and measurements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from matching import evaluate, metrics
from matching.beir import Collection
from matching.matcher import Matcher
from matching.types import Document, Hit


def print_hit(place: int, hit: Hit, title: str) -> None:
    """A hit in a few lines: rank, score, title and the best reasons."""
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


class TrecRun:
    """A run in TREC's format: query, Q0, document, rank, score, system."""

    def __init__(self, file: TextIO, ids: Sequence[str]) -> None:
        self._ids = ids
        self._file = file

    def write(self, query: Document, sums: evaluate.Floats) -> None:
        """Add one query's best documents."""
        for rank, place in enumerate(evaluate.order(sums), 1):
            self._file.write(f"{query.id} Q0 {self._ids[place]} {rank} {sums[place]:.6f} kejie\n")
        self._file.flush()


def print_results(results: dict[str, evaluate.Result]) -> None:
    """A table of the measures, a row a variant."""
    print(f"{'':<20}" + "".join(f"{name:>16}" for name in evaluate.MEASURES))
    for name, result in results.items():
        means = result.means
        print(f"{name:<20}" + "".join(f"{means[measure]:16.4f}" for measure in evaluate.MEASURES))
    print(f"({len(results['fused'].rows)} queries with a relevant document)")


def write_rows(file: TextIO, result: evaluate.Result) -> None:
    """Every query's figures, separated by tabs, under a heading."""
    names = list(result.rows[0])
    file.write("\t".join(names) + "\n")
    for row in result.rows:
        file.write("\t".join("" if row[n] is None else str(row[n]) for n in names) + "\n")


def print_reliability(matcher: Matcher, collection: Collection) -> None:
    """The reliability table and its error; nothing for weights without a calibration."""
    table = evaluate.reliability(matcher, collection, matcher.weights)
    if not table:
        return
    print(f"\n{'pairs':>8}{'predicted':>12}{'observed':>12}")
    for row in table:
        print(f"{row['pairs']:8.0f}{row['predicted']:12.3f}{row['observed']:12.3f}")
    print(f"expected calibration error {metrics.calibration_error(table):.4f}")
