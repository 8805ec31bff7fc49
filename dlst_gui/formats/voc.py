"""Pascal VOC: `Annotations/<image>.xml` beside `JPEGImages/<image>.jpg`, with `ImageSets/Main/default.txt`.

First and last pixel of a box, **both included, in whole pixels, the first pixel is 1**: `xmin = left + 1`, `xmax
= right edge`. Many readers subtract 1 from all four (tf-faster-rcnn#58); some later ones take the numbers as
0-based edges (AlbumentationsX#33), and are one pixel off with the original data too. Images are named
`<video>_<frame>`, the frame counted from 0 in the video; an image without objects has no `<object>`. Labels are
listed in `labelmap.txt`; where one has a colon, which ends names there, `dataset_meta.json` lists all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.image_names import exported_image, frame_indices, image_stem
from dlst_gui.formats.label_builder import covering
from dlst_gui.formats.linking import LooseBox, linked
from dlst_gui.formats.model import OCCLUDED_CODE, AnnotatedVideo, LabelledBox, LabelSet
from dlst_gui.formats.numbers_out import edges_of, written_boxes
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.text_input import number_in
from dlst_gui.formats.windows import FrameWindow, frame_windows
from dlst_gui.formats.xml_input import elements_of, root_of
from dlst_gui.formats.xml_output import xml_text
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_FIRST_PIXEL = 1
_SAID = "    <pose>Unspecified</pose>\n    <truncated>0</truncated>\n    <difficult>0</difficult>\n"
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    for folder in ("Annotations", "ImageSets/Main"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    stems = [image_stem(labels.video, index) for index in labels.video.frames.tolist()]
    heads = [f"  <object>\n    <name>{xml_text(track.label)}</name>\n{_SAID}" for track in labels.tracks]
    for window in frame_windows(labels.tracks, labels.video.frames, tick):
        objects = [*_objects_of(window, heads)]
        texts = ("".join(objects[low:high]) for _, low, high in window.of_each_frame())
        for stem, text in zip(stems[window.first_position :], texts, strict=False):
            image = _image_text(f"{stem}{options.image_suffix}", labels.video, text)
            (path / "Annotations" / f"{stem}.xml").write_text(image, encoding="utf-8", newline="\n")
    listed = "".join(f"{stem}\n" for stem in stems)
    (path / "ImageSets" / "Main" / "default.txt").write_text(listed, encoding="utf-8", newline="\n")
    _write_names(path, labels.label_names())


def _write_names(path: Path, names: tuple[str, ...]) -> None:
    """What datumaro and CVAT know other labels from than the twenty of the challenge."""
    simple = [name for name in names if ":" not in name and not name.startswith("#")]
    text = "".join(f"{name}:::\n" for name in simple)
    (path / "labelmap.txt").write_text(f"# label:color_rgb:parts:actions\n{text}", encoding="utf-8", newline="\n")
    if len(simple) < len(names):
        # labelmap.txt knows no quotes; where this file is there, it is read in its stead.
        listed = json.dumps({"labels": names}, ensure_ascii=False)
        (path / "dataset_meta.json").write_text(f"{listed}\n", encoding="utf-8", newline="\n")


def _image_text(file_name: str, video: AnnotatedVideo, objects: str) -> str:
    return (
        "<annotation>\n"
        "  <folder>JPEGImages</folder>\n"
        f"  <filename>{xml_text(file_name)}</filename>\n"
        "  <source><database>Unknown</database></source>\n"
        f"  <size><width>{video.width}</width><height>{video.height}</height><depth>3</depth></size>\n"
        f"  <segmented>0</segmented>\n{objects}</annotation>\n"
    )


def _objects_of(window: FrameWindow, heads: list[str]) -> Iterator[str]:
    corners = edges_of(written_boxes(window.boxes_xywh, is_sub_pixel=False)).astype(np.int64)
    corners[:, :2] += _FIRST_PIXEL
    is_occluded = (window.visibilities == OCCLUDED_CODE).tolist()
    rows = zip(window.tracks.tolist(), is_occluded, *corners.T.tolist(), strict=True)
    for track, occluded, left, top, right, bottom in rows:
        yield (
            f"{heads[track]}    <occluded>{occluded:d}</occluded>\n    <bndbox><xmin>{left}</xmin>"
            f"<ymin>{top}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox>\n  </object>\n"
        )


def _read(path: Path, video: AnnotatedVideo, _tick: Tick = untold) -> LabelSet:
    files = _files(path)
    frames, notice = frame_indices(path, [file.name for file in files], video)
    for file in files:
        if frames[file.name] >= video.frame_count:
            raise FormatError(
                file, f"frame {frames[file.name]} is not in the video, which has {video.frame_count}"
            )
    covered = covering(video, np.array(sorted(frames.values()), dtype=np.int32))
    loose = [box for file in files for box in _objects(file, frames[file.name], video)]
    return linked(path, covered, loose, notices=(notice,) if notice else ())


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    folder = path / "Annotations" if (path / "Annotations").is_dir() else path
    files = sorted(folder.rglob("*.xml"))
    if not files:
        raise FormatError(path, "there are no .xml files in this folder")
    return files


def _objects(path: Path, frame_index: int, video: AnnotatedVideo) -> list[LooseBox]:
    found = []
    said: dict[str, str] = {}
    for element in elements_of(path):
        inner = element.path.removeprefix("annotation/")
        if inner == "object" and not element.is_end:
            said = {}
        elif element.is_end and inner.startswith("object/"):
            said[inner.removeprefix("object/")] = element.text
        elif element.is_end and inner in {"size/width", "size/height"}:
            expected = video.width if inner == "size/width" else video.height
            given = number_in(path, element.place, element.text, inner)
            if given not in (0, expected):  # 0: older tools that did not know
                raise element.error(
                    f"was made for an image of {given:g} pixels, but the video's frames have {expected}"
                )
        elif inner == "object":
            box = _box(path, element.place, said)
            visibility = Visibility.OCCLUDED if said.get("occluded") == "1" else Visibility.VISIBLE
            made = LabelledBox(frame_index, box, visibility=visibility)
            if not said.get("name"):
                raise element.error("there is no <name>")
            found.append(LooseBox(said["name"], made, element.line))
    return found


def _box(path: Path, place: str, said: dict[str, str]) -> Box:
    missing = [name for name in _CORNERS if f"bndbox/{name}" not in said]
    if missing:
        raise FormatError(path, f"there is no <{missing[0]}>", place)
    first_x, first_y, last_x, last_y = (number_in(path, place, said[f"bndbox/{name}"], name) for name in _CORNERS)
    # Both corner pixels belong to the box, and the top left pixel of the image is (1, 1).
    return Box(first_x - 1, first_y - 1, last_x - first_x + 1, last_y - first_y + 1)


def _looks_like(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() == ".xml" and root_of(path) == "annotation"
    folder = path / "Annotations" if (path / "Annotations").is_dir() else path
    file = next(iter(sorted(folder.glob("*.xml"))), None)
    return file is not None and root_of(file) == "annotation"


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return (f"JPEGImages/{exported_image(labels, position, options)}",)


VOC = Format(
    name="voc",
    title="Pascal VOC",
    suffix="",
    convention=Convention(
        1,
        Shape.INCLUSIVE_CORNERS,
        Unit.PIXELS,
        "by file name, which ends with the frame counted from 0",
        "no object",
        "whole pixels",
    ),
    can_hold=Capabilities(Identity.NONE, labels=True, absence=False, occlusion=True, sub_pixel=False),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, _options: 0.5,
    image_paths=_image_paths,
)
