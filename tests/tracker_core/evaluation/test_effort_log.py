from pathlib import Path

import pytest

from tests.tracker_core.evaluation.effort_scripts import ScriptedTool, labelled, target
from tracker_core.evaluation.effort import score_run
from tracker_core.evaluation.effort_log import End, LabelledRun, LogHeader, read_log, write_log
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.labelling_tools import HeldBox

HEADER = LogHeader("hold", 2, "made up", 0.5, 60.0, {"tracker": "none"})
TRUTH = [target(0), target(7), target(15.1), None, target(15), target(15)]


def test_log_when_read_back_then_is_the_same_run_and_counts_alike(tmp_path: Path) -> None:
    run = labelled(HeldBox(), TRUTH)
    write_log(tmp_path / "log.jsonl", HEADER, run)
    header, again = read_log(tmp_path / "log.jsonl")
    assert (header, again) == (HEADER, run)
    assert score_run("made up", again, TRUTH, 0.5) == score_run("made up", run, TRUTH, 0.5)


def test_log_when_its_boxes_are_shown_again_then_the_person_does_the_same(tmp_path: Path) -> None:
    write_log(tmp_path / "log.jsonl", HEADER, labelled(HeldBox(), TRUTH))
    _, run = read_log(tmp_path / "log.jsonl")
    replayed = labelled(ScriptedTool({record.frame_index: record.shown for record in run.frames}), TRUTH)
    assert [(record.event, record.manual_box) for record in replayed.frames] == [
        (record.event, record.manual_box) for record in run.frames
    ]


def test_log_when_the_run_failed_then_says_so(tmp_path: Path) -> None:
    run = LabelledRun((), End.FAILED, "at frame 0: too small")
    write_log(tmp_path / "log.jsonl", HEADER, run)
    assert read_log(tmp_path / "log.jsonl")[1] == run


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"protocol": "SAP-1"}\n{"end": "completed", "message": ""}\n', id="no header"),
        pytest.param('{"frame": 0}\n', id="cut off"),
        pytest.param("[]\n[]\n", id="no objects"),
        pytest.param("no JSON\n", id="no JSON"),
    ],
)
def test_log_when_damaged_then_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.jsonl").write_text(text)
    with pytest.raises(EvaluationError, match=r"log\.jsonl: expected a log of SAP-1"):
        read_log(tmp_path / "log.jsonl")


def test_log_when_cut_off_or_of_another_protocol_then_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    write_log(file, HEADER, labelled(HeldBox(), TRUTH))
    whole = file.read_text()
    file.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    with pytest.raises(EvaluationError):
        read_log(file)
    file.write_text(whole.replace("SAP-1", "SAP-9"))
    with pytest.raises(EvaluationError, match="got one of 'SAP-9'"):
        read_log(file)
