"""YOLO: `labels/train/<image>.txt` beside `images/train/<image>.jpg`, and `data.yaml` with the classes' names.

A line is `class centre_x centre_y width height`: **centre and size as fractions of the image, 0 to 1**, classes
counted from 0, single blanks, none at the end of a line (a reader was broken by one: ultralytics/yolov5#1355).
An image without objects has an empty file. Images are named `<video>_<frame>`, the frame counted from 0 in the
video.

With track ids a sixth number follows, as Ultralytics' trackers write it; CVAT and labelImg refuse such files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.image_names import exported_image, frame_indices, image_stem
from dlst_gui.formats.label_builder import LabelBuilder, covering
from dlst_gui.formats.linking import LooseBox, linked
from dlst_gui.formats.model import AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.numbers_out import written_boxes
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.text_input import first_line, lines_of, number_in, whole_in, whole_text
from dlst_gui.formats.windows import FrameWindow, frame_windows
from tracker_core import Box

_DECIMALS = 9
"""Of a fraction: a millionth of a pixel in any video."""

_LARGEST_YAML = 1_000_000
"""Bytes: thousands of classes. YAML takes long to read."""


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    folder = path / "labels" / "train"
    folder.mkdir(parents=True, exist_ok=True)
    names = labels.label_names()
    known = [(names.index(track.label), f" {track.track_id}" * options.track_ids) for track in labels.tracks]
    for window in frame_windows(labels.tracks, labels.video.frames, tick):
        lines = [*_lines(window, known, labels.video, options)]
        for index, low, high in window.of_each_frame():
            target = folder / f"{image_stem(labels.video, index)}.txt"
            target.write_text("".join(lines[low:high]), encoding="utf-8", newline="\n")
    # JSON's texts are YAML's too, whatever characters a name has.
    listed = "".join(f"  {number}: {json.dumps(name)}\n" for number, name in enumerate(names))
    head = "path: .\ntrain: images/train\nval: images/train\n"
    (path / "data.yaml").write_text(
        f"{head}names:\n{listed}" if names else f"{head}names: {{}}\n", encoding="utf-8"
    )


def _lines(
    window: FrameWindow, known: list[tuple[int, str]], video: AnnotatedVideo, options: WriteOptions
) -> Iterator[str]:
    x, y, width, height = written_boxes(window.boxes_xywh, is_sub_pixel=options.sub_pixel).T
    across, down = (x + width / 2) / video.width, (y + height / 2) / video.height
    numbers = (across.tolist(), down.tolist(), (width / video.width).tolist(), (height / video.height).tolist())
    for track, x, y, w, h in zip(window.tracks.tolist(), *numbers, strict=True):
        class_number, track_id = known[track]
        yield f"{class_number} {x:.{_DECIMALS}f} {y:.{_DECIMALS}f} {w:.{_DECIMALS}f} {h:.{_DECIMALS}f}{track_id}\n"


def _read(path: Path, video: AnnotatedVideo, _tick: Tick = untold) -> LabelSet:
    root = path.parent if path.is_file() else path
    names = _names(root / "data.yaml") if (root / "data.yaml").is_file() else _listed_names(root)
    files = sorted(_label_files(root))
    if not files:
        raise FormatError(path, "there are no .txt files of labels in this folder")
    frames, notice = frame_indices(path, [file.name for file in files], video)
    for file in files:
        if frames[file.name] >= video.frame_count:
            raise FormatError(
                file, f"frame {frames[file.name]} is not in the video, which has {video.frame_count}"
            )
    covered = covering(video, np.array(sorted(frames.values()), dtype=np.int32))
    notices = (notice,) if notice else ()
    rows = [row for file in files for row in _rows(file, frames[file.name], names, video)]
    if all(track_id is None for track_id, _ in rows):
        return linked(path, covered, (loose for _, loose in rows), notices=notices)
    built = LabelBuilder(path, covered)
    for track_id, loose in rows:
        if track_id is None:
            raise FormatError(path, "expected a track id in every line or in none")
        built.begin_track(track_id, loose.label, place=loose.place)
        built.add(track_id, loose.made, place=loose.place)
    return built.labels(Gaps.ABSENT, notices=notices)


def _label_files(root: Path) -> Iterator[Path]:
    folder = root / "labels" if (root / "labels").is_dir() else root
    for file in folder.rglob("*.txt"):
        if file.name not in {"classes.txt", "train.txt", "val.txt", "test.txt", "obj.names"}:
            yield file


def _rows(
    path: Path, frame_index: int, names: Mapping[int, str], video: AnnotatedVideo
) -> Iterator[tuple[int | None, LooseBox]]:
    for number, line in lines_of(path):
        place = f"line {number}"
        words = line.split()
        if len(words) not in {5, 6}:
            problem = f"expected class, centre x, centre y, width, height, got {shortly(line)}"
            raise FormatError(path, problem, place)
        class_number = whole_in(path, place, words[0], "class")
        if class_number < 0 or (names and class_number not in names):
            raise FormatError(path, f"there is no class {class_number} in data.yaml", place)
        label = names.get(class_number, str(class_number))
        x, y, w, h = (number_in(path, place, word, "a box") for word in words[1:5])
        if max(abs(x), abs(y), w, h) > 10:
            raise FormatError(path, f"expected fractions of the image, 0 to 1, got {shortly(line)}", place)
        if w <= 0 or h <= 0:
            raise FormatError(path, f"expected a positive size, got {shortly(line)}", place)
        box = Box((x - w / 2) * video.width, (y - h / 2) * video.height, w * video.width, h * video.height)
        track_id = whole_in(path, place, words[5], "track id") if len(words) == 6 else None
        yield track_id, LooseBox(label, LabelledBox(frame_index, box), number)


def _names(path: Path) -> Mapping[int, str]:
    if path.stat().st_size > _LARGEST_YAML:
        raise FormatError(path, f"expected at most {_LARGEST_YAML} bytes")
    import yaml  # noqa: PLC0415 - only where there is one to read

    try:
        content: object = yaml.safe_load(whole_text(path))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FormatError(path, f"expected YAML ({shortly(str(error))})") from error
    names = content.get("names") if isinstance(content, dict) else None
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict):
        raise FormatError(path, "expected names: with the classes")
    for number, name in names.items():
        if not isinstance(number, int) or not isinstance(name, str | int | float):
            raise FormatError(
                path, f"expected names of classes by their numbers, got {shortly(number)}: {shortly(name)}"
            )
    return {number: str(name) for number, name in names.items()}


def _listed_names(root: Path) -> Mapping[int, str]:
    for name in ("classes.txt", "obj.names"):
        found = next(iter(sorted(root.rglob(name))), None)
        if found is not None:
            return {number - 1: line.strip() for number, line in lines_of(found)}
    return {}


def _looks_like(path: Path) -> bool:
    if path.is_file():
        return path.name == "data.yaml"
    if not path.is_dir():
        return False
    file = next((file for file in _label_files(path) if file.stat().st_size), None)
    has_names = (path / "data.yaml").is_file() or (path / "labels").is_dir()
    return file is not None and (has_names or len(first_line(file).split()) == 5)


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"images/train/{exported_image(labels, position, options)}",)


YOLO = Format(
    name="yolo",
    title="YOLO",
    suffix="",
    convention=Convention(
        0,
        Shape.CENTRE_SIZE,
        Unit.FRACTIONS,
        "by file name, which ends with the frame counted from 0",
        "no line; an empty file where no object is",
        "nine decimals",
    ),
    can_hold=Capabilities(Identity.NONE, labels=True, absence=False, occlusion=False, sub_pixel=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda video, options: max(video.width, video.height) * 1e-9 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
