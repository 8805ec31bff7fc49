from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tracker_core.pretraining.matching.looks import LookJudge, main, sequences_in
from tracker_core.weights import load_backbone


@pytest.fixture(scope="module")
def sequence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A textured square that moves over noise by two pixels a frame; it is gone on frame 20."""
    root = tmp_path_factory.mktemp("sequences") / "square"
    (root / "img").mkdir(parents=True)
    rng = np.random.default_rng(0)
    background = cv2.GaussianBlur(rng.integers(60, 200, (160, 200, 3), dtype=np.uint8), (5, 5), 0)
    target = cv2.resize(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8), (36, 36), interpolation=cv2.INTER_NEAREST)
    lines = []
    for number in range(24):
        frame, x, y = background.copy(), 30 + 2 * number, 50 + number
        frame[y : y + 36, x : x + 36] = target
        cv2.imwrite(str(root / "img" / f"{number:04d}.png"), frame)
        lines.append("0\t0\t0\t0" if number == 20 else f"{x + 1}\t{y + 1}\t36\t36")
    (root / "groundtruth_rect.txt").write_text("\n".join(lines))
    return root


def test_judge_when_the_target_is_easy_then_nearly_all_looks_are_right(sequence: Path) -> None:
    ((_, frames, boxes),) = sequences_in([sequence.parent])
    scores = LookJudge(load_backbone("studio")).judge(frames, boxes, looks=4)
    assert scores.iou > 0.7
    assert scores.iou_recent > 0.7
    assert (scores.poor, scores.right) == (0, 100)


def test_judge_when_the_true_boxes_are_elsewhere_then_looks_there_are_poor(sequence: Path) -> None:
    ((_, frames, boxes),) = sequences_in([sequence])
    moved = boxes.copy()
    moved[11:, 0] += 90  # the template and frame 10 stay right
    scores = LookJudge(load_backbone("studio")).judge(frames, moved, looks=4)
    assert scores.poor == 0.75  # of four looks all but that at frame 10
    assert scores.right == 25


def test_sequences_in_when_read_then_boxes_count_from_0_and_absence_is_no_number(sequence: Path) -> None:
    ((name, frames, boxes),) = sequences_in([sequence])
    assert (name, len(frames), boxes.shape) == ("square", 24, (24, 4))
    assert boxes[0].tolist() == [30, 50, 36, 36]
    assert np.isnan(boxes[20]).all()
    assert np.isfinite(np.delete(boxes, 20, axis=0)).all()


def test_main_when_asked_then_prints_a_row_for_each_sequence_and_their_mean(
    sequence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(sequence), "--looks", "2"]) == 0
    head, row, mean = capsys.readouterr().out.splitlines()
    assert head.split() == ["IoU", "below", ".3", "right", "recent"]
    assert row.split()[0] == "square"
    assert row.split()[1:] == mean.split()[1:]


def test_main_when_a_ground_truth_is_damaged_then_says_where_in_one_line(
    sequence: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "groundtruth_rect.txt").write_text("1,2,3,4\n5,6\n")
    assert main([str(tmp_path)]) == 2
    assert "groundtruth_rect.txt, line 2: expected four numbers" in capsys.readouterr().err


def test_main_when_there_is_no_sequence_then_says_so_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert "expected folders with groundtruth_rect.txt and img" in capsys.readouterr().err
