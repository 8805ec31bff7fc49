"""UA-DETRAC: one XML file for each video with the vehicles of every frame; read only.

`<frame num="1">` counts frames **from 1**; a `<target id="1">` has a `<box left top width height>` in pixels, of
which readers take the first as 0 (no source was found that says), and an `<attribute>` with `vehicle_type`. Of a
target that is hidden, `<occlusion>` has a `<region_overlap>`. Boxes in `<ignored_region>` are no objects and are
not read.

Sources: converters of `DETRAC-Train-Annotations-XML` to VOC, MOT and COCO (w5688414/datasets-preprocessing:
`num` with five digits is the number of the image, the first of which is `img00001.jpg`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dlst_gui.formats.format import Convention, LabelReader, Shape, Unit
from dlst_gui.formats.labels.model import UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.frame_numbers import FrameNumbers, read_by_evidence
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.syntax.xml_input import Element, elements_of, root_of
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_FRAME = "sequence/frame"
_TARGET = f"{_FRAME}/target_list/target"


@read_by_evidence
def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options)
    numbers = FrameNumbers(1, video.frame_count, options)
    index, ignored = 0, 0
    target: dict[str, Element] = {}
    for element in elements_of(path, tick):
        inner = element.path.removeprefix(f"{_TARGET}/")
        if element.path == _TARGET and element.is_end:
            _put(built, target, index)
        elif element.is_end:
            continue
        elif element.path == _FRAME:
            index = numbers.index(element.whole("num"))
        elif element.path == _TARGET:
            target = {"": element}
        elif inner in {"box", "attribute", "occlusion/region_overlap"}:
            target[inner] = element
        elif element.path == "sequence/ignored_region/box":
            ignored += 1
    numbers.finish(built.report)
    if ignored:
        built.report.skip("regions that are ignored are no objects", "ignored_region", ignored)
    return built.labels(Gaps.ABSENT, tick=tick)


def _put(built: LabelBuilder, target: Mapping[str, Element], index: int) -> None:
    begun = target[""]
    if "box" not in target:
        raise begun.error("there is no <box>")
    box = Box(*(target["box"].number(name) for name in ("left", "top", "width", "height")))
    label = target["attribute"].attributes.get("vehicle_type", "") if "attribute" in target else ""
    is_hidden = "occlusion/region_overlap" in target
    visibility = Visibility.OCCLUDED if is_hidden else Visibility.VISIBLE
    made = LabelledBox(index, box, visibility=visibility)
    built.add(begun.whole("id"), made, place=begun.line, label=label or UNNAMED)


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    return path.is_file() and path.suffix.lower() == ".xml" and root_of(path) == "sequence"


UA_DETRAC = LabelReader(
    name="ua-detrac",
    title="UA-DETRAC",
    convention=Convention(0, Shape.LEFT_TOP_SIZE, Unit.PIXELS, "counted from 1", "no target", "as it is written"),
    read=_read,
    looks_like=_looks_like,
)
