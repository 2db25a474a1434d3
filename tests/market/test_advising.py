"""What a writer is told: matches, hints with their effect, fields, near-duplicates."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market.actions.drafts import ListingDraft
from market.advising import Advice, HintName, advise
from market.advising.hints import Case, Counted, Known, Tried, hints
from market.db import writing
from market.indexer import Indexer
from market.matchmaking import Matchmaker
from market.models import TABLES, Indicator, Kind, Role, Tier
from market.queries.figures import best_scores
from tests.conftest import NOW, Maker, Site

TOPICS = {
    "TI08": (
        "再生铜杂质深度脱除与造渣",
        "分阶段造渣，去除再生铜里的铅、锡、锑杂质。",
    ),
    "TI05": (
        "陶瓷辊道窑烟气余热梯级回收",
        "排烟余热用于陶瓷坯体干燥和助燃风预热。",
    ),
    "BM01": ("炎症荧光检测卡批间漂移校正", "抗体定向固定，荧光微球侧流层析检测卡批间差缩小。"),
}
PROBLEM = "废杂铜倾动炉熔炼后连铸连轧，铅、锡、锑杂质忽高忽低，造渣时间长，渣里带走的铜多。"


@pytest.fixture
def market(site: Site) -> Site:
    """A few achievements in three fields, matched by words alone, whose scores are calibrated."""
    site.matchmaker = Matchmaker(site.data, "lexical", site.engine)
    site.matchmaker.load()
    site.indexer = Indexer(site.engine, site.matchmaker)
    for number in range(2):
        for code, (title, body) in TOPICS.items():
            site.make(
                Kind.ACHIEVEMENT, f"{title}（{number}）", body=body, field_codes=(code,),
                readiness=6, amount_min=100 if number else None,
            )  # fmt: skip
    site.settle()
    return site


def ask(market: Site, viewer, kind=Kind.NEED, seen=None, id=None, now=NOW, **given) -> Advice:
    draft = ListingDraft(**{"title": "", "owner_id": 0, **given})
    with market.read() as session:
        return advise(
            session, market.matchmaker, kind, draft, viewer, now, listing_id=id, seen=seen
        )


def named(advice: Advice) -> dict[HintName, object]:
    return {hint.name: hint.effect for hint in advice.hints}


def test_nothing_written_is_nothing_advised(market, visitor):
    advice = ask(market, visitor)
    assert (advice.has_text, advice.matches, advice.hints) == (False, [], [])


def test_without_an_index_it_says_so(site, visitor):
    advice = ask(site, visitor, title="铜杆除杂")
    assert (advice.has_index, advice.matches) == (False, [])


def test_a_draft_finds_what_it_would_find_when_published(market, visitor):
    [need] = market.make(Kind.NEED, "废杂铜除铅锡杂质", problem=PROBLEM, field_codes=("TI08",))
    market.settle()
    written = ask(market, visitor, title="废杂铜除铅锡杂质", problem=PROBLEM)
    found = [each.row.listing.title for each in written.matches]
    assert found[0].startswith("再生铜杂质深度脱除")
    with market.read() as session:
        matcher, row = market.matchmaker.reader(), session.get(TABLES[Kind.NEED].listing, need)
        hit = matcher.search(matcher.document(f"need:{row.id}"), 1)[0]
    assert written.matches[0].row.score == pytest.approx(hit.score)


def test_what_is_kept_back_is_not_matched_and_its_effect_is_told(market, visitor):
    kept = ask(
        market, visitor, title="熔炼问题攻关需求", problem=PROBLEM, tiers={"problem": Tier.MATCHED}
    )
    open_ = ask(market, visitor, title="熔炼问题攻关需求", problem=PROBLEM)
    effect = named(kept)[HintName.KEPT]
    assert isinstance(effect, Tried)
    assert effect.helps
    assert effect.before == pytest.approx(kept.matches[0].row.score if kept.matches else 0)
    assert effect.after == pytest.approx(open_.matches[0].row.score)


def test_a_background_longer_than_the_problem_is_tried_without(market, visitor):
    background = (
        "我厂是本地重点企业，产品销往各地，荣获多项称号，团队经验丰富，欢迎各界专家指导。" * 2
    )
    given = {"title": "废杂铜除铅锡杂质", "problem": PROBLEM[:20]}
    effect = named(ask(market, visitor, background=background, **given))[HintName.BACKGROUND]
    without = ask(market, visitor, **given)
    assert HintName.BACKGROUND not in named(without)
    assert isinstance(effect, Tried)
    assert effect.after == pytest.approx(without.matches[0].row.score)


def test_conditions_count_what_could_be_compared(market, visitor):
    found = named(ask(market, visitor, title="废杂铜除铅锡杂质", problem=PROBLEM))
    assert found[HintName.READINESS] == Counted(5, 5)
    assert isinstance(found[HintName.AMOUNT], Counted)
    assert HintName.MODES not in found  # no match names a way of working together
    rest = named(ask(market, visitor, title="废杂铜除铅锡杂质", readiness=6, amount_min=1))
    assert not rest.keys() & {HintName.READINESS, HintName.AMOUNT}


def test_fields_come_from_neighbours_and_chosen_ones_are_left_out(market, visitor):
    first = ask(market, visitor, title="废杂铜除铅锡杂质", problem=PROBLEM)
    assert first.fields[0].code == "TI08"
    effect = named(first)[HintName.FIELDS]
    assert isinstance(effect, Counted)
    assert effect.count == 2
    chosen = ask(market, visitor, title="废杂铜除铅锡杂质", problem=PROBLEM, field_codes=("TI08",))
    assert "TI08" not in {field.code for field in chosen.fields}
    assert HintName.FIELDS not in named(chosen)


def test_a_general_title_is_tried_with_what_the_text_says(market, visitor):
    effect = named(ask(market, visitor, title="求技术", problem=PROBLEM))[HintName.TITLE]
    assert isinstance(effect, Tried)
    assert effect.helps
    good = ask(market, visitor, title="废杂铜连铸连轧除铅锡杂质", problem=PROBLEM)
    assert HintName.TITLE not in named(good)


def test_keywords_are_offered_with_what_they_bring(market, visitor):
    effect = named(ask(market, visitor, title="废杂铜除铅锡", problem=PROBLEM))[HintName.KEYWORDS]
    assert isinstance(effect, Tried)
    assert effect.words
    given = ask(market, visitor, title="废杂铜除铅锡", problem=PROBLEM, keywords=effect.words)
    assert given.matches[0].row.score == pytest.approx(effect.after)
    assert HintName.KEYWORDS not in named(given)


def test_what_brings_nothing_comes_last():
    case = Case(ListingDraft("铜", 0), _Asked(), [], 0.5, [], {"indicators": _figure(0.2, 0.4)})  # type: ignore[arg-type]
    found = hints(case)
    idle = [hint for hint in found if isinstance(hint.effect, Tried) and not hint.effect.helps]
    assert found[len(found) - len(idle) :] == idle
    assert not any(isinstance(hint.effect, Known) for hint in found)


def test_changes_are_told_against_the_last_answer(market, visitor):
    first = ask(market, visitor, title="废杂铜除杂")
    top = first.matches[0]
    assert (top.change, top.is_new) == (None, False)
    seen = {top.row.listing.id: 0.1}
    again = ask(market, visitor, title="废杂铜除铅锡杂质", problem=PROBLEM, seen=seen)
    changes = {each.row.listing.id: (each.change, each.is_new) for each in again.matches}
    for each in again.matches:
        known = each.row.listing.id in seen
        assert changes[each.row.listing.id][1] is not known
    if top.row.listing.id in changes:
        change, _ = changes[top.row.listing.id]
        assert change == pytest.approx(
            next(e.row.score for e in again.matches if e.row.listing.id in seen) - 0.1
        )


# ---- the same thing twice


def _own(market: Site, **given: object) -> tuple[object, int]:
    """A draft of an organisation, and its editor."""
    from market.actions import posting

    with writing(market.engine) as session:
        maker = Maker(session)
        owner = maker.owner()
        editor = maker.member(owner, Role.EDITOR)
        draft = maker.draft("废杂铜除铅锡杂质", owner_id=owner.id, problem=PROBLEM, **given)
        row = posting.create(session, Kind.NEED, draft, editor, NOW)
        return editor, row.key


def test_ones_own_draft_is_a_twin_and_nobody_elses(market, visitor):
    editor, id = _own(market)
    given = {"title": "废杂铜除铅锡杂质", "problem": PROBLEM}
    [twin] = ask(market, editor, **given).twins
    assert (twin.listing.id, twin.is_own, twin.share) == (id, True, 1.0)
    assert ask(market, visitor, **given).twins == []
    assert ask(market, editor, id=id, **given).twins == []


def test_a_published_twin_is_shown_to_everybody(market, visitor):
    [id] = market.make(Kind.NEED, "廢雜銅除鉛錫雜質", problem=PROBLEM)
    market.settle()
    [twin] = ask(market, visitor, title="废杂铜除铅锡杂质", problem=PROBLEM[:30]).twins
    assert (twin.listing.id, twin.is_own) == (id, False)


def test_a_twin_is_sought_in_what_everybody_may_read(market, visitor):
    market.make(Kind.NEED, "熔炼攻关", problem=PROBLEM, tiers={"problem": Tier.MATCHED})
    market.settle()
    assert ask(market, visitor, title="废杂铜除铅锡杂质", problem=PROBLEM).twins == []


def test_another_ones_listing_lends_nothing(market, visitor):
    _, id = _own(market, tiers={"problem": Tier.MATCHED})
    advice = ask(market, visitor, id=id, title="废杂铜除铅锡杂质", problem=PROBLEM)
    assert HintName.KEPT not in named(advice)


# ---- figures


def test_figures_are_means_of_at_least_five(market, session):
    with market.read() as read:
        assert best_scores(read, Kind.NEED) == {}
    indicators = (Indicator("铅", "", "80", "ppm"),)
    for number in range(5):
        market.make(Kind.NEED, f"再生铜除铅{number}", indicators=indicators)
        market.make(Kind.NEED, f"红茶发酵判断{number}")
    market.settle()
    with market.read() as read:
        figure = best_scores(read, Kind.NEED)["indicators"]
    assert (figure.n_given, figure.n_left_out) == (5, 5)
    assert figure.given > figure.left_out


def test_kept_back_indicators_count_as_left_out(market):
    indicators = (Indicator("铅", "", "80", "ppm"),)
    for number in range(5):
        market.make(
            Kind.NEED, f"再生铜除铅{number}", indicators=indicators,
            tiers={"indicators": Tier.MATCHED},
        )  # fmt: skip
        market.make(Kind.NEED, f"再生铜除锡{number}", indicators=indicators)
    market.settle()
    with market.read() as read:
        figure = best_scores(read, Kind.NEED)["indicators"]
    assert (figure.n_given, figure.n_left_out) == (5, 5)


def test_figures_are_made_anew_after_a_while(market, visitor):
    given = {"title": "废杂铜除铅锡杂质", "problem": PROBLEM}
    assert named(ask(market, visitor, **given))[HintName.INDICATORS] is None
    for number in range(5):
        market.make(Kind.NEED, f"再生铜除铅{number}", indicators=(Indicator("铅", "", "80"),))
        market.make(Kind.NEED, f"红茶发酵判断{number}")
    market.settle()
    assert named(ask(market, visitor, **given))[HintName.INDICATORS] is None
    later = named(ask(market, visitor, now=NOW + timedelta(minutes=11), **given))
    effect = later[HintName.INDICATORS]
    assert isinstance(effect, Known)
    assert effect.figure.n_given == 5


def _figure(given: float, left_out: float) -> object:
    from market.queries.figures import Figure

    return Figure(given, left_out, 5, 5)


class _Asked:
    """A text whose every other wording scores a little less."""

    kind = Kind.NEED

    def __init__(self) -> None:
        from market.matchmaking import Document

        self.document = Document("need:0", "need", "铜", "铜里有铅。")

    def tried(self, document: object) -> float:
        return 0.4
