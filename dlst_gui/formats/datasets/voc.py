"""Pascal VOC: `Annotations/<image>.xml` beside `JPEGImages/<image>.jpg`, with `ImageSets/Main/default.txt`.

First and last pixel of a box, **both included, in whole pixels, the first pixel is 1**: `xmin = left + 1`, `xmax
= right edge`. Many readers subtract 1 from all four (tf-faster-rcnn#58); some later ones take the numbers as
0-based edges (AlbumentationsX#33), and are one pixel off with the original data too. Images are named
`<video>_<frame>`, the frame counted from 0 in the video; an image without objects has no `<object>`. Labels are
listed in `labelmap.txt`; where one has a colon, which ends names there, `dataset_meta.json` lists all of them.

ImageNet VID has the same elements and a `<trackid>` in each object, from 0. Its first pixel is 0: coordinates of 0
are common in it. Its files are `Annotations/<video>/000000.xml`, one for each frame, beside `Data/<video>/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import OCCLUDED_CODE, AnnotatedVideo, Gaps, LabelSet
from dlst_gui.formats.labels.said_values import SaidValues
from dlst_gui.formats.labels.windows import FrameWindow, frame_windows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.image_names import (
    exported_image,
    frames_covered,
    frames_of_images,
    image_file,
    image_stem,
)
from dlst_gui.formats.reading.label_builder import LabelBuilder, covering, without_ids
from dlst_gui.formats.reading.track_columns import BoxRows
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.input_files import any_files_under, files_under
from dlst_gui.formats.syntax.numbers_out import edges_of, file_stem, written_boxes
from dlst_gui.formats.syntax.row_blocks import coded
from dlst_gui.formats.syntax.text_input import number_in, whole_in
from dlst_gui.formats.syntax.xml_input import elements_of, root_of
from dlst_gui.formats.syntax.xml_output import xml_text
from dlst_gui.project.attributes import TRUNCATED, YES
from tracker_core import Box

_FIRST_PIXEL = 1
_TRACK_ID = "trackid"
_NO_TRACK = -1
_NOT_TRUNCATED, _IS_TRUNCATED = "<truncated>0</truncated>", "<truncated>1</truncated>"
_SAID = f"    <pose>Unspecified</pose>\n    {_NOT_TRUNCATED}\n    <difficult>0</difficult>\n"
_SAYS_TRUNCATED: Mapping[str, str] = {TRUNCATED: YES}
_OBJECTS_AT_ONCE = 4096
_FILES_LOOKED_AT = 50
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def _write_vid(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    video = labels.video
    snippet = file_stem(video.name)
    folder = path / "Annotations" / snippet
    folder.mkdir(parents=True, exist_ok=True)
    heads = [
        f"  <object>\n    <trackid>{track.track_id}</trackid>\n    <name>{xml_text(track.label)}</name>\n"
        for track in labels.tracks
    ]
    for window in frame_windows(labels.tracks, video.frames, tick):
        objects = [*_objects_of(window, heads, first_pixel=0)]
        for index, low, high in window.of_each_frame():
            stem = _vid_stem(video, index)
            text = (
                f"<annotation>\n  <folder>{xml_text(snippet)}</folder>\n  <filename>{xml_text(stem)}</filename>\n"
                "  <source><database>Unknown</database></source>\n"
                f"  <size><width>{video.width}</width><height>{video.height}</height></size>\n"
                f"{''.join(objects[low:high])}</annotation>\n"
            )
            (folder / f"{stem}.xml").write_bytes(text.encode())


def _vid_stem(video: AnnotatedVideo, index: int) -> str:
    """The benchmark names images by their frame alone, counted from 0."""
    return f"{index:06d}" if video.image_names is None else image_stem(video, index)


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    for folder in ("Annotations", "ImageSets/Main"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    stems = []
    heads = [f"  <object>\n    <name>{xml_text(track.label)}</name>\n{_SAID}" for track in labels.tracks]
    said = SaidValues(labels)
    for window in frame_windows(labels.tracks, labels.video.frames, tick):
        objects = [*_objects_of(window, heads, said)]
        for index, low, high in window.of_each_frame():
            stem = image_stem(labels.video, index)
            stems.append(stem)
            name = image_file(labels.video, index, options)
            image = _image_text(name, labels.video, "".join(objects[low:high]))
            (path / "Annotations" / f"{stem}.xml").write_bytes(image.encode())
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


def _objects_of(
    window: FrameWindow, heads: list[str], said: SaidValues | None = None, *, first_pixel: int = _FIRST_PIXEL
) -> Iterator[str]:
    corners = edges_of(written_boxes(window.boxes_xywh, is_sub_pixel=False)).astype(np.int64)
    corners[:, :2] += first_pixel
    corners[:, 2:] += first_pixel - 1
    is_occluded = (window.visibilities == OCCLUDED_CODE).tolist()
    rows = zip(
        window.tracks.tolist(), window.frame_indices.tolist(), is_occluded, *corners.T.tolist(), strict=True
    )
    for track, frame, occluded, left, top, right, bottom in rows:
        head = heads[track]
        if said is not None and said.of(window, track, frame).get(TRUNCATED) == YES:
            head = head.replace(_NOT_TRUNCATED, _IS_TRUNCATED)
        yield (
            f"{head}    <occluded>{occluded:d}</occluded>\n    <bndbox><xmin>{left}</xmin>"
            f"<ymin>{top}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox>\n  </object>\n"
        )


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    folder, files = _files(path, tick)
    report = ReadingReport()
    images = {name: name for name in files} if path.is_dir() else {files[0]: _image_of(path)}
    frames_of = frames_of_images(path, [*images.values()], video, options, report)
    frames = {name: frames_of[image] for name, image in images.items()}
    covered = covering(video, frames_covered(frames, video))
    built = LabelBuilder(path, covered, options=options, report=report, first_id=0)
    files.sort(key=frames.__getitem__)
    built.add_loose(without_ids(built, _parts(folder, files, frames, video, tick)), tick)
    return built.labels(Gaps.ABSENT)


def _image_of(path: Path) -> str:
    """The image that a single file is about: its own name, or what it says where that has no number."""
    if path.stem[-1:].isdecimal():
        return path.name
    named = (each.text for each in elements_of(path) if each.is_end and each.path == "annotation/filename")
    return next(named, "") or path.name


def _files(path: Path, tick: Tick) -> tuple[Path, list[str]]:
    """A folder, and the files in it and in its folders."""
    if path.is_file():
        return path.parent, [path.name]
    folder = path / "Annotations" if (path / "Annotations").is_dir() else path
    files = files_under(folder, ".xml", tick)
    if not files:
        raise FormatError(path, "there are no .xml files in this folder")
    return folder, files


def _parts(
    folder: Path, files: list[str], frames: Mapping[str, int], video: AnnotatedVideo, tick: Tick
) -> Iterator[BoxRows]:
    gathered: list[_Object] = []
    for number, name in enumerate(files):
        tick(number, len(files))
        gathered += _objects(folder / name, frames[name], video)
        if len(gathered) >= _OBJECTS_AT_ONCE:
            yield _rows(gathered)
            gathered = []
    yield _rows(gathered)


@dataclass(frozen=True, slots=True)
class _Object:
    track_id: int
    frame_index: int
    label: str
    box: Box
    is_occluded: bool
    is_truncated: bool
    line: int


def _rows(objects: list[_Object]) -> BoxRows:
    names, labels = coded([each.label for each in objects])
    occluded = np.array([each.is_occluded for each in objects], dtype=bool)
    return BoxRows(
        np.array([each.track_id for each in objects], dtype=np.int64),
        labels,
        names,
        np.array([each.frame_index for each in objects], dtype=np.int64),
        np.array([each.box.xywh for each in objects], dtype=np.float64).reshape(-1, 4),
        np.array([each.line for each in objects], dtype=np.int64),
        np.where(occluded, OCCLUDED_CODE, 0).astype(np.uint8),
        attributes={row: _SAYS_TRUNCATED for row, each in enumerate(objects) if each.is_truncated} or None,
    )


def _objects(path: Path, frame_index: int, video: AnnotatedVideo) -> list[_Object]:
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
                problem = f"was made for an image of {given:g} pixels, but the video's frames have {expected}"
                raise element.error(f"{problem}; open the images that were labelled")
        elif inner == "object":
            if not said.get("name"):
                raise element.error("there is no <name>")
            track_id = _NO_TRACK
            if _TRACK_ID in said:
                track_id = whole_in(path, element.place, said[_TRACK_ID], _TRACK_ID)
            box = _box(path, element.place, said, first_pixel=_FIRST_PIXEL if track_id == _NO_TRACK else 0)
            is_occluded = said.get("occluded") == "1"
            is_truncated = said.get("truncated") == "1"
            found.append(
                _Object(track_id, frame_index, said["name"], box, is_occluded, is_truncated, element.line)
            )
    return found


def _box(path: Path, place: str, said: dict[str, str], *, first_pixel: int) -> Box:
    missing = [name for name in _CORNERS if f"bndbox/{name}" not in said]
    if missing:
        raise FormatError(path, f"there is no <{missing[0]}>", place)
    first_x, first_y, last_x, last_y = (number_in(path, place, said[f"bndbox/{name}"], name) for name in _CORNERS)
    # Both corner pixels belong to the box.
    return Box(first_x - first_pixel, first_y - first_pixel, last_x - first_x + 1, last_y - first_y + 1)


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    file = _first_file(path)
    return file is not None and not _has_track_ids(file)


def _looks_like_vid(path: Path, _tick: Tick = untold) -> bool:
    file = _first_file(path)
    return file is not None and _has_track_ids(file)


def _first_file(path: Path) -> Path | None:
    """The file, or one of a folder's, where it is of these formats; one with objects where there is such a one."""
    if path.is_file():
        return path if path.suffix.lower() == ".xml" and root_of(path) == "annotation" else None
    folder = path / "Annotations" if (path / "Annotations").is_dir() else path
    found: Path | None = None
    try:
        files = any_files_under(folder, ".xml") if folder.is_dir() else iter(())
        for name in islice(files, _FILES_LOOKED_AT):
            if root_of(folder / name) != "annotation":
                return None
            found = folder / name
            if any(element.path == "annotation/object" for element in elements_of(found)):
                break
    except FormatError:
        return None
    return found


def _has_track_ids(path: Path) -> bool:
    try:
        return any(element.path == f"annotation/object/{_TRACK_ID}" for element in elements_of(path))
    except FormatError:
        return False


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


def _vid_image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    stem = _vid_stem(labels.video, int(labels.video.frames[position]))
    return (f"Data/{file_stem(labels.video.name)}/{stem}{options.suffix}",)


IMAGENET_VID = Format(
    name="imagenet-vid",
    title="ImageNet VID",
    suffix="",
    convention=Convention(
        0,
        Shape.INCLUSIVE_CORNERS,
        Unit.PIXELS,
        "by file name, which is the frame counted from 0",
        "no object",
        "whole pixels",
    ),
    can_hold=Capabilities(Identity.IDS, labels=True, absence=False, occlusion=True, sub_pixel=False),
    write=_write_vid,
    read=_read,
    looks_like=_looks_like_vid,
    resolution_px=lambda _video, _options: 0.5,
    image_paths=_vid_image_paths,
)
