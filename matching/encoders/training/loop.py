"""The loop: runs from one start, their average, and a folder that can be broken off and resumed."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from matching.beir import Collection
from matching.encoders.contract import Encoder, fingerprint_of
from matching.encoders.static import WEIGHTS
from matching.encoders.training import saving, start, vocabulary
from matching.encoders.training.batches import Batch, Batches, Ids
from matching.encoders.training.corpora import Corpora
from matching.encoders.training.figures import Figures
from matching.encoders.training.recipe import Recipe
from matching.errors import BadInput

SAVED_EVERY = 50  # steps
MEASURED_EVERY = 100  # steps
_NEVER = -1e4  # the logit of a pair that is not a wrong answer
Say = Callable[[str], None]


@dataclass(frozen=True)
class Beginning:
    """What training starts from: a finished model to go on with, else an encoder to learn from."""

    model: Path | None
    teacher: Callable[[], Encoder]


def train(
    corpora: Corpora,
    into: Path,
    recipe: Recipe,
    beginning: Beginning,
    collection: Collection | None,
    say: Say,
) -> dict[str, float]:
    """Train into a folder and return what was measured at the end.

    The same data and recipe give the same model on the same machine, broken off in between or not.
    Raises `BadInput` where the folder holds a finished model, or one begun with another recipe.
    """
    place = _Place.of(into, corpora, recipe, beginning)
    learned, figures = Figures.kept_apart(corpora, collection)
    tokenizer = place.tokenizer(lambda: _tokenizer(learned, recipe, beginning), say)
    say(f"{sum(map(len, learned.pairs.values())):,} pairs, {tokenizer.get_vocab_size():,} tokens")
    batches = Batches(learned, tokenizer, recipe)
    batches.rarities = start.rarities(tokenizer.get_vocab_size(), batches.right_sides())
    first = place.table(
        "start", lambda: _first(tokenizer, learned, batches, recipe, beginning, say)
    )
    say(f"at the start: {figures.worded(figures.of(tokenizer, first))}")
    tables = []
    for run in range(recipe.runs):
        learn = partial(_run, tokenizer, first, recipe, run, batches, place, figures, say)
        tables.append(place.table(f"run-{run}", learn))
    average = torch.stack(tables).mean(0)
    if beginning.model is None:
        average = saving.evened(average, batches.texts(), recipe)
    if not bool(average.isfinite().all()):
        raise BadInput(f"{into}: training went astray; use more data, or fewer or smaller steps")
    quantised = saving.Quantised.of(average)
    measured = figures.of(tokenizer, quantised.table())
    saving.write(into, tokenizer, quantised, recipe, learned, measured)
    shutil.rmtree(place.folder)
    say(f"finished: {figures.worded(measured)}")
    return measured


def _run(
    tokenizer: Tokenizer, first: Tensor, recipe: Recipe, run: int, batches: Batches,
    place: _Place, figures: Figures, say: Say,
) -> Tensor:  # fmt: skip
    return _Learner(tokenizer, first, recipe).run(run, batches, place, figures, say)


def _tokenizer(corpora: Corpora, recipe: Recipe, beginning: Beginning) -> Tokenizer:
    if beginning.model:
        return saving.read(beginning.model)[0]
    return vocabulary.build(corpora, recipe)


def _first(
    tokenizer: Tokenizer,
    corpora: Corpora,
    batches: Batches,
    recipe: Recipe,
    beginning: Beginning,
    say: Say,
) -> Tensor:
    if beginning.model:
        return saving.read(beginning.model)[1]
    say("encoding every token with the stock encoder")
    return start.table(tokenizer, beginning.teacher(), corpora, batches.rarities, recipe)


@dataclass(frozen=True)
class _Place:
    """The unfinished model's folder: what is there need not be worked out again."""

    folder: Path

    @classmethod
    def of(cls, into: Path, corpora: Corpora, recipe: Recipe, beginning: Beginning) -> _Place:
        if beginning.model:
            saving.read(beginning.model)
        folder = into / "unfinished"
        begun = json.dumps(
            {
                "recipe": recipe.to_json(),
                "data": corpora.fingerprint(),
                "model": beginning.model and fingerprint_of(beginning.model / WEIGHTS),
            },
            sort_keys=True,
        )
        note = folder / "recipe.json"
        if note.exists() and note.read_text(encoding="utf-8") != begun:
            raise BadInput(
                f"{into}: training was begun there with other data or settings; "
                f"repeat them, or remove {folder} to begin anew"
            )
        if not note.exists() and into.is_dir() and any(p != folder for p in into.iterdir()):
            raise BadInput(f"{into}: holds files already; name a new or an empty folder")
        folder.mkdir(parents=True, exist_ok=True)
        _write(note, lambda path: path.write_text(begun, encoding="utf-8"))
        return cls(folder)

    def tokenizer(self, build: Callable[[], Tokenizer], say: Say) -> Tokenizer:
        path = self.folder / "tokenizer.json"
        if not path.exists():
            say("choosing tokens")
            _write(path, lambda part: build().save(str(part)))
        return Tokenizer.from_file(str(path))

    def table(self, name: str, make: Callable[[], Tensor]) -> Tensor:
        path = self.folder / f"{name}.pt"
        if not path.exists():
            self.keep(name, make())
        return torch.load(path, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]

    def keep(self, name: str, held: Any) -> None:
        """Keep tensors under a name."""
        _write(self.folder / f"{name}.pt", lambda part: torch.save(held, part))

    def state(self, run: int) -> dict[str, Any] | None:
        path = self.folder / "state.pt"
        held = torch.load(path, map_location="cpu", weights_only=True) if path.exists() else None
        return held if held and held["run"] == run else None


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file in one go: it is there whole or not at all."""
    part = path.with_suffix(".part")
    write(part)
    part.replace(path)


class _Learner:
    """One run: the table, its optimiser, and a step."""

    def __init__(self, tokenizer: Tokenizer, first: Tensor, recipe: Recipe) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._tokenizer = tokenizer
        self._recipe = recipe
        self._bag = nn.EmbeddingBag.from_pretrained(
            first.clone(), mode="sum", freeze=False, sparse=True, padding_idx=0
        ).to(self._device)
        self._optimiser = torch.optim.SparseAdam(self._bag.parameters(), lr=recipe.rate)

    def run(
        self, number: int, batches: Batches, place: _Place, figures: Figures, say: Say
    ) -> Tensor:
        """All steps that are left of a run; its table (tokens, 512)."""
        done = 0
        if state := place.state(number):
            self._bag.load_state_dict(state["bag"])
            self._optimiser.load_state_dict(state["optimiser"])
            done = state["step"]
            say(f"run {number + 1}: going on after step {done}")
        began, first = time.monotonic(), done
        losses: dict[str, float] = {}
        for step in range(done, self._recipe.steps):
            batch = batches.of(number, step)
            losses[batch.source] = self._step(step, batch)
            done = step + 1
            if done % SAVED_EVERY == 0 and done < self._recipe.steps:
                place.keep("state", self._state(number, done))
            if done % MEASURED_EVERY == 0 or done == self._recipe.steps:
                each = (time.monotonic() - began) / (done - first)
                left = (self._recipe.runs - number) * self._recipe.steps - done
                measured = figures.of(self._tokenizer, self._table())
                lost = " ".join(f"{name} {loss:.2f}" for name, loss in sorted(losses.items()))
                say(
                    f"run {number + 1}/{self._recipe.runs} step {done}/{self._recipe.steps}: "
                    f"{figures.worded(measured)}; losses {lost}; {each:.2f} s a step, "
                    f"{each * left / 60:.0f} min left"
                )
        return self._table()

    def _state(self, run: int, step: int) -> dict[str, Any]:
        bag, optimiser = self._bag.state_dict(), self._optimiser.state_dict()
        return {"run": run, "step": step, "bag": bag, "optimiser": optimiser}

    def _table(self) -> Tensor:
        return self._bag.weight.detach().cpu().clone()

    def _step(self, step: int, batch: Batch) -> float:
        """Descend once; the loss."""
        recipe = self._recipe
        warm_up = min(recipe.warm_up, max(recipe.steps // 5, 1))
        slope = min((step + 1) / warm_up, 1.0) * (1 - step / recipe.steps)
        for group in self._optimiser.param_groups:
            group["lr"] = recipe.rate * slope
        loss = _loss(self._encoded(batch.left), self._encoded(batch.right), batch, recipe.scale)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def _encoded(self, texts: list[Ids]) -> Tensor:
        """(texts, 512) of length 1."""
        starts = np.cumsum([0, *map(len, texts[:-1])])
        ids = torch.from_numpy(np.concatenate(texts)).to(self._device)
        summed = self._bag(ids, torch.from_numpy(starts).to(self._device))
        return F.normalize(summed, dim=1)


def _loss(left: Tensor, right: Tensor, batch: Batch, scale: float) -> Tensor:
    """Cross entropy of the right column for each row, and of the right row for each column.

    A column of a row's own group, or with its text, is no wrong answer; one that a judge refused
    for that very row is.
    """
    rows = torch.arange(len(left), device=left.device)
    groups, texts = (torch.from_numpy(a).to(left.device) for a in (batch.groups, batch.texts))
    alike = (groups[: len(left), None] == groups[None]) | (texts[: len(left), None] == texts[None])
    alike[rows, rows] = False
    logits = (scale * left @ right.T).masked_fill(alike, _NEVER)
    forth = F.cross_entropy(logits, rows)
    back = F.cross_entropy(logits[:, : len(left)].T, rows)
    return (forth + back) / 2
