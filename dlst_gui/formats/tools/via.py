"""VGG Image Annotator (VIA): versions 1 and 2 as JSON and CSV, and version 3 as JSON; read only.

* Versions 1 and 2 are about images: each has a `filename` and `regions` with `shape_attributes`: a `name` (rect,
  circle, ellipse, polygon, polyline, point) and numbers in pixels, **the first pixel is 0**. A project has the
  images in `_via_img_metadata`; as CSV each region is a row, with the attributes as JSON in its cells. Which
  frame an image is, its name says.
* Version 3 knows videos: `metadata` has `z`, a time in seconds, and `xy`, the kind of the shape (1 point, 2
  rectangle, 3 circle, 4 ellipse, 5 line, 6 polyline, 7 polygon) and its numbers. The frame is the one that is
  shown at that time. Entries with two times are segments in time without a shape, which are passed over.

The label is the region's attribute that is called so (label, class, name, type, category, ...), else its first
text; of several choices the first. Attributes called track, track_id, object_id or id say which regions are one
object.

Sources: VIA `via-2.x.y/src/via.js` (`pack_via_metadata`, `import_annotations_from_csv`), `via-3.x.y/CodeDoc.md`
(`_VIA_RSHAPE`); movement's `io/load_bboxes.py` for tracks.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.format import Convention, LabelReader, Shape, Unit
from dlst_gui.formats.labels.model import NO_ATTRIBUTES, UNNAMED, AnnotatedVideo, LabelSet
from dlst_gui.formats.labels.original_shape import ELLIPSE, POINTS, POLYGON, POLYLINE, OriginalShape
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part
from dlst_gui.formats.reading.frame_numbers import frames_shown_at
from dlst_gui.formats.reading.image_boxes import NO_TRACK, ImageBoxes
from dlst_gui.formats.syntax.json_input import Json, JsonObject, lists_named, parsed_json
from dlst_gui.formats.syntax.json_stream import JsonStream
from dlst_gui.formats.syntax.masks import Xywh
from dlst_gui.formats.syntax.row_blocks import check_columns
from dlst_gui.formats.syntax.text_input import first_line, lines_of

_COLUMNS = (
    *("filename", "file_size", "file_attributes", "region_count", "region_id"),
    *("region_shape_attributes", "region_attributes"),
)
_LABELS = ("label", "class", "name", "type", "category", "object", "species", "kind")
_TRACKS = ("track", "track_id", "trackid", "object_id", "objectid", "id")
_IMAGES = "_via_img_metadata"
_KINDS = {1: "point", 2: "rect", 3: "circle", 4: "ellipse", 5: "line", 6: "polyline", 7: "polygon"}
_NUMBERS = {"rect": 4, "circle": 3, "ellipse": 4, "point": 2}
_AT_LEAST = {"line": 4, "polyline": 4, "polygon": 6}
_RECT = "rect"
_UPRIGHT = 1e-4
"""Radians; an ellipse of more is turned."""


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    boxes = ImageBoxes(path, "region")
    if _is_csv(path):
        _take_rows(boxes, tick)
        return boxes.labels(video, options, tick)
    if _is_of_videos(path, tick):
        return _read_videos(boxes, video, tick, options)
    stream = JsonStream(path, tick)
    for name in stream.names("top level"):
        if name == _IMAGES:
            for key in stream.names(name):
                _take_image(boxes, JsonObject(path, key, stream.value()))
        elif not name.startswith("_via_"):
            value = stream.value()
            if isinstance(value, dict) and "filename" in value:
                _take_image(boxes, JsonObject(path, name, value))
    stream.finish()
    return boxes.labels(video, options, tick)


def _take_rows(boxes: ImageBoxes, tick: Tick) -> None:
    name = ""
    for place, (line, cells) in enumerate(_rows(boxes.path, tick)):
        if not place or cells[0] != name:
            name = cells[0]
            boxes.begin_image(name)
        shape, said = (_object_in(boxes.path, line, cell) for cell in cells[5:7])
        if "name" in shape:
            _take_region(boxes, shape, said, line)


def _rows(path: Path, tick: Tick) -> Iterator[tuple[int, list[str]]]:
    """The rows of each image one after the other; the file may have them in any order."""
    rows: dict[str, list[tuple[int, list[str]]]] = {}
    for number, line in lines_of(path, tick):
        if number == 1 or not line.strip():
            continue
        check_columns(path, number, line)
        try:
            cells = next(csv.reader([line], strict=True), [])
        except csv.Error as error:
            raise FormatError(path, f"expected fields separated by commas ({error})", f"line {number}") from error
        if len(cells) != len(_COLUMNS):
            problem = f"expected {len(_COLUMNS)} fields separated by commas, got {shortly(line)}"
            raise FormatError(path, problem, f"line {number}")
        rows.setdefault(cells[0], []).append((number, cells))
    for found in rows.values():
        yield from found


def _object_in(path: Path, line: int, cell: str) -> JsonObject:
    return JsonObject(path, f"line {line}", parsed_json(path, f"line {line}", cell or "{}"))


def _take_image(boxes: ImageBoxes, image: JsonObject) -> None:
    boxes.begin_image(image.text("filename"))
    if "regions" not in image:
        return
    regions = image.member("regions")
    # Version 1 numbers them: {"0": {...}}.
    listed = [*regions.values()] if isinstance(regions, dict) else image.values_of("regions")
    for at, value in enumerate(listed):
        region = JsonObject(image.path, f"{image.place}, regions[{at}]", value)
        if "shape_attributes" in region:
            said = region.object_at("region_attributes") if "region_attributes" in region else None
            _take_region(boxes, region.object_at("shape_attributes"), said, boxes.count)


def _take_region(boxes: ImageBoxes, shape: JsonObject, said: JsonObject | None, place: int) -> None:
    kind = shape.text("name")
    if kind in {"polygon", "polyline"}:
        pairs = zip(shape.all_numbers("all_points_x"), shape.all_numbers("all_points_y"), strict=False)
        numbers = [value for pair in pairs for value in pair]
    else:
        names = {
            _RECT: ("x", "y", "width", "height"),
            "circle": ("cx", "cy", "r"),
            "ellipse": ("cx", "cy", "rx", "ry"),
            "point": ("cx", "cy"),
        }
        numbers = [shape.number(name) for name in names.get(kind, ())]
    theta = shape.number("theta", 0) if kind == "ellipse" else 0.0
    _take_shape(
        boxes,
        shape,
        kind,
        numbers,
        {} if said is None else said.members,
        place=place,
        is_turned=abs(theta) > _UPRIGHT,
    )


def _take_shape(
    boxes: ImageBoxes,
    source: JsonObject,
    kind: str,
    numbers: list[float],
    said: Mapping[str, Json],
    *,
    place: int,
    is_turned: bool = False,
) -> None:
    if kind not in _NUMBERS and kind not in _AT_LEAST:
        boxes.report.skip("regions of this kind are not read", f"first: {source.place}, {shortly(kind)}")
        return
    if len(numbers) != _NUMBERS.get(kind, len(numbers)) or len(numbers) < _AT_LEAST.get(kind, 0):
        raise source.error(f"expected numbers of a {kind}, got {shortly(numbers)}")
    attributes: Mapping[str, str] = NO_ATTRIBUTES
    if kind == _RECT:
        x, y, width, height = numbers
        xywh: Xywh = (x, y, width, height)
    else:
        shape = _shape(kind, numbers)
        xywh = shape.around()
        boxes.report.converted[kind] += 1
        attributes = boxes.shapes.only_box(kind) if is_turned else boxes.shapes.keep(shape)
    boxes.add(
        xywh,
        _label_in(said),
        place=place,
        track_id=_track_in(boxes, said),
        attributes=attributes or None,
    )


def _shape(kind: str, numbers: list[float]) -> OriginalShape:
    if kind == "circle":
        x, y, radius = numbers
        return OriginalShape(ELLIPSE, ((x, y, radius, radius),))
    kinds = {"ellipse": ELLIPSE, "point": POINTS, "line": POLYLINE, "polyline": POLYLINE, "polygon": POLYGON}
    return OriginalShape(kinds[kind], (tuple(numbers[: len(numbers) // 2 * 2]),))


def _label_in(said: Mapping[str, Json]) -> str:
    """The label among the attributes of a region."""
    lowered = {name.lower(): value for name, value in reversed([*said.items()])}
    named = [lowered[name] for name in _LABELS if name in lowered]
    others = [value for name, value in said.items() if name.lower() not in _TRACKS]
    return next((text for value in (*named, *others) if (text := _text_in(value))), UNNAMED)


def _text_in(value: Json) -> str:
    """A text; of choices (`{"car": true}`) the first."""
    if isinstance(value, dict):
        return next((name for name, chosen in value.items() if chosen), "")
    return value.strip() if isinstance(value, str) else ""


def _track_in(boxes: ImageBoxes, said: Mapping[str, Json]) -> int:
    lowered = {name.lower(): value for name, value in said.items()}
    for name in _TRACKS:
        value = lowered.get(name)
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _text_in(value)
        if text:
            return boxes.track_of(text)
    return NO_TRACK


@dataclass(frozen=True, slots=True)
class _Views:
    """What a file of version 3 holds.

    Attributes:
        entries: of `metadata`.
        attributes: names by id.
        files: names of files by view: videos, or images.
    """

    entries: list[JsonObject]
    attributes: dict[str, str]
    files: dict[str, str]

    @property
    def are_videos(self) -> bool:
        """Whether shapes have times; else each view is an image."""
        return any("z" in each and each.values_of("z") for each in self.entries)


def _views_in(path: Path, tick: Tick) -> _Views:
    found: dict[str, list[JsonObject]] = {"attribute": [], "file": [], "view": [], "metadata": []}
    stream = JsonStream(path, tick)
    for name in stream.names("top level"):
        if name in found:
            found[name] = [JsonObject(path, key, stream.value()) for key in stream.names(name)]
    stream.finish()
    files = {each.place: each.text("fname", "") for each in found["file"]}
    listed = {each.place: each.values_of("fid_list") for each in found["view"]}
    return _Views(
        found["metadata"],
        {each.place: each.text("aname", each.place) for each in found["attribute"]},
        {key: files.get(str(ids[0]), "") if ids else "" for key, ids in listed.items()},
    )


def _read_videos(boxes: ImageBoxes, video: AnnotatedVideo, tick: Tick, options: ReadOptions) -> LabelSet:
    views = _views_in(boxes.path, tick)
    chosen = None
    if views.are_videos:
        parts = [FilePart(key, (name,)) for key, name in views.files.items()] or [FilePart("", ())]
        chosen = chosen_part(boxes.path, parts, video, options, boxes.report).key
    times_s: dict[str, float] = {}
    others = 0
    for place, entry in enumerate(views.entries):
        xy, view = entry.all_numbers("xy"), entry.plain("vid")
        if not xy:
            continue
        if chosen is not None and view != chosen:
            others += 1
            continue
        image = views.files.get(view, view)
        if chosen is not None:
            (time,) = entry.numbers("z", 1)
            image = f"{image}, {time:g} s"
            times_s[image] = time
        boxes.begin_image(image)
        said = entry.object_at("av").members if "av" in entry else {}
        named = {views.attributes.get(key, key): value for key, value in said.items()}
        _take_shape(boxes, entry, _KINDS.get(int(xy[0]), f"{xy[0]:g}"), xy[1:], named, place=place)
    if others:
        boxes.report.note(f"Regions of other videos in the file, which were not read: {others:,}.")
    frames = dict(zip(times_s, frames_shown_at([*times_s.values()], video).tolist(), strict=True))
    return boxes.labels(video, options, tick, None if chosen is None else frames)


def _is_csv(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def _is_of_videos(path: Path, tick: Tick) -> bool:
    members = lists_named(path, {"metadata", "view", "file"}, bracket="{", tick=tick)
    return len(members) == 3 and "xy" in lists_named(path, {"xy"}, tick=tick)


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    if not path.is_file():
        return False
    if _is_csv(path):
        return tuple(word.strip() for word in first_line(path).lstrip("#").split(",")) == _COLUMNS
    if _is_of_videos(path, tick):
        return True
    found = lists_named(path, {_IMAGES, "shape_attributes", "region_attributes"}, bracket="{", tick=tick)
    return _IMAGES in found or len(found) == 2


VIA = LabelReader(
    name="via",
    title="VGG Image Annotator",
    convention=Convention(
        0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "by image name, or by time", "no region", "as it is written"
    ),
    read=_read,
    looks_like=_looks_like,
)
