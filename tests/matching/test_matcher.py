"""Searching, and changing an index while it answers as one that was built anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Document, Facts, Filters, Matcher, Range, Reasons
from matching.encoders import HashingEncoder, load
from matching.errors import ContentlessText, IndexMismatch, MatchingError, TextTooLong
from matching.weights import Weights

QUERY = "废杂铜熔炼，铅锡杂质怎样脱除"


def answers(matcher: Matcher, query: str = QUERY, k: int = 10) -> list[tuple[str, float]]:
    return [(h.id, round(h.rank_score, 4)) for h in matcher.search(query, k, explain=False)]


def test_the_fitting_document_comes_first(matcher: Matcher) -> None:
    assert answers(matcher, k=1)[0][0] in {"copper", "need"}
    only = Filters(kinds=frozenset({"achievement"}))
    assert matcher.search(QUERY, 1, only)[0].id == "copper"


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [("陶瓷窯爐節能優化", "陶瓷窑炉节能优化"), ("數據與軟件優化", "数据与软件优化")],
)
def test_both_scripts_find_the_same(matcher: Matcher, traditional: str, simplified: str) -> None:
    assert answers(matcher, traditional) == answers(matcher, simplified)


def test_a_document_never_finds_itself(matcher: Matcher, documents: tuple[Document, ...]) -> None:
    assert {hit.id for hit in matcher.search(documents[0])} == {"tea", "kiln", "voc", "need"}


@pytest.mark.parametrize("nothing", ["", "😀", "……"])
def test_a_query_without_content_is_refused(matcher: Matcher, nothing: str) -> None:
    with pytest.raises(ContentlessText):
        matcher.search(nothing)


def test_a_query_that_is_too_long_is_refused(matcher: Matcher) -> None:
    with pytest.raises(TextTooLong):
        matcher.search("铜" * 30_000)


@pytest.mark.parametrize("text", ["铜", "铜熔炼杂质", "废杂铜熔炼铅锡杂质怎样脱除。" * 300])
def test_short_and_long_queries_answer(matcher: Matcher, text: str) -> None:
    assert answers(matcher, text)[0][0] in {"copper", "need"}


def test_a_query_of_stop_words_alone_is_no_error(matcher: Matcher) -> None:
    assert len(matcher.search("我们公司需要解决的问题")) == 5


def test_adding_a_document_without_text_changes_nothing(matcher: Matcher) -> None:
    with pytest.raises(ContentlessText):
        matcher.add([Document("new", "need", "新的"), Document("bad", "need", "！！")])
    assert matcher.ids == {"copper", "tea", "kiln", "voc", "need"}


def test_an_encoder_that_comes_later_must_be_the_same(documents: tuple[Document, ...]) -> None:
    matcher = Matcher(load("hashing-64"))
    matcher.add(documents)
    with pytest.raises(IndexMismatch, match="delete the folder"):
        matcher.encoder = load("hashing-32")


def test_an_index_without_vectors_refuses_an_encoder(documents: tuple[Document, ...]) -> None:
    matcher = Matcher()
    matcher.add(documents)
    with pytest.raises(IndexMismatch, match="without vectors"):
        matcher.encoder = load("hashing-64")


def test_lexical_channels_answer_without_an_encoder(documents: tuple[Document, ...]) -> None:
    matcher = Matcher()
    matcher.add(documents)
    assert matcher.channels == ("characters", "words")
    assert answers(matcher, "红茶发酵", 1)[0][0] == "tea"


@pytest.mark.parametrize(
    "step", [Document("copper", "achievement", "改写过的铜成果"), Document("x", "need", "新需求")]
)
def test_a_change_is_seen_at_once(matcher: Matcher, step: Document) -> None:
    matcher.add([step])
    assert matcher.document(step.id) == step
    assert matcher.search(step.title, 1, explain=False)[0].id == step.id


def test_removing_twice_is_no_error(matcher: Matcher) -> None:
    matcher.remove(["tea"])
    matcher.remove(["tea", "nobody"])
    assert "tea" not in matcher
    assert len(matcher) == 4


words = st.sampled_from(
    ["再生铜", "红茶", "陶瓷", "窑炉", "铅", "锡", "监测", "发酵", "voc", "sensor"]
)
titles = st.lists(words, min_size=1, max_size=5).map(" ".join)
steps = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "compact"]), st.sampled_from("abcdefgh"), titles),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_any_history_answers_as_a_rebuilt_index(history: list[tuple[str, str, str]]) -> None:
    encoder: HashingEncoder = load("hashing-64")  # type: ignore[assignment]
    lived, state = Matcher(encoder), dict[str, Document]()
    for verb, id_, title in history:
        if verb == "add":
            state[id_] = Document(id_, "need", title)
            lived.add([state[id_]])
        elif verb == "remove":
            state.pop(id_, None)
            lived.remove([id_])
        else:
            lived.compact()
    rebuilt = Matcher(encoder)
    rebuilt.add(state.values())
    assert lived.ids == set(state)
    assert answers(lived, "再生铜 红茶 发酵") == answers(rebuilt, "再生铜 红茶 发酵")


def test_the_best_are_exact_however_deep_they_must_be_looked_for(encoder: HashingEncoder) -> None:
    matcher = Matcher(encoder)
    matcher.add(Document(f"d{i:04}", "a", f"材料{i % 97}与工艺{i % 89}号") for i in range(900))
    everything = matcher.search("材料5与工艺7号", 900, explain=False)
    assert [h.id for h in matcher.search("材料5与工艺7号", 30, explain=False)] == [
        h.id for h in everything[:30]
    ]


def test_a_text_of_another_script_is_not_held_to_shared_words(matcher: Matcher) -> None:
    def gained(query: str) -> float:
        sums = []
        for expected in ((0.0, 0.0), (0.0, 3.0)):
            matcher.weights = Weights("test", 1.0, 0.2, 2.0, expected=expected)
            sums.append(matcher.explain(query, "voc").rank_score)
        return sums[1] - sums[0]

    assert gained("化工园区排放溯源") == pytest.approx(3.0)
    assert gained("emission sources") == 0


# ---- reasons


def test_every_reason_points_at_its_text(matcher: Matcher) -> None:
    query = Document("q", "need", "廢銅熔煉雜質", "铅锡杂质偏高。近红外在线监测。", ("再生铜",))
    for hit in matcher.search(query, 5):
        document = matcher.document(hit.id)
        for term in hit.reasons.terms:
            for side, spans in ((query, term.query), (document, term.document)):
                for span in spans:
                    piece = side.part(span.part)[span.start : span.end]
                    assert normal(piece) == term.term
        if pair := hit.reasons.sentences:
            for side, quote in ((query, pair.query), (document, pair.document)):
                assert side.part(quote.part)[quote.start : quote.end] == quote.text


def normal(piece: str) -> str:
    from matching.text import normalise

    return normalise(piece)


def test_shares_add_up(matcher: Matcher) -> None:
    reasons = matcher.search(QUERY, 1)[0].reasons
    assert sum(term.share for term in reasons.terms) == pytest.approx(1)
    assert sum(reasons.channels.values()) == pytest.approx(1)


def test_a_pair_with_nothing_to_show_says_so(documents: tuple[Document, ...]) -> None:
    matcher = Matcher()
    matcher.add(documents)
    assert not matcher.explain("量子计算", "tea").reasons.has_evidence


def test_facts_fit_or_leave_a_gap(matcher: Matcher, documents: tuple[Document, ...]) -> None:
    hit = matcher.explain(documents[4], "copper")
    facts = {
        reason.fact: (reason.fits, reason.wanted, reason.offered) for reason in hit.reasons.facts
    }
    assert facts == {
        "readiness": (False, [7, None], [6, 6]),
        "money": (True, [None, 600_000_00], [500_000_00, 800_000_00]),
        "modes": (True, ["license"], ["license"]),
        "fields": (True, ["TI03"], ["TI03", "TI08"]),
        "division": (False, "441802", "440100"),
    }


def test_unknown_facts_say_nothing(matcher: Matcher) -> None:
    assert matcher.explain("废铜", "copper").reasons.facts == ()


def test_reasons_survive_json(matcher: Matcher, documents: tuple[Document, ...]) -> None:
    for hit in matcher.search(documents[4]):
        assert Reasons.from_json(hit.reasons.to_json()).to_json() == hit.reasons.to_json()


@given(
    st.builds(
        Document, id=st.text(min_size=1), kind=st.text(), title=st.text(), text=st.text(),
        keywords=st.lists(st.text()).map(tuple),
        facts=st.builds(
            Facts,
            readiness=st.none() | st.builds(Range, st.none() | st.integers(1, 9), st.none()),
            fields=st.lists(st.text()).map(tuple),
        ),
    )
)  # fmt: skip
def test_documents_survive_json(document: Document) -> None:
    assert Document.from_json(document.to_json()) == document


def test_an_uncalibrated_model_shows_no_percentage(matcher: Matcher) -> None:
    hit = matcher.search(QUERY, 1)[0]
    assert (hit.score, hit.label) == (None, None)


def test_calibrated_scores_fall_with_the_rank(documents: tuple[Document, ...]) -> None:
    matcher = Matcher()
    matcher.add(documents)
    scores = [hit.score for hit in matcher.search(QUERY)]
    assert None not in scores
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]


def test_a_writer_needs_the_encoder_of_the_index(matcher: Matcher) -> None:
    matcher._encoder = None
    with pytest.raises(MatchingError, match="encoder"):
        matcher.add([Document("x", "need", "新需求")])
    assert replace(Document("x", "need", "a"), id="y").id == "y"


def terms(query: str, document: str) -> set[str]:
    matcher = Matcher()
    matcher.add([Document("d", "a", document), Document("other", "a", "别的文字")])
    return {term.term for term in matcher.explain(query, "d").reasons.terms}


def test_latin_words_are_shared_only_as_whole_words() -> None:
    assert terms("AC 电机", "PACK 电机 AC") == {"ac", "电机"}
    assert terms("AC 电机", "PACK 电机") == {"电机"}


def test_a_single_character_may_be_what_two_texts_share() -> None:
    assert "锗" in terms("锗的回收提纯", "锗单晶生长")


def test_a_word_is_not_found_across_the_border_of_two() -> None:
    assert "定量" not in terms("荧光定量检测", "求稳定量产的办法")
    assert "定量" in terms("荧光定量检测", "定量检测")


def test_a_common_single_character_explains_nothing() -> None:
    assert terms("不高的铜耗", "铜的高价") == {"铜"}


def test_the_limits_of_a_text_are_quoted_only_for_want_of_better() -> None:
    matcher = Matcher()
    text = "不涉及冶炼渣的处理。冶炼渣中铅的回收另有方案，适合冶炼渣堆存较多的企业采用。"
    matcher.add([Document("d", "a", "供热", text), Document("e", "a", "其他")])
    pair = matcher.explain("冶炼渣处理", "d").reasons.sentences
    assert pair is not None
    assert not pair.document.text.startswith("不涉及")


def test_a_bare_number_explains_nothing() -> None:
    assert terms("300 台电机", "300 只电机") == {"电机"}


def test_a_percentage_is_of_what_exceeds_the_typical_document() -> None:
    matcher = Matcher()
    matcher.add(Document(f"d{i}", "a", "铜熔炼杂质脱除") for i in range(9))
    alike = matcher.search("铜熔炼杂质脱除", 1)[0].score
    matcher.add(Document(f"e{i}", "a", "红茶发酵监测") for i in range(20))
    alone = matcher.search("铜熔炼杂质脱除", 1)[0].score
    assert alike is not None
    assert alone is not None
    assert alike < alone


def test_a_query_that_says_little_promises_little(documents: tuple[Document, ...]) -> None:
    matcher = Matcher()
    matcher.add([*documents, *(Document(f"x{i}", "a", f"无关内容{i}") for i in range(9))])
    asked = ("技术升级", "红茶", "红茶发酵程度在线监测，近红外光谱判断，调节温度与湿度")
    scores = [matcher.explain(query, "tea").score or 0.0 for query in asked]
    assert scores == sorted(scores)
    assert matcher.explain("我们公司需要", "tea").score == matcher.weights.probability(0.0)


def test_equals_come_in_the_same_order_however_they_were_added() -> None:
    twins = [Document(f"d{i:03}", "a", "再生铜") for i in range(400)]
    firsts = set()
    for order in (twins, twins[::-1], twins[200:] + twins[:200]):
        matcher = Matcher()
        matcher.add(order)
        firsts.add(tuple(hit.id for hit in matcher.search("再生铜", 5, explain=False)))
    assert len(firsts) == 1


@pytest.mark.parametrize("k", [0, -1])
def test_at_least_one_hit_must_be_asked_for(matcher: Matcher, k: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        matcher.search(QUERY, k)


def test_explaining_a_hit_gives_the_score_of_the_search(documents: tuple[Document, ...]) -> None:
    matcher = Matcher()
    matcher.add(documents)
    for kinds in (frozenset[str](), frozenset({"achievement"})):
        hit = matcher.search(QUERY, 1, Filters(kinds=kinds))[0]
        assert matcher.explain(QUERY, hit.id, kinds).score == hit.score


def test_a_text_of_many_words_is_explained_by_the_strongest() -> None:
    text = "。".join(f"材料{i}号与工艺{i}号" + chr(0x4E00 + i) * 2 for i in range(900))
    matcher = Matcher()
    matcher.add([Document("d", "a", "长文", text[:9_000]), Document("e", "a", "短文")])
    reasons = matcher.explain(text[:9_000], "d").reasons
    assert 0 < len(reasons.terms) <= 12
