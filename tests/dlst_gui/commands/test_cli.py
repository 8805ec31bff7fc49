import re
import subprocess
import sys
from pathlib import Path

import pytest

from dlst_gui.cli import main
from dlst_gui.commands.grammar.argument_types import path
from dlst_gui.commands.table import COMMANDS
from dlst_gui.project.choices import nowhere
from dlst_gui.project.errors import ProjectFileError

REPOSITORY = Path(__file__).resolve().parents[3]
HEAVY = ("PySide6", "pyqtgraph", "torch", "cv2", "av", "matplotlib", "numpy")


@pytest.mark.parametrize(
    "words", [["--help"], ["nonsense"], *([command.name, "--help"] for command in COMMANDS)], ids=" ".join
)
def test_cli_when_only_the_grammar_is_needed_then_loads_nothing_heavy(words: list[str]) -> None:
    program = (
        f"import sys; from dlst_gui.cli import main; main({words!r});"
        f"print('loaded:', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_help_when_asked_for_then_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if re.match(r" {4}\w", line)]
    assert listed == [command.name for command in COMMANDS]


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_help_when_asked_of_a_command_then_answers(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"usage: dlst {command}" in capsys.readouterr().out


def test_cli_when_the_command_is_unknown_then_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "'fly'" in printed


@pytest.mark.parametrize(
    "words",
    [
        ["track", ".", "--init", "1,1,9,9"],
        ["track", "/", "--init", "1,1,9,9"],
        ["salvage", "."],
        ["salvage", "/"],
        ["import", ".", "--video", "."],
        ["export", ".", "--format", "csv", "--out", "x"],
        ["export", "a.dlst", "--format", "csv", "--out", ""],
    ],
    ids=" ".join,
)
def test_cli_when_a_path_has_no_name_of_its_own_then_one_line_and_status_2(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "unexpected" not in printed


def test_path_when_it_is_the_folder_above_then_it_has_that_ones_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    assert [path(text) for text in ("..", ".", "a.mp4")] == [tmp_path, tmp_path / "in", Path("a.mp4")]


def test_weights_when_listed_then_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "list"]) == 0
    assert "default" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "source"),
    [
        ([], None),
        (["gui"], None),
        (["main.py"], Path("main.py")),
        (["gui", "x"], Path("x")),
        (["no.mp4"], Path("no.mp4")),
    ],
)
def test_gui_when_no_command_is_given_then_opens(
    monkeypatch: pytest.MonkeyPatch, words: list[str], source: Path | None
) -> None:
    opened = []
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr("dlst_gui.app.run_gui", lambda source, **settings: opened.append((source, settings)) or 0)
    assert main(words) == 0
    assert opened == [
        (
            source,
            {
                "preset": None,
                "speed": None,
                "guide": None,
                "backbone": "default",
                "device": "auto",
                "seed": 0,
                "updates_in_background": False,
            },
        )
    ]


def test_gui_when_the_preset_follows_no_guide_then_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dlst_gui.commands.gui.check_display", lambda: None)
    assert main(["gui", "--preset", "dlst", "--guide", "fear-xs"]) == 2
    assert "--guide fear-xs: dlst follows no guide" in capsys.readouterr().err


def test_gui_when_there_is_no_display_then_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert "no display" in printed


def test_main_when_a_new_project_finds_no_place_then_names_the_option_that_gives_it_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "clip.mp4.dlst"
    question = nowhere(ProjectFileError(path, "no such folder"), path, tmp_path / "clip.mp4")

    def ask(*_: object, **__: object) -> None:
        raise question

    monkeypatch.setattr("dlst_gui.exchange.importing.import_labels", ask)
    assert main(["import", str(tmp_path / "labels.csv"), "--video", str(tmp_path / "clip.mp4")]) == 2
    said = capsys.readouterr().err
    assert "Choose where the project shall be saved." in said
    assert said.endswith("no such folder) (--project)\n")
