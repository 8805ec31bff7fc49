"""What people's scripts and other tools write: the same two objects in one layout after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.labels.model import AnnotatedVideo, LabelSet
from dlst_gui.formats.progress import untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.registry import read_any

WIDTH, HEIGHT = 320, 240
VIDEO = AnnotatedVideo.whole("base", size=(WIDTH, HEIGHT), frame_count=60, fps=25.0)


@dataclass(frozen=True)
class Row:
    """A box of one object: frame from 0, pixels from 0."""

    frame: int
    track_id: int
    label: str
    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        return self.x + self.w

    @property
    def bottom(self) -> int:
        return self.y + self.h


def rows() -> Iterator[Row]:
    """A car on frames 5 to 14, and a person on frames 8 to 11."""
    for frame in range(5, 15):
        yield Row(frame, 3, "car", 10 + 2 * frame, 20 + frame, 40, 30)
        if 8 <= frame < 12:
            yield Row(frame, 7, "person", 200 - 2 * frame, 100, 24, 60)


def table(head: str, line: Callable[[Row], str]) -> str:
    return "\n".join([*([head] if head else []), *map(line, rows()), ""])


def read(
    path: Path, options: ReadOptions = AS_THE_FILE_SAYS, video: AnnotatedVideo = VIDEO
) -> tuple[str, LabelSet]:
    reader, labels = read_any(path, video, None, untold, options)
    return reader.name, labels


def found(labels: LabelSet, *, with_labels: bool = True, with_ids: bool = True) -> set[tuple[object, ...]]:
    """Frame, id, label and the box in tenths of a pixel."""
    return {
        (
            each.frame_index,
            track.track_id if with_ids else 0,
            track.label if with_labels else "",
            *(round(value, 1) for value in each.box.xywh),
        )
        for track in labels.tracks
        for each in track.columns
        if each.is_present
    }


def expected(*, with_labels: bool = True, with_ids: bool = True) -> set[tuple[object, ...]]:
    return {
        (
            each.frame,
            each.track_id if with_ids else 0,
            each.label if with_labels else "",
            *map(float, (each.x, each.y, each.w, each.h)),
        )
        for each in rows()
    }


WITH_ALL = {
    "decimal commas": table(
        "frame;id;label;x;y;w;h", lambda r: f"{r.frame};{r.track_id};{r.label};{r.x},0;{r.y},0;{r.w},0;{r.h},0"
    ),
    "id beside our own columns": table(
        "frame,id,label,x,y,width,height", lambda r: f"{r.frame},{r.track_id},{r.label},{r.x},{r.y},{r.w},{r.h}"
    ),
    "size of the image": table(
        "frame,id,width,height,class,xmin,ymin,xmax,ymax",
        lambda r: f"{r.frame},{r.track_id},320,240,{r.label},{r.x},{r.y},{r.right},{r.bottom}",
    ),
    "fractions": table(
        "frame,id,label,x,y,w,h",
        lambda r: f"{r.frame},{r.track_id},{r.label},{r.x / 320},{r.y / 240},{r.w / 320},{r.h / 240}",
    ),
    "centre": table(
        "frame_id,track_id,label,x_center,y_center,width,height",
        lambda r: f"{r.frame},{r.track_id},{r.label},{r.x + r.w / 2},{r.y + r.h / 2},{r.w},{r.h}",
    ),
    "names of images in the column frame": table(
        "frame,label,id,x,y,w,h",
        lambda r: f"frame_{r.frame:05d}.jpg,{r.label},{r.track_id},{r.x},{r.y},{r.w},{r.h}",
    ),
    "Windows paths of images": table(
        "image,label,id,x,y,w,h",
        lambda r: f"C:\\clips\\base_{r.frame:05d}.png,{r.label},{r.track_id},{r.x},{r.y},{r.w},{r.h}",
    ),
    "comment before the header": table(
        "# written by a script\nframe,id,label,x,y,w,h",
        lambda r: f"{r.frame},{r.track_id},{r.label},{r.x},{r.y},{r.w},{r.h}",
    ),
    "header as a comment": table(
        "# frame, id, label, x, y, w, h",
        lambda r: f"{r.frame}, {r.track_id}, {r.label}, {r.x}, {r.y}, {r.w}, {r.h}",
    ),
    "blank lines": table(
        "frame,id,label,x,y,w,h\n", lambda r: f"{r.frame},{r.track_id},{r.label},{r.x},{r.y},{r.w},{r.h}\n"
    ),
    "empty boxes": table(
        "frame,id,label,x,y,w,h", lambda r: f"{r.frame},{r.track_id},{r.label},{r.x},{r.y},{r.w},{r.h}"
    )
    + "20,3,car,nan,NaN,nan,nan\n21,3,car,,,,\n",
    "several videos": "video,frame,id,label,x,y,w,h\n"
    + "".join(f"zoo.mp4,{r.frame},{r.track_id},{r.label},{r.x + 30},{r.y},{r.w},{r.h}\n" for r in rows())
    + "".join(f"base.mp4,{r.frame},{r.track_id},{r.label},{r.x},{r.y},{r.w},{r.h}\n" for r in rows()),
}


@pytest.mark.parametrize("text", WITH_ALL.values(), ids=WITH_ALL)
def test_table_when_a_script_wrote_it_then_frames_objects_labels_and_boxes_are_right(
    text: str, tmp_path: Path
) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text(text, "utf-8")
    name, labels = read(path)
    assert name == "table"
    assert found(labels) == expected()
    assert labels.report.boxes_in_file == labels.report.read + labels.report.skipped_count


def test_table_when_an_excel_saved_it_as_unicode_text_then_it_is_read(tmp_path: Path) -> None:
    text = table(
        "frame\tid\tlabel\tx\ty\tw\th",
        lambda r: "\t".join(map(str, (r.frame, r.track_id, r.label, r.x, r.y, r.w, r.h))),
    )
    (tmp_path / "boxes.txt").write_bytes(text.replace("\n", "\r\n").encode("utf-16"))
    assert found(read(tmp_path / "boxes.txt")[1]) == expected()


def test_table_when_ids_are_words_then_each_word_is_an_object(tmp_path: Path) -> None:
    text = table(
        "frame,id,label,x,y,w,h", lambda r: f"{r.frame},{r.label}-{r.track_id},{r.label},{r.x},{r.y},{r.w},{r.h}"
    )
    (tmp_path / "boxes.csv").write_text(text, "utf-8")
    labels = read(tmp_path / "boxes.csv")[1]
    assert [(track.track_id, track.label, len(track.columns)) for track in labels.tracks] == [
        (1, "car", 10),
        (2, "person", 4),
    ]
    assert any("Ids of objects are words" in said for said in labels.notices)


def test_table_when_nothing_decides_which_video_then_all_are_named(tmp_path: Path) -> None:
    text = "video,frame,x,y,w,h\na.mp4,0,1,2,3,4\nb.mp4,0,1,2,3,4\n"
    (tmp_path / "boxes.csv").write_text(text, "utf-8")
    with pytest.raises(FormatError, match=r"about 2 videos.*a\.mp4.*b\.mp4"):
        read(tmp_path / "boxes.csv")
    labels = read(tmp_path / "boxes.csv", ReadOptions(part="b.mp4"))[1]
    assert (labels.report.read, labels.report.skipped_count) == (1, 1)


def test_table_when_fractions_turn_into_pixels_then_it_is_refused_with_the_line(tmp_path: Path) -> None:
    many = "".join(f"{row % 60},{row // 60 + 1},.1,.1,.2,.2\n" for row in range(12_000))
    (tmp_path / "boxes.csv").write_text(f"frame,id,x,y,w,h\n{many}1,900,100,100,20,20\n", "utf-8")
    with pytest.raises(FormatError, match="line 12002: expected fractions of the image"):
        read(tmp_path / "boxes.csv")


def test_table_when_boxes_are_small_whole_numbers_then_they_are_pixels(tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text("frame,x,y,w,h\n0,0,0,1,1\n1,0,1,1,1\n", "utf-8")
    labels = read(tmp_path / "boxes.csv")[1]
    assert labels.tracks[0].columns.boxes_xywh.max() == 1


def test_csv_of_our_own_when_excel_saved_it_with_decimal_commas_then_it_is_read(tmp_path: Path) -> None:
    head = "frame;timestamp_s;track;label;x;y;width;height;visibility;source;score;run"
    text = f"{head}\n5;0,2;1;a car, red;20,5;25;40;30;visible;drawn;;\n"
    (tmp_path / "boxes.csv").write_text(text, "utf-8")
    name, labels = read(tmp_path / "boxes.csv")
    assert name == "csv"
    assert labels.tracks[0].label == "a car, red"
    assert labels.tracks[0].columns.boxes_xywh.tolist() == [[20.5, 25, 40, 30]]


def mot(end: Callable[[Row], str], between: str = ",") -> str:
    """Rows as MOTChallenge counts them."""
    return table(
        "", lambda r: between.join(map(str, (r.frame + 1, r.track_id, r.x + 1, r.y + 1, r.w, r.h, end(r))))
    )


RESULTS = {
    "StrongSORT": mot(lambda _: "-1 -1 -1 0", " "),
    "BoxMOT": mot(lambda r: f"0.{r.frame:06d},{r.track_id},{r.frame}"),
    "comment": "# frame, id, box\n" + mot(lambda _: "0.9,-1,-1,-1"),
    "blank lines": mot(lambda _: "0.9,-1,-1,-1\n"),
    "savetxt": mot(lambda _: "9.0e-01 -1.0e+00 -1.0e+00 -1.0e+00", " "),
}


@pytest.mark.parametrize("text", RESULTS.values(), ids=RESULTS)
def test_results_when_another_tracker_wrote_them_then_frames_objects_and_boxes_are_right(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / "base.txt").write_text(text, "utf-8")
    name, labels = read(tmp_path / "base.txt")
    assert name == "mot-results"
    assert found(labels, with_labels=False) == expected(with_labels=False)


def test_results_of_boxmot_when_read_then_classes_and_scores_are_kept(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text(RESULTS["BoxMOT"], "utf-8")
    labels = read(tmp_path / "base.txt")[1]
    assert [track.label for track in labels.tracks] == ["3", "7"]
    assert labels.tracks[0].columns.scores[0] == pytest.approx(5e-6)


def test_table_when_it_has_the_names_of_motchallenge_then_frames_and_pixels_count_from_1(tmp_path: Path) -> None:
    head = "frame,id,bb_left,bb_top,bb_width,bb_height,conf,x,y,z"
    (tmp_path / "base.csv").write_text(f"{head}\n{mot(lambda _: '0.9,-1,-1,-1')}", "utf-8")
    name, labels = read(tmp_path / "base.csv")
    assert name == "table"
    assert found(labels, with_labels=False) == expected(with_labels=False)
    assert any("from 1, as MOTChallenge's" in said for said in labels.notices)
