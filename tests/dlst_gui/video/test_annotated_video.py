"""Videos with boxes drawn in: what is drawn, what is kept, and what a failed run leaves behind."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from dlst_gui.video import VideoError, open_source
from dlst_gui.video.annotated_video import AnnotatedVideoWriter, draw_boxes, is_annotated_video
from dlst_gui.video.drawn import PALETTE, DrawnBox
from tests.made_videos import UNEVEN_TIMES_MS, painted_frame, painted_index, write_video
from tracker_core import Box


def grey(value: int, *, width: int = 320, height: int = 240) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def write(path: Path, frames: list[np.ndarray], boxes: list[DrawnBox] | None = None) -> Path:
    with AnnotatedVideoWriter(path) as writer:
        for i, frame in enumerate(frames):
            writer.add(frame, i / 25, boxes or [])
    return path


@pytest.mark.parametrize("background", [0, 90, 160, 255])
@pytest.mark.parametrize("color_index", range(len(PALETTE)))
def test_drawn_box_when_on_any_background_then_line_or_outline_stands_out(
    background: int, color_index: int
) -> None:
    frame = grey(background, width=960, height=720)
    drawn = draw_boxes(frame, [DrawnBox(Box(100, 80, 60, 50), color_index=color_index)])

    across_the_left_edge = drawn[105, 92:108].astype(int)
    contrast = np.abs(across_the_left_edge - background).max()
    assert contrast > 80
    assert np.abs(across_the_left_edge - PALETTE[color_index]).sum(axis=1).min() < 12


def test_palette_when_used_for_many_then_colors_differ_and_come_around() -> None:
    assert len(set(PALETTE)) == len(PALETTE)
    assert DrawnBox(Box(0, 0, 1, 1), color_index=len(PALETTE)).color == PALETTE[0]


def test_drawn_box_when_placed_then_its_edge_lies_at_its_coordinates() -> None:
    drawn = draw_boxes(grey(0), [DrawnBox(Box(100, 80, 60, 50))])

    weight = drawn[105, 92:108].sum(axis=1).astype(float)
    centre = (weight * (np.arange(92, 108) + 0.5)).sum() / weight.sum()
    assert centre == pytest.approx(100, abs=0.2)  # an edge is a continuous coordinate, a pixel's middle is at +0.5
    assert drawn[105, 130].max() == 0


@pytest.mark.parametrize(
    "box",
    [
        Box(-50, -40, 100, 90),
        Box(300, 220, 1e9, 1e9),
        Box(-1e12, 10, 2e12, 20),
        Box(500, 500, 20, 20),
        Box(10, 10, float("nan"), 5),
        Box(10, 10, 0, 5),
    ],
    ids=["over the corner", "huge", "wider than int32", "outside", "not finite", "empty"],
)
def test_drawn_box_when_not_wholly_inside_then_drawing_still_works(box: Box) -> None:
    frame = grey(50)

    drawn = draw_boxes(frame, [DrawnBox(box, "target", 3.2)])

    assert drawn.shape == frame.shape
    assert (frame == 50).all()


def test_drawn_text_when_given_label_and_score_then_a_plate_lies_above_the_box() -> None:
    plain = draw_boxes(grey(0), [DrawnBox(Box(100, 80, 60, 50))])
    labelled = draw_boxes(grey(0), [DrawnBox(Box(100, 80, 60, 50), "duck", 7.25)])

    changed = np.argwhere((plain != labelled).any(axis=2))
    assert len(changed) > 200
    assert changed[:, 0].max() < 80
    assert DrawnBox(Box(0, 0, 1, 1), "duck", 7.254).text == "duck 7.25"
    assert DrawnBox(Box(0, 0, 1, 1), score=-1).text == "-1.00"


def test_drawn_text_when_box_touches_the_top_then_the_plate_lies_below(tmp_path: Path) -> None:
    plain = draw_boxes(grey(0), [DrawnBox(Box(100, 1, 60, 50))])
    labelled = draw_boxes(grey(0), [DrawnBox(Box(100, 1, 60, 50), "duck")])

    assert np.argwhere((plain != labelled).any(axis=2))[:, 0].min() > 51


def test_line_when_the_frame_is_larger_then_it_is_thicker() -> None:
    def line_width(width: int, height: int) -> int:
        drawn = draw_boxes(grey(0, width=width, height=height), [DrawnBox(Box(100, 80, 300, 200))])
        return int((drawn[180, 50:150].max(axis=1) > 128).sum())

    assert line_width(3840, 2160) >= 3 * line_width(640, 480)


def test_written_video_when_read_back_then_frames_times_and_size_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "out ü.mp4"
    frames = [painted_frame(i) for i in range(len(UNEVEN_TIMES_MS))]
    with AnnotatedVideoWriter(path, nominal_fps=29.97) as writer:
        for frame, time_ms in zip(frames, UNEVEN_TIMES_MS, strict=True):
            writer.add(frame, time_ms / 1000, [])

    with open_source(path) as source:
        assert (source.frame_count, source.width, source.height) == (len(frames), 96, 64)
        assert [painted_index(source.read(i)) for i in range(len(frames))] == list(range(len(frames)))
        times_s = [source.timestamp_s(i) for i in range(len(frames))]
    expected_s = (np.array(UNEVEN_TIMES_MS) - UNEVEN_TIMES_MS[0]) / 1000
    assert times_s == pytest.approx(expected_s, abs=2e-5)  # one tick is 1/90000 s


def test_written_video_when_probed_then_it_is_h264_for_every_player(tmp_path: Path) -> None:
    path = write(tmp_path / "out.mp4", [grey(80)] * 3)

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # playable before it is loaded whole


def test_written_video_when_colors_are_pure_then_they_come_back(tmp_path: Path) -> None:
    color = (200, 60, 40)
    frame = np.full((240, 320, 3), color, np.uint8)

    with open_source(write(tmp_path / "out.mp4", [frame] * 3)) as source:
        read = source.read(1)[120, 160].astype(int)
    assert np.abs(read - color).max() <= 4  # rounding to limited-range 4:2:0


@pytest.mark.parametrize(("width", "height"), [(321, 241), (320, 241), (33, 18)])
def test_written_video_when_size_is_odd_then_one_pixel_is_added(tmp_path: Path, width: int, height: int) -> None:
    path = write(tmp_path / "out.mp4", [grey(200, width=width, height=height)] * 3)

    with open_source(path) as source:
        assert (source.width, source.height) == (width + width % 2, height + height % 2)
        assert source.read(1).min() > 190


def test_writing_when_the_run_fails_then_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path / "out.mp4", [grey(80)] * 3)
    before = path.read_bytes()

    def write_and_fail() -> None:
        with AnnotatedVideoWriter(path) as writer:
            writer.add(grey(10), 0.0, [])
            raise RuntimeError("tracker")

    with pytest.raises(RuntimeError, match="tracker"):
        write_and_fail()

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_writing_when_no_frame_came_then_error_says_so_and_no_file_is_left(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="no frame was added"), AnnotatedVideoWriter(tmp_path / "out.mp4"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_writing_when_the_folder_cannot_be_made_then_error_comes_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")
    with pytest.raises(VideoError, match=r"file.out\.mp4 cannot be written"):
        AnnotatedVideoWriter(tmp_path / "file" / "out.mp4")


def test_annotated_video_when_asked_whether_it_is_one_then_only_ours_is(tmp_path: Path) -> None:
    with AnnotatedVideoWriter(tmp_path / "ours.mp4") as writer:
        writer.add(grey(0), 0.0)
    (tmp_path / "text.mp4").write_text("not a video at all", "utf-8")
    write_video(tmp_path / "plain.mp4", frames=[grey(0)])
    found = {path.name: is_annotated_video(path) for path in tmp_path.iterdir()}
    assert found == {"ours.mp4": True, "text.mp4": False, "plain.mp4": False}


def test_writing_when_the_name_is_no_mp4_then_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"must end in \.mp4"):
        AnnotatedVideoWriter(tmp_path / "out.avi")


@pytest.mark.parametrize(
    ("second", "time_s", "words"),
    [(grey(0, width=64), 0.04, "320.*64"), (grey(0), 0.0, "later than 0.0000 s")],
    ids=["other size", "time stands still"],
)
def test_add_when_a_frame_does_not_fit_then_error_names_both(
    tmp_path: Path, second: np.ndarray, time_s: float, words: str
) -> None:
    def write_both() -> None:
        with AnnotatedVideoWriter(tmp_path / "out.mp4") as writer:
            writer.add(grey(0), 0.0)
            writer.add(second, time_s)

    with pytest.raises(VideoError, match=words):
        write_both()

    assert list(tmp_path.iterdir()) == []
