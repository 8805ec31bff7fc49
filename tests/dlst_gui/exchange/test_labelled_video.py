"""Videos with boxes burnt in."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from dlst_gui.api import FrameChoice, SavedProject, Selection, VideoStyle, Watch
from dlst_gui.exchange.errors import ExportError
from dlst_gui.exchange.progress import ExportCancelled, Progress, Stage
from dlst_gui.video import VideoError, open_source
from dlst_gui.video import annotated_video as writer_module
from dlst_gui.video.annotated_video import draw_boxes
from dlst_gui.video.drawn import DrawnTrail
from tests.dlst_gui.exchange.made_projects import tree

BARE = VideoStyle(labels=False, trail_frames=0)


def test_video_when_written_then_has_every_frame_at_its_time_with_the_boxes_on_it(
    project: SavedProject, out: Path
) -> None:
    told: list[Progress] = []
    project.export_video(out / "v.mp4", watch=Watch(told.append))
    with open_source(out / "v.mp4") as drawn:
        assert drawn.frame_count == 20
        assert [drawn.timestamp_s(index) for index in range(20)] == pytest.approx([i / 25 for i in range(20)])
        difference = np.abs(drawn.read(0).astype(int) - project.frames.read(0)).max(axis=2)
    x, y, right = 10, 20, 30
    assert difference[y, x - 2 : x + 2].max() > 60, "the dog's left edge"
    assert difference[y, right + 12 :].mean() < 30, "nothing far right of it"
    assert told[-1] == Progress(Stage.VIDEO, 20, 20)
    assert [each.done for each in told if each.stage is Stage.VIDEO] == list(range(21))


def test_video_when_every_fifth_frame_is_wanted_then_keeps_their_times(project: SavedProject, out: Path) -> None:
    project.export_video(out / "v.mp4", Selection(every=5), style=BARE)
    with open_source(out / "v.mp4") as drawn:
        assert [drawn.timestamp_s(index) for index in range(4)] == pytest.approx([0, 0.2, 0.4, 0.6])


def test_video_when_labels_and_trails_are_wanted_then_more_is_drawn(project: SavedProject, out: Path) -> None:
    changed = []
    for name, style in (("bare", BARE), ("labels", VideoStyle(trail_frames=0)), ("trails", VideoStyle())):
        project.export_video(out / f"{name}.mp4", style=style)
        with open_source(out / f"{name}.mp4") as drawn:
            changed.append((np.abs(drawn.read(9).astype(int) - project.frames.read(9)).max(axis=2) > 60).sum())
    assert changed[0] < changed[1] < changed[2]


def test_trail_when_points_are_far_away_then_drawing_still_works() -> None:
    frame = np.full((60, 80, 3), 50, np.uint8)
    points = np.array([[-1e12, 30.0], [1e12, 30.0]])
    drawn = draw_boxes(frame, [], [DrawnTrail(points, (255, 0, 0))])
    assert (frame == 50).all()
    red, green, blue = drawn[30, 40].tolist()
    assert red > 100 > max(green, blue)


def test_video_when_cancelled_then_the_old_one_stays(project: SavedProject, out: Path) -> None:
    (out / "v.mp4").write_bytes(b"old")
    told: list[Progress] = []
    with pytest.raises(ExportCancelled):
        project.export_video(out / "v.mp4", watch=Watch(told.append, lambda: len(told) > 5), force=True)
    assert tree(out) == {"v.mp4": b"old"}


def test_video_when_it_would_replace_the_projects_own_then_is_refused(project: SavedProject) -> None:
    video = project.path.with_name("clip.mp4")
    before = video.read_bytes()
    with pytest.raises(ExportError, match="its video"):
        project.export_video(video)
    assert video.read_bytes() == before


def test_video_when_no_frame_is_chosen_then_says_so(project: SavedProject, out: Path) -> None:
    with pytest.raises(ExportError, match="no frame"):
        project.export_video(out / "v.mp4", Selection(track_ids=frozenset({9}), frames=FrameChoice.HUMAN))
    assert tree(out) == {}


def test_video_when_there_is_no_encoder_then_says_what_to_install(
    project: SavedProject, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file = av.open

    def without_h264(*arguments, **options):
        container = open_file(*arguments, **options)
        if "w" not in arguments:
            return container

        class Without:
            def add_stream(self, name: str, **_options: object) -> None:
                container.close()
                raise av.codec.codec.UnknownCodecError(name)

        return Without()

    monkeypatch.setattr(writer_module.av, "open", without_h264)
    with pytest.raises(VideoError, match=r"no encoder for H\.264"):
        project.export_video(out / "v.mp4")
    assert tree(out) == {}
