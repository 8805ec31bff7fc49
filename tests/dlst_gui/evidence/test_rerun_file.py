"""Recordings for the rerun viewer: what is logged where, told to a library that only listens."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dlst_gui.evidence.evidence_files import is_evidence_file, write_evidence
from dlst_gui.evidence.figures.looks import ORIGINS
from dlst_gui.evidence.figures.subject import Picture
from dlst_gui.evidence.pictures import picture_of
from dlst_gui.evidence.rerun_file import write_rerun
from dlst_gui.evidence.tables.candidate_files import MissingLibraryError
from tests.dlst_gui.evidence.explained_frames import ABOUT, TRUTH, explained, made_evidence
from tracker_core import Box, CandidateOrigin


@dataclass
class Listener:
    """A recording that keeps what it is told: (frame, entity, kind, words)."""

    logged: list[tuple[int, str, str, dict[str, Any]]] = field(default_factory=list)
    frame: int = -1

    def save(self, path: str) -> None:
        Path(path).write_bytes(b"RRF2")

    def set_time(self, timeline: str, *, sequence: int) -> None:
        assert timeline == "frame"
        self.frame = sequence

    def log(self, entity: str, *parts: tuple[str, dict[str, Any]]) -> None:
        self.logged += [(self.frame, entity, kind, words) for kind, words in parts]

    def flush(self) -> None: ...

    def disconnect(self) -> None: ...

    def of(self, entity: str, kind: str) -> list[dict[str, Any]]:
        return [words for _, each, its, words in self.logged if (each, its) == (entity, kind)]


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Listener:
    listening = Listener()

    def part(kind: str) -> Callable[..., tuple[str, dict[str, Any]]]:
        return lambda *args, **words: (kind, {"args": args, **words})

    kinds = ("EncodedImage", "Boxes2D", "Points2D", "AnyValues", "Tensor", "Scalars", "Clear")
    library: Any = SimpleNamespace(**{kind: part(kind) for kind in kinds})
    library.RecordingStream = lambda name, *, recording_id: listening
    library.Radius = SimpleNamespace(ui_points=lambda radii: radii)
    monkeypatch.setitem(sys.modules, "rerun", library)
    return listening


def test_rerun_when_written_then_boxes_and_candidates_lie_in_pixels_of_the_frame(
    listener: Listener, tmp_path: Path
) -> None:
    write_rerun(tmp_path / "a.rrd", [explained(12), explained(13)], ABOUT)
    assert {frame for frame, *_ in listener.logged} == {12, 13}
    result = listener.of("frame/boxes/result", "Boxes2D")[0]
    assert (result["mins"], result["sizes"]) == ([[101.0, 81.0]], [[40.0, 50.0]])
    assert listener.of("frame/boxes/truth", "Boxes2D")[0]["mins"] == [[TRUTH.x, TRUTH.y]]
    assert listener.of("frame/boxes/localized", "Boxes2D")[0]["colors"] == [(0xD5, 0x5E, 0x00)]
    (centers,) = listener.of("frame/candidates/previous", "Points2D")[0]["args"]
    assert centers.tolist() == [[120.0, 105.0]]
    values = listener.of("frame/candidates/localized", "AnyValues")[0]
    assert (values["score"].tolist(), values["rank"].tolist()) == ([2.25], [1])
    assert all(each.ndim == 1 for name, each in values.items() if name != "args")  # else it would be left out
    (response,) = listener.of("response", "Tensor")[0]["args"]
    assert response.tolist() == [[-1.0, 0.5], [2.0, -3.0]]
    assert [each["args"] for each in listener.of("score/result", "Scalars")] == [([1.875],), ([1.875],)]


def test_rerun_when_something_is_not_there_then_what_was_before_is_cleared(
    listener: Listener, tmp_path: Path
) -> None:
    write_rerun(tmp_path / "a.rrd", [explained(12), explained(13, is_manual=True, true_box=None)], ABOUT)
    cleared = {entity for frame, entity, kind, _ in listener.logged if kind == "Clear" and frame == 13}
    assert {f"frame/candidates/{origin.name.lower()}" for origin in ORIGINS} <= cleared
    assert {"response", "frame/boxes/result", "frame/boxes/truth", "frame/boxes/search_region"} <= cleared
    assert listener.of("frame/boxes/manual", "Boxes2D")[0]["mins"] == [[TRUTH.x, TRUTH.y]]
    scored = [frame for frame, entity, *_ in listener.logged if entity == "score/result"]
    assert scored == [12]  # that of a manual box is infinite
    absent = {entity for frame, entity, kind, _ in listener.logged if kind == "Clear" and frame == 12}
    assert f"frame/candidates/{CandidateOrigin.LAST_SEEN.name.lower()}" in absent


@pytest.mark.parametrize("is_whole", [True, False])
def test_rerun_when_pixels_are_known_then_they_cover_the_frame(
    listener: Listener, tmp_path: Path, is_whole: bool
) -> None:
    import cv2  # noqa: PLC0415 - as slow as the library

    pixels = np.full((240, 320, 3), (250, 20, 20), np.uint8)
    frame = explained()
    if is_whole:
        frame = replace(frame, picture=Picture.of_frame(pixels))
    else:
        evidence = replace(made_evidence(), picture=picture_of(pixels, Box(200.0, 100.0, 60.0, 40.0)))
        frame = replace(frame, kept=replace(frame.kept, evidence=evidence))
    write_rerun(tmp_path / "a.rrd", [frame], ABOUT)
    jpeg = np.frombuffer(listener.of("frame/image", "EncodedImage")[0]["contents"], np.uint8)
    image = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)[:, :, ::-1]
    assert image.shape == (240, 320, 3)
    assert image[120, 230, 0] > 200
    assert (image[20, 20, 0] > 200) == is_whole


def test_rerun_when_the_library_is_missing_then_one_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "rerun", None)
    with pytest.raises(MissingLibraryError, match=r"pip install 'dlst-studio\[rerun\]'"):
        write_evidence(tmp_path / "a.rrd", [explained()], ABOUT)
    assert list(tmp_path.iterdir()) == []


def test_rerun_when_the_library_is_installed_then_the_file_is_known_as_ours(tmp_path: Path) -> None:
    pytest.importorskip("rerun")
    path = tmp_path / "a.rrd"
    write_evidence(path, [explained(12), explained(13, is_manual=True)], ABOUT)
    assert is_evidence_file(path)
    write_evidence(path, [explained(14)], ABOUT)  # so it may be replaced
