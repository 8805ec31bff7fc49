"""The guide of one target: what it knows, and going back."""

from __future__ import annotations

import pytest

from tests.tracker_core.guides.made_guide import made_guide
from tests.tracker_core.moving_squares import SIDE, scene, square
from tracker_core.guides.guide import Guide, TemplateGuide

START = square(80, 60)
AROUND = START.shifted(SIDE / 2, SIDE / 2)
FIRST, SECOND, THIRD = (scene(START, seed=seed) for seed in (1, 2, 3))


def begun() -> Guide:
    guide = TemplateGuide(made_guide())
    guide.begin(FIRST, START)
    return guide


def test_guide_when_a_manual_box_follows_then_knows_both_looks() -> None:
    guide = begun()
    unsure = guide.look(SECOND, AROUND).best_confidence
    guide.renew(SECOND, START)
    assert guide.look(SECOND, AROUND).best_confidence > unsure + 0.2
    assert guide.look(FIRST, AROUND).best == begun().look(FIRST, AROUND).best


def test_guide_when_a_recent_look_is_shown_then_the_next_manual_box_forgets_it() -> None:
    guide = begun()
    guide.show(THIRD, START)
    assert guide.look(THIRD, AROUND).best[0] == 1
    guide.renew(SECOND, START)
    assert guide.knowledge is not None
    assert guide.knowledge.recent is None
    assert len(guide.look(THIRD, AROUND).confidences) == 2


def test_guide_when_restored_then_answers_as_before() -> None:
    guide = begun()
    before, answer = guide.knowledge, guide.look(SECOND, AROUND)
    guide.renew(SECOND, START)
    guide.restore(before)
    assert guide.look(SECOND, AROUND).confidences.tolist() == answer.confidences.tolist()


def test_guide_when_begun_again_then_the_first_target_is_forgotten() -> None:
    guide = begun()
    guide.renew(SECOND, START)
    guide.begin(THIRD, START)
    assert len(guide.look(THIRD, AROUND).confidences) == 1


def test_guide_when_not_begun_then_says_so() -> None:
    guide = TemplateGuide(made_guide())
    assert (guide.name, guide.knowledge) == ("made", None)
    with pytest.raises(RuntimeError, match="begin comes first"):
        guide.look(FIRST, START)
