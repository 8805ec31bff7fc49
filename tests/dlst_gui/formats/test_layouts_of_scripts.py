"""What people's scripts and other tools write: the same two objects in one layout after the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
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
    "BoxMOT": table(  # its pixels are those of the detector
        "",
        lambda r: f"{r.frame + 1},{r.track_id},{r.x},{r.y},{r.w},{r.h},0.{r.frame:06d},{r.track_id},{r.frame}",
    ),
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


def yolo_line(row: Row, number: int, end: str = "") -> str:
    x, y = (row.x + row.w / 2) / WIDTH, (row.y + row.h / 2) / HEIGHT
    return f"{number} {x:.9f} {y:.9f} {row.w / WIDTH:.9f} {row.h / HEIGHT:.9f}{end}\n"


def yolo(folder: Path, name: Callable[[int], str], *, is_tracked: bool = False) -> None:
    """A file for each frame that has boxes, and with ids for these alone."""
    for frame in range(60):
        lines = [
            yolo_line(each, ("car", "person").index(each.label), f" {each.track_id}" if is_tracked else "")
            for each in rows()
            if each.frame == frame
        ]
        if lines or not is_tracked:
            path = folder / name(frame)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(lines), "utf-8")


def test_yolo_when_roboflow_exported_it_then_its_texts_for_people_are_passed_over(tmp_path: Path) -> None:
    yolo(tmp_path, lambda n: f"{('train', 'valid', 'test')[n % 3]}/labels/base_mp4-{n:04d}_jpg.rf.{n:032x}.txt")
    (tmp_path / "data.yaml").write_text("names: ['car', 'person']\nnc: 2\ntrain: ../train/images\n", "utf-8")
    (tmp_path / "README.dataset.txt").write_text("# clips\nhttps://universe.roboflow.com\n", "utf-8")
    (tmp_path / "README.roboflow.txt").write_text("\nclips - v1\n====\n", "utf-8")
    labels = read(tmp_path)[1]
    assert found(labels, with_ids=False) == expected(with_ids=False)
    assert any("hold no labels were passed over: 'README.dataset.txt'" in said for said in labels.notices)


def test_yolo_when_its_yaml_has_another_name_then_classes_have_their_names(tmp_path: Path) -> None:
    yolo(tmp_path, lambda n: f"labels/train/{n:06d}.txt")
    (tmp_path / "clips.yaml").write_text("path: ../clips\nnames:\n  0: car\n  1: person\n", "utf-8")
    assert found(read(tmp_path)[1], with_ids=False) == expected(with_ids=False)


def test_yolo_when_ultralytics_wrote_it_for_a_video_that_was_renamed_then_it_counts_from_1(tmp_path: Path) -> None:
    yolo(tmp_path, lambda n: f"labels/camera 3_{n + 1}.txt", is_tracked=True)
    labels = read(tmp_path)[1]
    assert found(labels, with_labels=False) == expected(with_labels=False)
    assert any("as Ultralytics writes them" in said for said in labels.notices)


def test_yolo_when_numbers_have_zeros_before_them_then_it_counts_from_0_and_says_so(tmp_path: Path) -> None:
    yolo(tmp_path, lambda n: f"labels/camera_{n:03d}.txt", is_tracked=True)
    labels = read(tmp_path)[1]
    assert found(labels, with_labels=False) == expected(with_labels=False)
    assert any("counted from 0, although none" in said for said in labels.notices)


def coco(
    name: Callable[[int], str], frames: range = range(60), *, ids: type[int] | type[str] = int
) -> dict[str, list[dict[str, object]]]:
    return {
        "images": [{"id": ids(n), "file_name": name(n), "width": WIDTH, "height": HEIGHT} for n in frames],
        "annotations": [
            {
                **{"id": ids(number), "image_id": ids(each.frame), "track_id": ids(each.track_id)},
                **{"category_id": ids(("car", "person").index(each.label))},
                "bbox": [each.x, each.y, each.w, each.h],
            }
            for number, each in enumerate(rows())
            if each.frame in frames
        ],
        "categories": [{"id": ids(0), "name": "car"}, {"id": ids(1), "name": "person"}],
    }


def put_json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), "utf-8")
    return path


def test_coco_when_its_ids_are_texts_then_they_are_read_as_numbers(tmp_path: Path) -> None:
    path = put_json(tmp_path / "a.json", coco(lambda n: f"{n:06d}.jpg", ids=str))
    assert found(read(path)[1]) == expected()


def two_videos(name: Callable[[str, int], str], other: range = range(60)) -> dict[str, list[dict[str, object]]]:
    """As `coco`, with a second video `zoo` whose frames come first."""
    ours, theirs = coco(lambda n: name("base", n)), coco(lambda n: name("zoo", n), other)
    for image in theirs["images"]:
        image["id"] = int(str(image["id"])) + 1000
    for annotation in theirs["annotations"]:
        annotation |= {"image_id": int(str(annotation["image_id"])) + 1000, "bbox": [1, 1, 5, 5]}
    return {**ours, **{key: theirs[key] + ours[key] for key in ("images", "annotations")}}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        (lambda video, n: f"{video}_{n:06d}.jpg", range(60)),
        (lambda video, n: f"images/{video}_mp4-{n:06d}.jpg", range(60)),
        (lambda video, n: f"{video}/{n:06d}.jpg", range(60)),
        (lambda video, n: f"{video}_{n + 100 * (video == 'zoo')}.jpg", range(5, 20)),
    ],
    ids=["same frames", "as Roboflow", "folders", "other frames"],
)
def test_coco_when_names_of_images_tell_several_videos_then_this_one_is_read(
    name: Callable[[str, int], str], other: range, tmp_path: Path
) -> None:
    path = put_json(tmp_path / "a.json", two_videos(name, other))
    labels = read(path)[1]
    assert found(labels) == expected()
    assert labels.report.skipped_count == len([each for each in rows() if each.frame in other])


def test_coco_when_another_video_is_asked_for_then_that_one_is_read(tmp_path: Path) -> None:
    path = put_json(tmp_path / "a.json", two_videos(lambda video, n: f"{video}_{n:06d}.jpg"))
    labels = read(path, ReadOptions(part="zoo"))[1]
    assert {tuple(each.box.xywh) for track in labels.tracks for each in track.columns} == {(1, 1, 5, 5)}


@pytest.mark.parametrize(
    ("name", "frames", "step"),
    [
        (lambda n: f"{n * 10:06d}.jpg", range(60), Fraction(1, 10)),
        (lambda n: f"{n // 5:06d}.jpg", range(0, 60, 5), Fraction(5)),
    ],
    ids=["tens", "every fifth"],
)
def test_coco_when_numbers_are_further_apart_or_nearer_than_frames_then_a_word_puts_them_right(
    name: Callable[[int], str], frames: range, step: Fraction, tmp_path: Path
) -> None:
    path = put_json(tmp_path / "a.json", coco(name, frames))
    labels = read(path, ReadOptions(step=step))[1]
    assert found(labels) == {each for each in expected() if each[0] in frames}


def test_coco_when_its_few_images_could_be_every_nth_then_says_so(tmp_path: Path) -> None:
    path = put_json(tmp_path / "a.json", coco(lambda n: f"{n // 5:06d}.jpg", range(0, 60, 5)))
    assert any("every 5th frame, say that they are 5 frames apart" in said for said in read(path)[1].notices)


def test_table_when_its_numbers_go_up_by_tens_then_those_between_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("frame,id,x,y,w,h\n10,1,2,3,4,5\n20,1,2,3,4,5\n25,1,2,3,4,5\n", "utf-8")
    labels = read(tmp_path / "a.csv", ReadOptions(step=Fraction(1, 10)))[1]
    assert labels.tracks[0].columns.frame_indices.tolist() == [1, 2]
    assert [each.reason for each in labels.report.skipped.values()] == [
        "the number lies between those of two frames"
    ]


def test_labels_when_all_are_beyond_the_video_then_the_refusal_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("frame,id,x,y,w,h\n450,1,2,3,4,5\n", "utf-8")
    with pytest.raises(FormatError, match=r"no box is on a frame of it.*which number the file gives to the first"):
        read(tmp_path / "a.csv")


def test_label_studio_when_images_were_labelled_then_their_names_tell_the_frames(tmp_path: Path) -> None:
    def task(frame: int) -> dict[str, object]:
        shapes = [
            {
                "type": "rectanglelabels",
                **{"original_width": WIDTH * 2, "original_height": HEIGHT * 2},
                "value": {
                    **{"x": 100 * each.x / WIDTH, "y": 100 * each.y / HEIGHT, "rotation": 0},
                    **{"width": 100 * each.w / WIDTH, "height": 100 * each.h / HEIGHT},
                    "rectanglelabels": [each.label],
                },
            }
            for each in rows()
            if each.frame == frame
        ]
        skipped = {"was_cancelled": True, "result": [{"type": "choices", "value": {"choices": ["bad"]}}]}
        image = f"/data/upload/1/{frame:08x}-frame_{frame:05d}.jpg"
        return {"id": frame, "data": {"image": image}, "annotations": [skipped, {"result": shapes}]}

    path = put_json(tmp_path / "a.json", [task(frame) for frame in range(60)])
    name, labels = read(path)
    assert name == "label-studio"
    assert found(labels, with_ids=False) == expected(with_ids=False)
    assert "60 skipped annotations were left out." in labels.notices


def test_label_studio_when_images_have_other_shapes_then_the_enclosing_box_is_read(tmp_path: Path) -> None:
    shapes = [
        {"points": [[10, 10], [20, 10], [15, 30]], "polygonlabels": ["car"]},
        {"x": 50, "y": 50, "radiusX": 10, "radiusY": 5, "ellipselabels": ["car"]},
        {"x": 50, "y": 50, "width": 10, "height": 20, "rotation": 90, "rectanglelabels": ["car"]},
    ]
    path = put_json(
        tmp_path / "a.json", [{"image": f"frame_{n}.png", "label": [each]} for n, each in enumerate(shapes)]
    )
    labels = read(path)[1]
    boxes = {frame: box for frame, _, _, *box in found(labels)}
    assert boxes == {0: [32, 24, 32, 48], 1: [128, 108, 64, 24], 2: [112, 120, 48, 32]}
    assert labels.report.converted == {"polygon": 1, "ellipse": 1, "rotated box": 1}


def test_label_studio_when_its_images_have_another_shape_then_says_what_to_do(tmp_path: Path) -> None:
    shape = {"x": 1, "y": 1, "width": 10, "height": 20, "rectanglelabels": ["car"]}
    shape |= {"original_width": 100, "original_height": 100}
    path = put_json(tmp_path / "a.json", [{"image": "frame_0.png", "label": [shape]}])
    with pytest.raises(FormatError, match=r"100x100 pixels.*open the images that were labelled"):
        read(path)


def test_youtube_vis_when_it_has_every_fifth_frame_then_the_numbers_of_images_tell_which(tmp_path: Path) -> None:
    names = [f"base/{n:05d}.jpg" for n in range(0, 60, 5)]
    boxes = [[n, 1, 10, 10] for n in range(12)]
    value = {
        "videos": [{"id": 1, "width": WIDTH, "height": HEIGHT, "length": 12, "file_names": names}],
        "annotations": [{"id": 1, "video_id": 1, "category_id": 1, "bboxes": boxes, "segmentations": []}],
        "categories": [{"id": 1, "name": "car"}],
    }
    labels = read(put_json(tmp_path / "a.json", value))[1]
    assert [(frame, x) for frame, _, _, x, *_ in sorted(found(labels))] == [(5 * n, n) for n in range(12)]
    assert labels.video.frames.tolist() == list(range(0, 60, 5))


def test_cvat_when_its_first_frame_is_told_then_tracks_begin_there(tmp_path: Path) -> None:
    box = '<box frame="10" outside="0" occluded="0" keyframe="1" xtl="1" ytl="2" xbr="11" ybr="12"/>'
    text = f'<annotations><track id="0" label="car">{box}</track></annotations>'
    (tmp_path / "a.xml").write_text(text, "utf-8")
    labels = read(tmp_path / "a.xml", ReadOptions(first_frame=10))[1]
    assert labels.tracks[0].columns.frame_indices.tolist() == [0]


def test_results_when_right_and_bottom_stand_for_a_size_then_says_that_and_how_to_tell(tmp_path: Path) -> None:
    edges = [(n, 200 + n, 150, 240 + n, 220) for n in range(1, 11)]
    text = "".join(f"{n},1,{left},{top},{right},{bottom},1,-1,-1,-1\n" for n, left, top, right, bottom in edges)
    (tmp_path / "a.txt").write_text(text, "utf-8")
    told = read(tmp_path / "a.txt")[1].notices
    assert any("10 of 10 boxes reach beyond the frame" in said and "x1,y1,x2,y2" in said for said in told)
    (tmp_path / "a.txt").write_text(f"frame,id,x1,y1,x2,y2,conf,x,y,z\n{text}", "utf-8")
    assert read(tmp_path / "a.txt")[1].tracks[0].columns.boxes_xywh[0].tolist() == [201, 150, 40, 70]


def test_results_when_few_boxes_reach_out_of_the_frame_then_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(mot(lambda _: "1,-1,-1,-1") + "60,3,300,200,310,230,1,-1,-1,-1\n", "utf-8")
    assert read(tmp_path / "a.txt")[1].notices == ()


def test_coco_when_some_images_have_another_size_then_they_are_of_other_videos(tmp_path: Path) -> None:
    value = two_videos(lambda video, n: f"{n + 1000 * (video == 'zoo'):06d}.jpg")
    for image in value["images"]:
        if int(str(image["id"])) >= 1000:
            image |= {"width": 640, "height": 480}
    labels = read(put_json(tmp_path / "a.json", value))[1]
    assert found(labels) == expected()
    assert "Images of another size are of other videos: 60." in labels.notices


def test_coco_when_all_images_have_another_size_then_says_what_to_open(tmp_path: Path) -> None:
    value = coco(lambda n: f"{n:06d}.jpg")
    for image in value["images"]:
        image |= {"width": 640, "height": 480}
    message = r"images\[0\]: is 640x480 pixels, the video's frames are 320x240; open the images that were labelled"
    with pytest.raises(FormatError, match=message):
        read(put_json(tmp_path / "a.json", value))


def test_table_when_images_are_named_by_their_seconds_then_these_tell_the_frames(tmp_path: Path) -> None:
    def named(video: str) -> str:
        return table(
            "",
            lambda r: f'"{video}#t={r.frame / 25:.6g}.jpg","{r.x}","{r.y}","{r.right}","{r.bottom}","{r.label}"',
        )

    head = '"image","xmin","ymin","xmax","ymax","label"\n'
    (tmp_path / "a.csv").write_text(head + named("base.mp4"), "utf-8")
    labels = read(tmp_path / "a.csv")[1]
    assert found(labels, with_ids=False) == expected(with_ids=False)
    assert "Frames were found by the seconds in the names of their images." in labels.notices
    (tmp_path / "a.csv").write_text(head + named("zoo 2.mp4") + named("base.mp4"), "utf-8")
    assert found(read(tmp_path / "a.csv")[1], with_ids=False) == expected(with_ids=False)


def test_labels_when_seconds_are_beyond_the_video_then_they_are_left_out(tmp_path: Path) -> None:
    rows_of_it = "".join(f"base.mp4#t={seconds}.jpg,1,2,3,4\n" for seconds in (0, 1, 2, 2.4, 7))
    (tmp_path / "a.csv").write_text(f"image,x,y,w,h\n{rows_of_it}", "utf-8")
    labels = read(tmp_path / "a.csv")[1]
    assert sorted({frame for frame, *_ in found(labels)}) == [0, 25, 50, 59]
    assert labels.report.skipped_count == 1


def test_labels_when_they_are_in_another_encoding_then_says_how_to_save_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("frame,label,x,y,w,h\n0,Fußgänger,1,2,3,4\n".encode("latin-1"))
    with pytest.raises(FormatError, match="save the file with the encoding UTF-8"):
        read(tmp_path / "a.csv")
