"""Any other sentence-transformers model, by the name of a hub or the path of a folder."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.encoders import cpu
from matching.encoders.contract import Encoder, Progress, checked
from matching.errors import UnknownModel

_OURS = "matching.encoders.use.module.UseMultilingual"
_ROUND = 256  # texts between two calls of `progress`


def load_model(spec: str, precision: str, threads: int | None) -> Encoder:
    """The model named `spec`, else UnknownModel. "auto" precision means float32 here."""
    path = Path(spec).expanduser()
    if path.is_dir():
        if _module_types(path) == [_OURS]:
            return _trained(path, spec, precision, threads)
    elif path.is_absolute() or spec.startswith((".", "~")):
        raise UnknownModel(spec, "there is no such folder; give one saved by SentenceTransformer.")
    cpu.use_threads(threads)
    return SentenceTransformerEncoder(spec, _opened(spec, path), precision)


def _module_types(folder: Path) -> list[str]:
    """Dotted class names in the folder's modules.json, none without that file."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        return [str(module["type"]) for module in modules]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _trained(path: Path, spec: str, precision: str, threads: int | None) -> Encoder:
    """A saved UseMultilingual on the fast route, its token table packed."""
    from matching.encoders.use import saved
    from matching.encoders.use.encoder import UseEncoder

    try:
        network = saved.packed(saved.read(path))
    except (OSError, ValueError, RuntimeError) as broken:
        raise UnknownModel(spec, f"its files cannot be read ({broken}); save it again.") from broken
    return UseEncoder(spec, network, path / saved.VOCABULARY, precision, threads)


def _opened(spec: str, path: Path) -> Any:
    """The SentenceTransformer. Code that a model brings along is never run."""
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(
            str(path) if path.is_dir() else spec, device="cpu", local_files_only=path.is_dir()
        )
    except Exception as failure:  # whatever a hub, a config or a weight file can raise
        why = (
            f"sentence-transformers could not open it ({type(failure).__name__}: {failure}); "
            "check the name and the connection, or give the folder of a downloaded model."
        )
        raise UnknownModel(spec, why) from failure


class SentenceTransformerEncoder:
    """A SentenceTransformer behind `Encoder`."""

    def __init__(self, name: str, model: Any, precision: str) -> None:
        self.name = name
        self.precision = "float32" if precision == "auto" else precision
        self._model = model.bfloat16() if self.precision == "bfloat16" else model.float()
        self.dimension = int(model.get_embedding_dimension())

    def encode(
        self, texts: Sequence[str], *, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """(len(texts), dimension), each row of length 1. Raises as Encoder.encode does."""
        every = checked(texts)
        vectors = np.empty((len(every), self.dimension), dtype=np.float32)
        for begin in range(0, len(every), _ROUND):
            part = every[begin : begin + _ROUND]
            found = self._model.encode(part, convert_to_tensor=True, normalize_embeddings=True)
            vectors[begin : begin + len(part)] = found.float().cpu().numpy()
            if progress:
                progress(begin + len(part), len(every))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-12)
        return vectors
