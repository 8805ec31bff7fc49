"""VoTT, Microsoft's Visual Object Tagging Tool: JSON of versions 1 and 2; read only.

* Version 2, exported as VoTT JSON or as files `<id>-asset.json` of single images: `regions` of each asset have a
  `boundingBox` of left, top, width, height in pixels, edge to edge, **the first pixel is 0**, and `tags`, of which
  the first is the label; polygons have `points`. Frames of a video name their `parent`, and have a `timestamp` in
  seconds: the frame is the one that is shown then. Other assets are images, whose name says which frame it is.
* Version 1: `frames` have the names of images, or numbers that count from 1 at `framerate` frames a second, and
  regions `x1`, `y1`, `x2`, `y2` in pixels of a picture of `width` and `height`.

Sources: microsoft/VoTT `src/models/applicationState.ts`, `services/importService.ts` (time of a frame of version
1), `videoAsset.tsx` (`timestamp`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Convention, LabelReader, Shape, Unit
from dlst_gui.formats.labels.model import NO_ATTRIBUTES, UNNAMED, AnnotatedVideo, LabelSet
from dlst_gui.formats.labels.original_shape import POLYGON, OriginalShape
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.file_parts import FilePart, chosen_part
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, frames_shown_at, read_by_evidence
from dlst_gui.formats.reading.image_boxes import ImageBoxes
from dlst_gui.formats.syntax.input_files import any_files_under, files_under
from dlst_gui.formats.syntax.json_input import JsonObject, lists_named
from dlst_gui.formats.syntax.json_stream import JsonStream

_ASSET = "-asset.json"


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    boxes = ImageBoxes(path, "region")
    if path.is_file() and _is_first_version(path, tick):
        return _read_first_version(boxes, video, tick, options)
    parts: dict[str, FilePart] = {}
    for asset, _ in _assets(path, tick):
        if "parent" in asset:
            name = _name_of(asset.object_at("parent"))
            parts[name] = FilePart(name, (name,))
    chosen = chosen_part(path, [*parts.values()], video, options, boxes.report).key if parts else None
    times_s: dict[str, float] = {}
    others = 0
    for asset, regions in _assets(path, tick):
        if not regions:
            continue
        name = _name_of(asset)
        if chosen is not None:
            if "parent" not in asset or _name_of(asset.object_at("parent")) != chosen:
                others += 1
                continue
            time = asset.number("timestamp")
            name = f"{name}, {time:g} s"
            times_s[name] = time
        _check_size(asset, video)
        boxes.begin_image(name)
        for region in regions:
            _take(boxes, region)
    if others:
        boxes.report.note(f"Images or frames of other videos in the file, which were not read: {others:,}.")
    return boxes.labels(video, options, tick, None if chosen is None else _frames(times_s, video))


def _frames(times_s: Mapping[str, float], video: AnnotatedVideo) -> dict[str, int]:
    return dict(zip(times_s, frames_shown_at([*times_s.values()], video).tolist(), strict=True))


def _assets(path: Path, tick: Tick) -> Iterator[tuple[JsonObject, list[JsonObject]]]:
    """Each asset, and its regions."""
    if path.is_dir():
        names = [name for name in files_under(path, ".json", tick) if name.lower().endswith(_ASSET)]
        if not names:
            raise FormatError(path, f"there are no files *{_ASSET} in this folder")
        for number, name in enumerate(names):
            tick(number, len(names))
            yield _asset(JsonObject(path / name, "top level", JsonStream(path / name).value()))
        return
    stream = JsonStream(path, tick)
    single = {}
    is_there = False
    for name in stream.names("top level"):
        if name == "assets":
            is_there = True
            for key in stream.names(name):
                yield _asset(JsonObject(path, f"assets, {key}", stream.value()))
        elif name in {"asset", "regions"}:
            single[name] = stream.value()
    stream.finish()
    if single and not is_there:
        yield _asset(JsonObject(path, "top level", single))
    elif not is_there:
        raise FormatError(path, "there is no 'assets'", "top level")


def _asset(found: JsonObject) -> tuple[JsonObject, list[JsonObject]]:
    # A project file, which is no export, lists assets without their regions.
    asset = found.object_at("asset") if "asset" in found else found
    return asset, [*found.objects("regions", may_miss=True)]


def _name_of(asset: JsonObject) -> str:
    return asset.text("name", "") or asset.text("path")


def _check_size(asset: JsonObject, video: AnnotatedVideo) -> None:
    if "size" not in asset:
        return
    size = asset.object_at("size")
    width, height = size.number("width", video.width), size.number("height", video.height)
    if (width, height) != (video.width, video.height):
        raise asset.error(f"is {width:g}x{height:g} pixels, the video's frames are {video.width}x{video.height}")


def _take(boxes: ImageBoxes, region: JsonObject) -> None:
    kind = region.text("type", "RECTANGLE")
    attributes: Mapping[str, str] = NO_ATTRIBUTES
    if kind == "POLYGON" and "points" in region:
        points = [(each.number("x"), each.number("y")) for each in region.objects("points")]
        if not points:
            raise region.error("expected points, there are none")
        shape = OriginalShape(POLYGON, (tuple(value for pair in points for value in pair),))
        xywh = shape.around()
        boxes.report.converted[POLYGON] += 1
        attributes = boxes.shapes.keep(shape)
    else:
        box = region.object_at("boundingBox")
        left, top, width, height = (box.number(name) for name in ("left", "top", "width", "height"))
        xywh = (left, top, width, height)
    boxes.add(xywh, region.first_text("tags") or UNNAMED, place=boxes.count, attributes=attributes or None)


def _read_first_version(boxes: ImageBoxes, video: AnnotatedVideo, tick: Tick, options: ReadOptions) -> LabelSet:
    path = boxes.path
    stream = JsonStream(path, tick)
    rate = ""
    found: dict[str, list[JsonObject]] = {}
    for name in stream.names("top level"):
        if name == "frames":
            for key in stream.names(name):
                value = stream.value()
                listed = JsonObject(path, f"frames, {key}", {"regions": value})
                found[key] = [*listed.objects("regions")]
        elif name == "framerate":
            rate = str(stream.value())
    stream.finish()
    are_numbers = all(key.isascii() and key.isdecimal() and len(key) < 10 for key in found)
    numbers = FrameNumbers(1, video.frame_count, options)
    indices: dict[str, int] = {}
    for key, regions in found.items():
        boxes.begin_image(key)
        if are_numbers:
            indices[key] = numbers.index(int(key))
        for region in regions:
            left, top, right, bottom = (region.number(name) for name in ("x1", "y1", "x2", "y2"))
            across = video.width / (region.number("width", video.width) or video.width)
            down = video.height / (region.number("height", video.height) or video.height)
            xywh = (left * across, top * down, (right - left) * across, (bottom - top) * down)
            boxes.add(xywh, region.first_text("tags") or UNNAMED, place=boxes.count)
    fps = _rate(path, rate)
    frames = _frames({key: index / fps for key, index in indices.items()}, video) if fps else indices
    return boxes.labels(video, options, tick, frames if are_numbers else None)


def _rate(path: Path, text: str) -> float:
    """Frames a second; 0 where the file does not say."""
    try:
        rate = float(text or 0)
    except ValueError:
        rate = -1
    if not 0 <= rate < 1e6:
        raise FormatError(path, f"expected frames per second for 'framerate', got {text!r:.40}", "top level")
    return rate


def _is_first_version(path: Path, tick: Tick) -> bool:
    return bool(lists_named(path, {"frames"}, bracket="{", tick=tick)) and bool(
        lists_named(path, {"inputTags"}, bracket='"', tick=tick)
    )


def _looks_like(path: Path, tick: Tick = untold) -> bool:
    if path.is_dir():
        try:
            first = next(any_files_under(path, _ASSET), None)
        except FormatError:
            return False
        return first is not None and _looks_like(path / first, tick)
    if path.is_file() and _is_first_version(path, tick):
        return True
    unlike = {"items", "annotations", "shapes"}
    has_regions = bool(lists_named(path, {"regions"}, without=unlike, tick=tick))
    found = lists_named(path, {"assets", "asset", "shape_attributes"}, bracket="{", tick=tick)
    return has_regions and bool(found) and "shape_attributes" not in found


VOTT = LabelReader(
    name="vott",
    title="VoTT JSON",
    convention=Convention(
        0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "by time, or by image name", "no region", "as it is written"
    ),
    read=_read,
    looks_like=_looks_like,
)
