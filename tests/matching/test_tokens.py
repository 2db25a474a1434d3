"""Words and n-grams, as index and query count them."""

from __future__ import annotations

from matching import tokens
from matching.tokens import gram_keys


def words(text: str) -> list[str]:
    return [token.word for token in tokens.content_tokens(text)]


def test_stop_words_are_left_out() -> None:
    assert "公司" not in words("公司需要解决铜杂质")
    assert "杂质" in words("公司需要解决铜杂质")


def test_domain_terms_stay_whole_and_yield_their_parts() -> None:
    [token] = [t for t in tokens.content_tokens("再生铜") if t.word == "再生铜"]
    assert [piece.word for piece in tokens.search_words(token)][-1] == "再生铜"


def test_tokens_know_where_they_stand() -> None:
    text = "采用近红外光谱"
    assert all(text[t.start : t.end] == t.word for t in tokens.content_tokens(text))


def test_of_a_character_repeated_without_end_little_is_read() -> None:
    text = "再生铜" + "铜" * 5_000 + "杂质，" + "的" * 5_000 + "铅渣"
    found = tokens.content_tokens(text)
    assert all(text[t.start : t.end] == t.word for t in found)
    assert sum(len(t.word) for t in found) < 40
    assert "杂质" in {t.word for t in found}
    assert found[-1].end == len(text)


def test_a_short_repetition_is_read_whole() -> None:
    text = "铜" * 8 + "杂质"
    assert "".join(t.word for t in tokens.content_tokens(text)) == text


def test_pairs_do_not_cross_punctuation() -> None:
    assert set(gram_keys("铜，铅")) == set(gram_keys("铜")) | set(gram_keys("铅"))
    assert len(gram_keys("铜铅")) == 3


def test_a_latin_run_is_one_unit() -> None:
    assert len(gram_keys("vocs")) == 1
    assert len(gram_keys("vocs在线")) == 5


def test_every_dictionary_line_is_a_word_with_a_frequency() -> None:
    for line in (tokens.DATA / "dictionary.txt").read_text(encoding="utf-8").splitlines():
        word, frequency, tag = line.rsplit(" ", 2)
        assert word
        assert int(frequency) > 0
        assert tag.isalpha()


def test_no_dictionary_word_is_a_stop_word() -> None:
    lines = (tokens.DATA / "dictionary.txt").read_text(encoding="utf-8").splitlines()
    assert not {line.rsplit(" ", 2)[0] for line in lines} & tokens.stop_words()
