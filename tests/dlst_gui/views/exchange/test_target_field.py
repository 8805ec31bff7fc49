from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.views.exchange.target_field import TargetField
from tests.dlst_gui.dead_network import DeadNetwork


@pytest.fixture
def field(qtbot: QtBot) -> TargetField:
    made = TargetField("Export to")
    qtbot.addWidget(made)
    return made


def waited_for(qtbot: QtBot, field: TargetField, beginning: str) -> bool:
    qtbot.waitUntil(lambda: field._note.text().startswith(beginning))
    return True


def test_target_when_a_path_is_shown_then_the_note_says_what_is_there(
    qtbot: QtBot, field: TargetField, tmp_path: Path
) -> None:
    field.show_path(tmp_path / "new.json", ".json")
    assert waited_for(qtbot, field, "A new file")
    field.show_path(tmp_path / "new", "")
    assert waited_for(qtbot, field, "A new folder")
    field.show_path(tmp_path, "")
    assert waited_for(qtbot, field, "Already exists")
    field.line.setText("relative")
    assert field._note.text().startswith("Enter an absolute path")
    field.line.setText(str(tmp_path / ("x" * 5000)))  # no file system takes such a name
    assert waited_for(qtbot, field, "A new folder")


def test_target_when_a_network_does_not_answer_then_the_note_says_so_and_typing_goes_on(
    qtbot: QtBot, field: TargetField, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = DeadNetwork(tmp_path / "network")
    network.begin(monkeypatch)
    field.show_path(network.folder / "clip.json", ".json")
    assert waited_for(qtbot, field, "This folder has not answered yet")
    field.line.setText(str(tmp_path))
    assert waited_for(qtbot, field, "Already exists")
    assert network.frozen == []
    network.answers.set()
    qtbot.wait(50)
    assert field._note.text().startswith("Already exists")


def test_target_when_the_answer_is_for_what_was_named_before_then_it_is_not_shown(
    qtbot: QtBot, field: TargetField, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = DeadNetwork(tmp_path / "network")
    network.begin(monkeypatch)
    field.show_path(network.folder / "clip.json", ".json")
    field.line.setText("relative")
    network.answers.set()
    qtbot.wait(50)
    assert field._note.text().startswith("Enter an absolute path")
