"""Training of the project's own encoder: a static embedding model, one vector for each token.

A text's vector is the mean of its tokens' vectors. They begin as what the stock encoder makes of
each token alone, centred and weighed by rarity, and learn from pairs of texts that belong
together: title and abstract, keywords and title, neighbouring paragraphs, Chinese and English,
needs and the achievements that were judged to answer them.

    read      corpora      files of pairs, papers, terms and judgements
    tokens    vocabulary   which words, characters and Latin pieces have a vector
    begin     start        the table of vectors before the first step
    learn     batches, loop
    finish    saving       axes by variance, one byte per weight, a sentence-transformers folder

What was tried, with figures: LOG.md beside this file.
"""

from matching.encoders.training.corpora import Corpora, Pair, read
from matching.encoders.training.loop import Beginning, train
from matching.encoders.training.recipe import CONTINUED, Recipe, changed

__all__ = ["CONTINUED", "Beginning", "Corpora", "Pair", "Recipe", "changed", "read", "train"]
