"""A network as a folder of files: weights and vocabulary. Knows no sentence-transformers."""

import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import nn

from matching.encoders.use.network import DIMENSION, ROWS, UseNetwork
from matching.encoders.use.tokens import PackedTokens

WEIGHTS = "model.safetensors"
VOCABULARY = "sp.model"


def write(network: UseNetwork, vocabulary: Path, folder: Path) -> None:
    """Write both files into an existing folder, the token table in the form that it has."""
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(state, folder / WEIGHTS)
    if vocabulary.resolve() != (folder / VOCABULARY).resolve():
        shutil.copyfile(vocabulary, folder / VOCABULARY)


def read(folder: Path) -> UseNetwork:
    """The network that `write` wrote. Raises OSError or RuntimeError for other files."""
    state = load_file(folder / WEIGHTS)
    is_packed = "tokens.codes" in state
    network = UseNetwork(PackedTokens(ROWS, DIMENSION) if is_packed else _empty())
    network.load_state_dict(state, assign=True)
    return network


def packed(network: UseNetwork) -> UseNetwork:
    """The network itself, its token table packed and everything frozen, ready to serve."""
    if isinstance(network.tokens, nn.Embedding):
        network.tokens = PackedTokens.packed(network.tokens)
    return network.requires_grad_(False).eval()


def _empty() -> nn.Embedding:
    return nn.Embedding(ROWS, DIMENSION, device="meta")
