"""How the channels are weighed and what a score means, for one model: read from a small file.

The file names the model that its figures belong to. Another model's figures are never borrowed:
a model without an entry is ranked with the general weights and shows no percentage.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.errors import BadInput
from matching.types import Label

Floats = NDArray[np.floating[Any]]

SHIPPED = Path(__file__).parent / "data" / "weights.json"
LEXICAL = "lexical"
"""The entry for a matcher without an encoder."""
GENERAL = "general"
"""The entry for a model that nobody has fitted weights for."""


@dataclass(frozen=True)
class Weights:
    """Fusion weights of one model, the calibration of its sums, and what was measured with them.

    `expected` is (slope, intercept) of what a pair of two scripts lacks at a cosine: the lexical
    sum that a judged pair of one language has on average, and what the model's cosines are lower
    by between scripts (`fit`), see `unseen`.
    `calibration` is (slope, intercept) of a logistic function from log(1 + excess) to the share of
    judged pairs that were fairly strong or strong; None where nobody judged. The excess is the
    fused sum less that of a typical document (`fusion.Scored.background`), and counts the less the
    fewer words a query has (`prepare.PreparedQuery.certainty`). The logarithm keeps
    the highest sums from promising more than judges saw (expected calibration error .012 instead
    of .028, held out).
    """

    model: str
    characters: float
    words: float
    vectors: float
    expected: tuple[float, float] = (0.0, 0.0)
    calibration: tuple[float, float] | None = None
    strong: float = 0.4
    fair: float = 0.2
    measured: Mapping[str, Any] = field(default_factory=dict)

    def unseen(self, lexical: Floats, cosines: Floats) -> Floats:
        """What the lexical channels cannot see between two languages, as a part of the sum.

        A Chinese need and an English achievement share no word, however close they are. Such a
        pair is given what pairs of one language with its cosine have on average, less what it has.
        """
        slope, intercept = self.expected
        return np.maximum(np.float32(slope) * cosines + np.float32(intercept) - lexical, 0)

    def probability(self, excess: float) -> float | None:
        """The calibrated score of a sum's excess over the typical one, 0–1."""
        if self.calibration is None:
            return None
        slope, intercept = self.calibration
        return float(1 / (1 + np.exp(-(slope * stretched(excess) + intercept))))

    def label(self, probability: float | None) -> Label | None:
        """The word for a calibrated score; None for None."""
        if probability is None:
            return None
        if probability >= self.strong:
            return Label.STRONG
        return Label.FAIR if probability >= self.fair else Label.WEAK

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `read` turns back into equal weights."""
        return {
            "weights": {
                "characters": self.characters,
                "words": self.words,
                "vectors": self.vectors,
            },
            "calibration": self.calibration
            and dict(zip(("slope", "intercept"), self.calibration, strict=True)),
            "expected": {"slope": self.expected[0], "intercept": self.expected[1]},
            "labels": {"strong": self.strong, "fair": self.fair},
            "measured": dict(self.measured),
        }


def stretched(excess: float) -> float:
    """What the calibration is linear in: log(1 + excess), 0 for a negative one."""
    return float(np.log1p(max(excess, 0.0)))


def read(model: str | None, path: Path = SHIPPED) -> Weights:
    """The weights for a model, or for none; the general ones where the file does not name it, and
    the shipped general ones where it has none. Raises `BadInput` for another sort of file."""
    entries = _entries(path)
    name = LEXICAL if model is None else model
    entry = entries.get(name) or entries.get(GENERAL) or _entries(SHIPPED)[GENERAL]
    try:
        return _weights(name, entry)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path}: no weights for {name!r} can be read from it ({error})") from None


def _weights(name: str, entry: Mapping[str, Any]) -> Weights:
    calibration = entry.get("calibration")
    expected = entry.get("expected", {"slope": 0.0, "intercept": 0.0})
    return Weights(
        model=name,
        **entry["weights"],
        expected=(expected["slope"], expected["intercept"]),
        calibration=calibration and (calibration["slope"], calibration["intercept"]),
        **entry["labels"],
        measured=entry.get("measured", {}),
    )


@cache
def _entries(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise BadInput(f"{path}: not a file of weights ({error})") from None


def require_writable(path: Path) -> None:
    """Raise `BadInput` or OSError for a file that `write` could not put an entry into."""
    if path.exists():
        _entries(path)
    elif not path.parent.is_dir():
        raise BadInput(f"{path.parent}: there is no such folder")


def write(weights: Weights, path: Path = SHIPPED) -> None:
    """Put one model's entry into the file, leaving the others."""
    entries = _entries(path) if path.exists() else {}
    entries = {**entries, weights.model: weights.to_json()}
    path.write_text(json.dumps(entries, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _entries.cache_clear()
