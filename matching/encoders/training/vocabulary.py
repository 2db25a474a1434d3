"""Which tokens have a vector: Chinese words and characters, Latin words and pieces of words.

Words come from the segmenter's dictionary, those first that the training text and the term list
use; every character of GB 2312 and of the texts is a token too, so that nothing technical is
unknown to the model. A text is cut into the likeliest row of tokens (Kudo, Subword
regularization, 2018).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from matching import tokens
from matching.encoders.training.corpora import Corpora
from matching.encoders.training.recipe import Recipe
from matching.text import normalise

UNKNOWN = "<unk>"
_UNITS = r"\p{Han}+|[a-z]+|\p{L}|[0-9]"
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]+")
_GREEK = [chr(code) for code in range(0x3B1, 0x3CA)]
_ALONE = -8.0
"""The logarithmic probability of a digit or a Greek letter."""
_DIGITS = 6
"""Of a likelihood; beyond them, and in its order of equals, the trainer differs between runs."""
_PIECE = 16  # characters, at most, of a Latin piece
_OFTEN = 50  # times that a Latin word counts at most
_TEXTS_AT_ONCE = 5_000
Pieces = list[tuple[str, float]]


def build(corpora: Corpora, recipe: Recipe) -> Tokenizer:
    """The tokenizer of a model that learns from these texts. The same texts give the same one."""
    chinese = _dictionary()
    latin = _latin(corpora, recipe.latin)
    others = [*latin, *((sign, _ALONE) for sign in [*"0123456789", *_GREEK])]
    kept = _kept(chinese, corpora, _tokenizer([*_likelihoods(chinese, chinese), *others]), recipe)
    return _tokenizer([*_likelihoods(kept, chinese), *others])


def _tokenizer(pieces: Pieces) -> Tokenizer:
    """Full-width forms and capitals are folded; what is no letter or digit is left out."""
    tokenizer = Tokenizer(models.Unigram([(UNKNOWN, -30.0), *pieces], unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_UNITS), "removed", invert=True)
    return tokenizer


def _dictionary() -> dict[str, int]:
    """{Chinese word or character: how often it occurs}, in Simplified characters."""
    counted: Counter[str] = Counter()
    for word, count in tokens.dictionary().items():
        folded = normalise(word)
        if count > 0 and _HAN.fullmatch(folded):
            counted[folded] += count
    return dict(counted)


def _likelihoods(words: Iterable[str], counted: dict[str, int]) -> Pieces:
    total = sum(counted.values())
    return [(word, math.log(max(counted.get(word, 1), 1) / total)) for word in words]


def _latin(corpora: Corpora, size: int) -> Pieces:
    """Latin words and pieces with their likelihoods, by expectation maximisation."""
    counted = Counter(word for text in corpora.sides() for word in _LATIN.findall(text))
    words = [w for w, n in sorted(counted.items()) if n > 1 for _ in range(min(n, _OFTEN))]
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    if not words:
        return [(letter, _ALONE) for letter in letters]
    trained = Tokenizer(models.Unigram())
    trained.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.UnigramTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=letters,
        unk_token=UNKNOWN, max_piece_length=_PIECE,
    )  # fmt: skip
    trained.train_from_iterator(words, trainer)
    pieces = json.loads(trained.to_str())["model"]["vocab"]
    found = {p: round(s, _DIGITS) for p, s in pieces if _LATIN.fullmatch(p)}
    missing = [(letter, _ALONE) for letter in letters if letter not in found]
    return [*sorted(found.items()), *missing]


def _kept(
    counted: dict[str, int], corpora: Corpora, tokenizer: Tokenizer, recipe: Recipe
) -> list[str]:
    """All characters in use, then the words that text, terms and language at large use most."""
    running = _documents_with(tokenizer, list(corpora.texts()))
    terms = _documents_with(tokenizer, [pair.right for pair in corpora.pairs.get("terms", ())])
    seen = Counter(character for text in corpora.sides() for character in text)
    singles = {c for c, count in seen.items() if count > 1 and _HAN.fullmatch(c)}
    singles |= {normalise(c) for c in _standard_characters()}

    def worth(word: str) -> float:
        in_text, in_terms = math.log1p(running[word]), math.log1p(terms[word])
        return 2 * in_text + 1.5 * in_terms + 0.3 * math.log1p(counted[word])

    words = sorted((w for w in counted if len(w) > 1), key=lambda word: (-worth(word), word))
    return [*sorted(singles), *words[: max(recipe.chinese - len(singles), 0)]]


def _documents_with(tokenizer: Tokenizer, texts: Sequence[str]) -> Counter[str]:
    """{token: how many texts hold it}."""
    found: Counter[str] = Counter()
    for begin in range(0, len(texts), _TEXTS_AT_ONCE):
        for encoding in tokenizer.encode_batch(texts[begin : begin + _TEXTS_AT_ONCE]):
            found.update(set(encoding.tokens))
    return found


def _standard_characters() -> list[str]:
    """The 6,763 characters of GB 2312."""
    rows = ((high, low) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    return [c for pair in rows if (c := bytes(pair).decode("gb2312", "ignore"))]
