"""Models in folders, ours and anybody's, and those of a hub by name.

The folder of a static model and that of a saved UseMultilingual run without sentence-transformers;
every other model runs in it.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.encoders import DEFAULT, cpu, static
from matching.encoders.contract import Encoder, Progress, checked, fingerprint_of
from matching.errors import UnknownModel

SHIPPED = Path(__file__).parent.parent / "data" / DEFAULT
_OURS = "matching.encoders.use.module.UseMultilingual"
_ROUND = 256  # texts between two calls of `progress`


def load_model(spec: str, precision: str, threads: int | None) -> Encoder:
    """The model named `spec`, else UnknownModel. "auto" precision means float32 here."""
    base, size = _sized(spec)
    path = SHIPPED if base == DEFAULT else Path(base).expanduser()
    modules = _modules(path)
    if (table := _static_folder(path, modules)) is not None:
        return _static(table, spec, base, size, precision, threads)
    if path.is_absolute() or base.startswith((".", "~")):
        _require_folder(path, spec)
    if size is not None:
        raise UnknownModel(spec, "a size after @ is for static models alone; leave it out.")
    if [type_ for type_, _ in modules] == [_OURS]:
        return _trained(path, spec, precision, threads)
    cpu.use_threads(threads)
    return SentenceTransformerEncoder(spec, _opened(spec, path), precision)


def _sized(spec: str) -> tuple[str, str | None]:
    """The model and what stands behind an @, if there is one."""
    if "@" not in spec or Path(spec).expanduser().is_dir():
        return spec, None
    base, _, size = spec.rpartition("@")
    return base, size


def _require_folder(path: Path, spec: str) -> None:
    if not path.is_dir():
        why = "give one saved by SentenceTransformer."
        if path == SHIPPED:
            why = "this installation is not whole; install it again."
        raise UnknownModel(spec, f"there is no such folder; {why}")


def _modules(folder: Path) -> list[tuple[str, str]]:
    """Dotted class names and subfolders in the folder's modules.json, none without that file."""
    found = _json(folder / "modules.json")
    try:
        return [(str(module["type"]), str(module["path"])) for module in found or []]
    except (KeyError, TypeError):
        return []


def _json(file: Path) -> Any:
    """The content of a file, None where there is none to be read."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _static_folder(folder: Path, modules: list[tuple[str, str]]) -> Path | None:
    """Where the table of a static model lies, None for any other model.

    A prompt that stands before every text is left to sentence-transformers.
    """
    library, names = "sentence_transformers.", [type_.rpartition(".")[2] for type_, _ in modules]
    if names not in (["StaticEmbedding"], ["StaticEmbedding", "Normalize"]):
        return None
    table = folder / modules[0][1]
    config = _json(folder / "config_sentence_transformers.json") or {}
    is_ours = (
        all(type_.startswith(library) for type_, _ in modules)
        and all((table / name).is_file() for name in (static.WEIGHTS, static.TOKENIZER))
        and not config.get("default_prompt_name")
    )
    return table if is_ours else None


def _static(
    folder: Path, spec: str, base: str, size: str | None, precision: str, threads: int | None
) -> Encoder:
    """A static model, its vectors cut to `size`. Raises ValueError for another precision."""
    if precision == "bfloat16":
        raise ValueError(f'{base!r} is a static model: it knows float32 alone; ask for "auto"')
    try:
        table = static.read_table(folder)
        tokenizer = static.read_tokenizer(folder, table)
    except Exception as broken:  # the tokenizers library raises bare Exceptions
        raise UnknownModel(spec, f"its files cannot be read ({broken}); save it again.") from broken
    dimension = _dimension(size, table.dimension, spec)
    name = base if dimension == table.dimension else f"{base}@{dimension}"
    fingerprint = fingerprint_of(folder / static.WEIGHTS)
    return static.StaticEncoder(name, table.cut(dimension), tokenizer, threads, fingerprint)


def _dimension(size: str | None, whole: int, spec: str) -> int:
    if size is None:
        return whole
    if size.isascii() and size.isdigit() and 1 <= int(size) <= whole:
        return int(size)
    why = f"its vectors have {whole} dimensions; write a number from 1 to {whole} after the @."
    raise UnknownModel(spec, why)


def _trained(path: Path, spec: str, precision: str, threads: int | None) -> Encoder:
    """A saved UseMultilingual on the fast route, its token table packed."""
    from matching.encoders.use import saved
    from matching.encoders.use.encoder import UseEncoder

    try:
        network = saved.packed(saved.read(path))
    except (OSError, ValueError, RuntimeError) as broken:
        raise UnknownModel(spec, f"its files cannot be read ({broken}); save it again.") from broken
    fingerprint = fingerprint_of(path / saved.WEIGHTS)
    return UseEncoder(spec, network, path / saved.VOCABULARY, precision, threads, fingerprint)


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
        """(len(texts), dimension), each row of length 1 or 0. Raises as Encoder.encode does."""
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
