"""A finished table as a folder that sentence-transformers opens: built-in modules alone.

Rows are kept as one byte a weight and one scale a row, under the names that the library's
StaticEmbedding reads quantised tables by.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from matching.encoders import static
from matching.encoders.static import TOKENIZER, WEIGHTS
from matching.encoders.training import start
from matching.encoders.training.batches import Ids
from matching.encoders.training.corpora import Corpora
from matching.encoders.training.recipe import DIMENSION, Recipe
from matching.errors import BadInput

CARD = "README.md"
_LEVELS = 127
_SAMPLE = 20_000  # texts that the axes are evened out over
_STATIC = "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
_NORMALIZE = "sentence_transformers.base.modules.normalize.Normalize"


class Quantised(NamedTuple):
    """Row i stands for codes[i] * scales[i]."""

    codes: Tensor  # (tokens, dimension) int8
    scales: Tensor  # (tokens,) float32

    @classmethod
    def of(cls, table: Tensor) -> Quantised:
        """Each row in 255 even steps between plus and minus its greatest weight."""
        scales = table.abs().amax(1).clamp_min(1e-12) / _LEVELS
        return cls((table / scales[:, None]).round().to(torch.int8), scales)

    def table(self) -> Tensor:
        """(tokens, dimension) float32."""
        return self.codes.float() * self.scales[:, None]


def evened(table: Tensor, texts: Sequence[Ids], recipe: Recipe) -> Tensor:
    """The table on the axes of the texts that it was trained on, evened out by `recipe.spread`.

    The first axes tell most apart, so that a vector's beginning is a vector by itself. Fewer
    texts than axes say nothing of them: the table is left as it is.
    """
    random = np.random.default_rng(recipe.seed)
    chosen = random.choice(len(texts), min(_SAMPLE, len(texts)), replace=False)
    sample = [texts[i][: recipe.tokens] for i in sorted(chosen) if len(texts[i])]
    if len(sample) <= DIMENSION:
        return table
    starts = torch.from_numpy(np.cumsum([0, *map(len, sample[:-1])]))
    ids = torch.from_numpy(np.concatenate(sample))
    vectors = F.normalize(F.embedding_bag(ids, table, starts, mode="sum"), dim=1)
    return table @ torch.from_numpy(start.axes(vectors.numpy(), recipe.spread))


def write(
    folder: Path,
    tokenizer: Tokenizer,
    quantised: Quantised,
    recipe: Recipe,
    corpora: Corpora,
    measured: dict[str, float],
) -> None:
    """All files of a model, `modules.json` last: with it the model is finished."""
    from sentence_transformers import __version__

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / TOKENIZER), pretty=False)
    tensors = {"embeddings": quantised.codes.contiguous(), "weights": quantised.scales}
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    pairs = {source: len(held) for source, held in sorted(corpora.pairs.items())}
    told = {"recipe": recipe.to_json(), "files": corpora.files, "pairs": pairs,
            "measured": measured}  # fmt: skip
    _write_json(folder / "training.json", told)
    card = _card(folder.name, pairs, measured, len(quantised.codes))
    (folder / CARD).write_text(card, encoding="utf-8")
    versions = {"sentence_transformers": __version__}
    _write_json(
        folder / "config_sentence_transformers.json",
        {"__version__": versions, "similarity_fn_name": "cosine", "prompts": {}},
    )
    (folder / "1_Normalize").mkdir(exist_ok=True)
    _write_json(folder / "1_Normalize" / "config.json", {})
    _write_json(
        folder / "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": _STATIC},
            {"idx": 1, "name": "1", "path": "1_Normalize", "type": _NORMALIZE},
        ],
    )


def read(folder: Path) -> tuple[Tokenizer, Tensor]:
    """Tokenizer and table (tokens, 512) of a static model. Raises `BadInput` for another folder."""
    try:
        table = static.read_table(folder)
        tokenizer = static.read_tokenizer(folder, table)
    except Exception as error:  # the tokenizers library raises nothing narrower
        raise BadInput(f"{folder}: no static model that can be gone on with ({error})") from None
    if table.dimension != DIMENSION:
        raise BadInput(f"{folder}: a model of {table.dimension} dimensions, not {DIMENSION}")
    return tokenizer, torch.from_numpy(table.unpacked())


def _write_json(path: Path, held: object) -> None:
    text = json.dumps(held, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def _card(name: str, pairs: dict[str, int], measured: dict[str, float], tokens: int) -> str:
    """A model card that says what the program knows: data, figures, use."""
    sources = "\n".join(f"| {source} | {count:,} |" for source, count in pairs.items())
    figures = "\n".join(f"| {measure} | {figure:.4f} |" for measure, figure in measured.items())
    return _CARD.format(name=name, tokens=tokens, sources=sources, figures=figures,
                        dimension=DIMENSION)  # fmt: skip


_CARD = """---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
language: [zh, en]
tags: [sentence-transformers, static-embeddings]
---

# {name}

A static embedding model for Chinese and English texts about technology: {tokens:,} token vectors
of {dimension} dimensions, one byte a weight; a text is the mean of its tokens' vectors. The first
256 dimensions are a smaller model by themselves.

    from sentence_transformers import SentenceTransformer
    model = SentenceTransformer("{name}")

Fold Traditional characters to Simplified first: the vocabulary is Simplified.

Trained with `python -m matching train`; recipe, files and figures are in `training.json`. State
here who owns the data that it learned from, and under which licence.

| pairs of | learned from |
|---|---|
{sources}

| measured | |
|---|---|
{figures}
"""
