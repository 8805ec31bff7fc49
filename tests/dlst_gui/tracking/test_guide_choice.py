from __future__ import annotations

from pathlib import Path

import pytest

from dlst_gui.tracking.guide_choice import guide_choices, usual_guide
from tests.tracker_core.guides.made_guide import store_made_guide
from tracker_core.weights import GUIDE_NAMES, guide_store


def test_guides_when_none_is_here_then_each_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide_store, "default_folder", lambda: tmp_path)
    choices = {choice.name: choice for choice in guide_choices()}
    assert tuple(choices) == GUIDE_NAMES
    assert not any(choice.is_here for choice in choices.values())
    assert choices["nanotrack-v2"].how_to_get.endswith("dlst weights fetch nanotrack")
    assert "import FOLDER" in choices["fear-xs"].how_to_get
    assert "fear_xs_template.onnx and fear_xs_search.onnx" in choices["fear-xs"].how_to_get
    assert usual_guide("fear-xs", "dlst-studio") == ""


def test_usual_guide_when_it_is_here_then_only_a_preset_that_follows_it_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_made_guide(monkeypatch, tmp_path)
    assert all(choice.is_here for choice in guide_choices())
    assert usual_guide("fear-xs", "dlst-studio") == "fear-xs"
    assert usual_guide("fear-xs", "dlst") == usual_guide("", "dlst-studio") == ""
