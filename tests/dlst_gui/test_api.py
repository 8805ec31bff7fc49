"""Projects for programs: what is read, and that the example of the documents runs as it stands."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlst_gui.api import open_project, track, what_if
from dlst_gui.formats.format import Format
from dlst_gui.formats.labels.model import BoxSource
from dlst_gui.formats.registry import FORMATS
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import Visibility
from dlst_gui.tracking.devices import DeviceError
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video import VideoError
from tests.dlst_gui.exchange.made_projects import box_at, made_project, tree
from tests.fakes import FakeTracker
from tests.made_videos import painted_frame, painted_index, write_video
from tracker_core import Box

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return made_project(tmp_path / "project")


@pytest.mark.parametrize(
    "program", ["import dlst_gui.api", "from dlst_gui.cli import main; main(['formats'])"], ids=["api", "formats"]
)
def test_labels_alone_when_asked_for_then_no_large_library_is_loaded(program: str) -> None:
    large = ("torch", "cv2", "av", "PySide6", "pyqtgraph", "matplotlib", "yaml", "tqdm", "urllib.request")
    told = f"import sys; print('loaded', [name for name in {large} if name in sys.modules])"
    command = [sys.executable, "-c", f"{program}; {told}"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "loaded []"


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, FakeTracker]:
    """A video of 20 frames and a tracker that moves by two pixels a frame."""
    tracker = FakeTracker()
    monkeypatch.setattr("dlst_gui.tracking.tracker_factory.make_tracker", lambda settings: tracker)
    write_video(tmp_path / "made.mp4", frames=[painted_frame(n) for n in range(20)])
    return tmp_path / "made.mp4", tracker


def test_track_when_given_four_numbers_then_gives_a_row_per_frame(made_up: tuple[Path, FakeTracker]) -> None:
    video, _ = made_up
    told: list[int] = []
    result = track(video, (10, 12, 20, 16), first_frame=3, last_frame=6, on_frame=lambda n, _: told.append(n))
    assert result.frames.tolist() == told == [3, 4, 5, 6]
    assert result.boxes.tolist() == [[10 + 2 * n, 12, 20, 16] for n in range(4)]
    assert result.timestamps == pytest.approx(np.arange(3, 7) / 25)
    assert result.scores[0] == np.inf
    assert result.is_found.tolist() == [True] * 4
    assert result.notice == ""
    assert len(result) == 4
    assert repr(result) == "TrackedVideo(4 frames, found in 4)"


@pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
def test_export_when_tracked_then_every_format_holds_the_tracked_frames(
    made_up: tuple[Path, FakeTracker], label_format: Format, tmp_path: Path
) -> None:
    result = track(made_up[0], (10, 12, 20, 16), first_frame=3, last_frame=6)
    report = result.export(label_format.name, tmp_path / f"out{label_format.suffix}")
    assert (report.frame_count, report.comparison.box_count) == (4, 4)
    receipt = json.loads(report.receipt.read_text())
    assert receipt["boxes"]["exported_by_source"] == {"drawn": 1, "tracked": 3}
    assert receipt["runs"][0]["system"] == "dlst-studio fast"


def test_export_when_the_video_was_moved_then_is_told_where_it_is(
    made_up: tuple[Path, FakeTracker], tmp_path: Path
) -> None:
    result = track(made_up[0], (10, 12, 20, 16), last_frame=3)
    moved = made_up[0].rename(tmp_path / "moved.mp4")
    other = write_video(tmp_path / "other.mp4", frames=[painted_frame(n) for n in range(19)])

    with pytest.raises(VideoError, match="does not exist"):
        result.export("csv", tmp_path / "a.csv")
    with pytest.raises(VideoError, match=r"other\.mp4 is another video than made\.mp4: 19 frames"):
        result.export("csv", tmp_path / "a.csv", video=other)
    assert result.export("csv", tmp_path / "a.csv", video=str(moved)).frame_count == 4


def test_track_when_the_last_frame_is_before_the_first_then_goes_backward(
    made_up: tuple[Path, FakeTracker],
) -> None:
    result = track(made_up[0], np.array([10, 12, 20, 16]), first_frame=4, last_frame=2)
    assert result.frames.tolist() == [4, 3, 2]


def test_to_dataframe_when_tracked_then_has_a_row_per_frame(made_up: tuple[Path, FakeTracker]) -> None:
    table = track(made_up[0], Box(10, 12, 20, 16)).to_dataframe()
    assert list(table.columns) == ["frame", "timestamp_s", "x", "y", "width", "height", "score", "is_found"]
    assert len(table) == 20
    assert table.x.tolist() == [10 + 2 * n for n in range(20)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"box": "a dog"}, ValueError, r"expected a Box or four numbers \(x, y, width, height\), got 'a dog'"),
        ({"box": (1, 2, 3)}, ValueError, r"expected a Box or four numbers"),
        ({"speed": "slow"}, ValueError, r"expected a speed of exact or fast, got 'slow'"),
        (
            {"preset": "dlst", "guide": "fear-xs"},
            ValueError,
            r"expected a preset that follows a guide.* got 'dlst'",
        ),
        ({"device": "bogus"}, DeviceError, r"expected a device of auto, cpu, cuda, got 'bogus'"),
        ({"first_frame": 20}, VideoError, r"has frames 0\.\.19; there is no frame 20"),
        ({"last_frame": -1}, VideoError, r"there is no frame -1"),
    ],
)
def test_track_when_asked_for_what_there_is_not_then_says_so(
    made_up: tuple[Path, FakeTracker], arguments: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        track(made_up[0], **{"box": (10, 12, 20, 16), **arguments})


def test_track_when_there_is_no_such_preset_then_says_which_there_are(tmp_path: Path) -> None:
    write_video(tmp_path / "made.mp4")
    with pytest.raises(KeyError, match="no preset is called 'DLST'; there are dlst, "):
        track(tmp_path / "made.mp4", (10, 12, 20, 16), preset="DLST")


def test_to_dataframe_when_pandas_is_missing_then_says_how_to_get_it(
    made_up: tuple[Path, FakeTracker], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = track(made_up[0], (10, 12, 20, 16))
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install \"dlst-studio\[notebook\]\""):
        result.to_dataframe()


def test_to_dataframe_of_a_project_then_says_what_its_csv_says(path: Path, tmp_path: Path) -> None:
    with open_project(path) as project:
        table = project.to_dataframe()
        project.export("csv", tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(table.columns) == list(rows[0])
    assert len(table) == len(rows)
    for name in ("frame", "track", "label", "visibility", "source"):
        assert [str(value) for value in table[name]] == [row[name] for row in rows], name
    for name in ("timestamp_s", "x", "y", "width", "height"):
        assert table[name].tolist() == pytest.approx([float(row[name]) for row in rows], abs=1e-4), name
    scores = [float(row["score"] or "nan") for row in rows]
    assert table.score.tolist() == pytest.approx(scores, nan_ok=True)


def test_project_when_closed_then_the_rest_of_it_is_not_read_for_nobody(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Project] = []
    real = Project.keep_pages
    monkeypatch.setattr(Project, "keep_pages", lambda project: (kept.append(project), real(project)))
    with open_project(path) as project:
        project.export("csv", path.with_name("labels.csv"))
    project.close()
    assert kept == []
    with pytest.raises(ProjectFileError, match="was closed before this was read of it"):
        _ = project.tracks
    with open_project(path) as project:
        content = project.content()
    assert len(kept) == 1
    assert [len(track.columns.frame_indices) for track in content.labels.tracks] == [16, 4]


def test_project_when_opened_then_has_its_tracks_with_every_shown_box(path: Path) -> None:
    with open_project(path) as project:
        dog, cat = project.tracks
        assert (dog.track_id, dog.label, dict(dog.attributes)) == (1, "dog", {})
        assert [each.frame_index for each in dog.keyframes] == [0, 10, 15]
        assert dog.columns.frame_indices.tolist() == list(range(16))
        assert project.track(2).info == cat.info
        assert project.name == "clip"
        with pytest.raises(KeyError, match="no track 9"):
            project.track(9)


def test_track_when_asked_for_a_frame_then_has_the_box_and_where_it_is_from(path: Path) -> None:
    with open_project(path) as project:
        dog, cat = project.tracks
        tracked, between = dog.box(3), dog.box(7)
        assert tracked is not None
        assert between is not None
        assert (tracked.box, tracked.source, tracked.score, tracked.run_id) == (
            box_at(3),
            BoxSource.TRACKED,
            2.5,
            1,
        )
        assert between.source is BoxSource.INTERPOLATED
        assert between.box.xywh == pytest.approx(box_at(7).xywh)
        assert dog.box(15) is None, "it is outside"
        assert cat.box(0) is None, "nobody labelled it"
        occluded = cat.box(4)
        assert occluded is not None
        assert occluded.visibility is Visibility.OCCLUDED


def test_project_when_its_frames_are_read_then_they_are_those_that_were_labelled(path: Path) -> None:
    with open_project(path) as project:
        assert [painted_index(project.frames.read(index)) for index in (0, 13)] == [0, 13]
        assert project.video.timestamp_s(10) == pytest.approx(0.4)


def test_project_when_its_video_is_gone_then_tracks_can_be_read_and_frames_say_what_to_do(path: Path) -> None:
    elsewhere = path.parents[1] / "moved.mp4"
    shutil.move(path.with_name("clip.mp4"), elsewhere)
    with open_project(path) as project:
        assert len(project.tracks) == 2
        with pytest.raises(VideoError, match="neither beside it nor at"):
            project.labels()
    with open_project(path, video=elsewhere) as project:
        assert project.labels().box_count() == 19


def test_project_when_its_video_was_replaced_then_its_frames_are_refused(path: Path) -> None:
    write_video(path.with_name("clip.mp4"), frames=[painted_frame(index + 7) for index in range(20)])
    with open_project(path) as project, pytest.raises(VideoError, match="made for another video"):
        project.labels()


@pytest.mark.parametrize("name", ["clip.mp4", "missing.mp4.dlst"])
def test_open_when_it_is_no_project_then_says_so(name: str, path: Path) -> None:
    with pytest.raises(ProjectFileError, match=re.escape(name)):
        open_project(path.with_name(name))


def test_project_when_opened_to_read_then_no_content_of_its_file_changes(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    with open_project(path) as project:
        project.export("csv", tmp_path / "a.csv")
    assert path.read_bytes() == before


def test_columns_when_asked_for_frames_then_has_arrays_of_those(path: Path) -> None:
    with open_project(path) as project:
        columns = project.track(1).columns_on(0, 10, 15)
        assert columns.frame_indices.tolist() == [0, 10]
        assert np.array_equal(columns.boxes_xywh, [box_at(0).xywh, box_at(10).xywh])


def examples() -> list[str]:
    text = (REPOSITORY / "docs/api.md").read_text("utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_documents_when_their_tracking_examples_are_run_then_they_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(REPOSITORY / "resources/demo.mp4", tmp_path / "clip.mp4")
    monkeypatch.chdir(tmp_path)
    for example in examples()[:2]:
        exec(compile(example, "docs/api.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "9 frames; the last box: [" in printed
    assert "found in 9 frames, from 0.0 to 0.32 s" in printed
    assert printed.count("True") == 2


def test_documents_when_their_project_example_is_run_then_it_works(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, example = examples()
    with open_project(path) as project:
        project.export("cvat", path.with_name("elsewhere.xml"))
    monkeypatch.chdir(path.parent)
    exec(compile(example, "docs/api.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "1 dog 3 manual boxes" in printed
    assert "boxes read back" in printed
    assert {"dataset/data.yaml", "dataset.export.json", "boxes.mp4"} <= tree(path.parent).keys()
    with open_project(path) as project:
        assert len(project.tracks) == 2, "what is there already, box for box, is skipped"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"threads": 0}, ValueError),
        ({"threads": -1}, ValueError),
        ({"threads": 1.5}, TypeError),
        ({"seed": -1}, ValueError),
        ({"seed": 1.7}, TypeError),
        ({"last_frame": 1.0}, TypeError),
    ],
)
def test_track_when_a_number_will_not_do_then_is_refused_before_the_video_is_opened(
    tmp_path: Path, arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        track(tmp_path / "missing.mp4", (1, 2, 3, 4), **arguments)


def test_what_if_when_asked_for_then_compares_with_what_the_project_shows_and_leaves_it_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[TrackerSettings] = []

    def make(settings: TrackerSettings) -> FakeTracker:
        asked.append(settings)
        return FakeTracker(velocity=(0.0, 0.0))

    monkeypatch.setattr("dlst_gui.tracking.tracker_factory.make_tracker", make)
    before, told = path.read_bytes(), []
    both = what_if(
        path, 1, seed=4, fields={"candidates.count": 64}, last_frame=4, on_frame=lambda n, _: told.append(n)
    )
    assert (asked[0].seed, asked[0].fields) == (4, (("candidates.count", 64),))
    assert both.frames.tolist() == told == list(range(told[0], 5))
    with open_project(path) as project:
        shown = [project.track(1).box(n) for n in told]
    assert both.first.boxes_xywh.tolist() == [list(each.box) for each in shown if each is not None]
    assert (both.second.boxes_xywh == both.second.boxes_xywh[0]).all()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"track_id": 99}, KeyError, "no track 99; there are"),
        ({"fields": {"candidates.count": 0}}, ValueError, "candidates.count takes a whole number from 2 to 4096"),
        ({"fields": {"candidates.sigma": 1.0}}, ValueError, "no constant 'candidates.sigma'"),
        ({"frame_index": 10_000}, VideoError, "10000"),
        ({"seed": -1}, ValueError, "seed"),
    ],
)
def test_what_if_when_asked_for_what_there_is_not_then_says_so(
    path: Path, arguments: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        what_if(path, **{"track_id": 1, **arguments})
