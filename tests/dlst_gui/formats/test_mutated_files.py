"""Files with something changed at random: read or refused in words, and no box is dropped in silence.

Small samples of every format are changed byte by byte, token by token and row by row, the same in every run.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import LabelReader, WriteOptions
from dlst_gui.formats.labels.model import SOURCES, AnnotatedVideo, BoxSource, LabelSet
from dlst_gui.formats.registry import FORMATS, READERS, reader_named
from tests.dlst_gui.formats.made_labels import boxes_at, label_set
from tracker_core import Box

VIDEO = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=12, fps=25.0)
MUTATIONS = 70
"""Of each format: more than two thousand in all."""

WITH_LINES = frozenset({"cvat", "vatic", "csv", "jsonl", "dive"})
"""Formats whose files may have boxes that are said to be interpolated."""

ROWS = [f"{frame},{track},{10 * track + frame},20,30,40" for frame in range(1, 13) for track in (1, 2)]
XML_TARGET = (
    '<target id="{0}"><box left="10" top="{1}" width="30" height="40"/><attribute vehicle_type="car"/></target>'
)
VIA_REGIONS = (
    '{"shape_attributes": {"name": "rect", "x": 1, "y": 2, "width": 30, "height": 40}, "region_attributes":'
    ' {"class": "car", "track": "3"}}, {"shape_attributes": {"name": "polygon", "all_points_x": [9, 20, 15],'
    ' "all_points_y": [9, 9, 30]}, "region_attributes": {"class": "dog"}}'
)
SAMPLES = {
    "table": ("a.csv", "frame,id,x,y,w,h\n" + "\n".join(ROWS)),
    "tlp": ("groundtruth_rect.txt", "\n".join(f"{frame},{frame},20,30,40,0" for frame in range(1, 13))),
    "uav123": ("UAV123/a.txt", "\n".join(f"{frame},20,30,40" for frame in range(1, 13))),
    "trackingnet": ("anno/a.txt", "\n".join(f"{frame},20,30,40" for frame in range(1, 13))),
    "visdrone": ("a.txt", "\n".join(f"{row},1,4,0,0" for row in ROWS)),
    "uavdt": ("a_gt_whole.txt", "\n".join(f"{row},1,1,1" for row in ROWS)),
    "ua-detrac": (
        "a.xml",
        "<sequence>"
        + "".join(
            f'<frame num="{frame}"><target_list>{XML_TARGET.format(1, frame)}{XML_TARGET.format(2, 90)}'
            "</target_list></frame>\n"
            for frame in range(1, 13)
        )
        + "</sequence>",
    ),
    "youtube-vis": (
        "a.json",
        '{"videos": [{"id": 1, "width": 640, "height": 480, "length": 2, "file_names": ["a/0.jpg", "a/1.jpg"]}],'
        ' "categories": [{"id": 1, "name": "car"}], "annotations": [{"id": 1, "video_id": 1, "category_id": 1,'
        ' "bboxes": [[1, 2, 3, 4], null]}, {"id": 2, "video_id": 1, "category_id": 1,'
        ' "bboxes": [null, [9, 9, 5, 5]]}]}',
    ),
    "via": (
        "a.json",
        '{"_via_img_metadata": {'
        + ", ".join(
            f'"a{frame}": {{"filename": "clip_{frame:06d}.jpg", "size": 1, "regions": [{VIA_REGIONS}],'
            ' "file_attributes": {}}'
            for frame in range(4)
        )
        + '}, "_via_attributes": {}}',
    ),
    "vott": (
        "a.json",
        '{"name": "x", "assets": {'
        + ", ".join(
            f'"{frame}": {{"asset": {{"name": "clip.mp4#t={frame / 25}", "timestamp": {frame / 25}, "type": 3,'
            ' "size": {"width": 640, "height": 480}, "parent": {"name": "clip.mp4"}}, "regions":'
            ' [{"type": "RECTANGLE", "tags": ["car"],'
            f' "boundingBox": {{"left": {frame}, "top": 2, "width": 30, "height": 40}}}}]}}'
            for frame in range(4)
        )
        + "}}",
    ),
    "vatic": (
        "a.txt",
        "\n".join(f'{track} 1 2 30 40 {frame} 0 0 0 "fish"' for frame in range(12) for track in (0, 1)),
    ),
    "viame-csv": (
        "a.csv",
        "# head\n"
        + "\n".join(f"{track},x,{frame},1,2,30,40,1,-1,fish,1" for frame in range(12) for track in (0, 1)),
    ),
}


def sample(reader: LabelReader, folder: Path) -> Path:
    """A file or folder of a format, and where it is."""
    if reader.name == "davis":
        folder = folder / "masks"
        folder.mkdir()
        for number in range(3):
            pixels = np.zeros((VIDEO.height, VIDEO.width), dtype=np.uint8)
            pixels[10 + number : 40, 20:50], pixels[100:110, 9:30] = 1, 2
            image = Image.fromarray(pixels, "P")
            image.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
            image.save(folder / f"{number:05d}.png")
        return folder
    if reader.name in SAMPLES:
        name, text = SAMPLES[reader.name]
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path
    label_format = next(each for each in FORMATS if each.name == reader.name)
    one = boxes_at({index: Box(10 + index, 20.5, 30.25, 40) for index in range(12)})
    other = boxes_at({index: Box(200, 20 + 5 * index, 50, 60) for index in (2, 3, 7)})
    path = folder / f"labels{label_format.suffix}"
    label_format.write(label_set(one, other, video=VIDEO, labels=("dog", "cat")), path, WriteOptions())
    return path


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The same with one thing changed."""
    kind = chance.randrange(6)
    at = chance.randrange(max(len(data), 1))
    if kind == 0:
        return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
    if kind == 1:
        return data[:at]
    numbers = [*re.finditer(rb"-?\d+(\.\d+)?", data)]
    if kind in {2, 3} and numbers:
        found = chance.choice(numbers)
        new = chance.choice([b"0", b"-1", b"1e9", b"-40", b"99999", b"nan", b"1.5", b"", b"null", b"12", b"13"])
        return data[: found.start()] + new + data[found.end() :]
    lines = data.split(b"\n")
    row = chance.randrange(len(lines))
    if kind == 4:
        return b"\n".join([*lines[:row], lines[row], *lines[row:]])
    return b"\n".join([*lines[:row], *lines[row + 1 :]])


def given_boxes(labels: LabelSet) -> int:
    """Boxes that are on their frames and follow from no others."""
    interpolated = SOURCES.index(BoxSource.INTERPOLATED)
    return sum(
        int((track.columns.is_present & (track.columns.sources != interpolated)).sum()) for track in labels.tracks
    )


def readings(reader: LabelReader) -> Iterator[tuple[Path, bytes, LabelSet | FormatError]]:
    chance = random.Random(reader.name)
    with tempfile.TemporaryDirectory() as name:
        path = sample(reader, Path(name))
        files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
        for _ in range(MUTATIONS):
            file = chance.choice(files)
            before = file.read_bytes()
            after = mutated(before, chance)
            file.write_bytes(after)
            try:
                yield file, after, reader.read(path, VIDEO)
            except FormatError as error:
                yield file, after, error
            file.write_bytes(before)


@pytest.mark.parametrize("reader", READERS, ids=lambda each: each.name)
def test_mutated_file_when_read_then_it_is_refused_in_words_or_every_box_is_accounted_for(
    reader: LabelReader,
) -> None:
    for file, _, outcome in readings(reader):
        if isinstance(outcome, FormatError):
            assert outcome.problem
            continue
        report = outcome.report
        assert report.boxes_in_file == report.read + report.skipped_count
        if reader.name in WITH_LINES:
            assert given_boxes(outcome) <= report.read <= outcome.box_count(), file
        elif reader.name != "label-studio":  # which puts a box on the last frame where its file has none
            assert report.read == given_boxes(outcome), file
        for track in outcome.tracks:
            columns = track.columns
            assert bool(np.isfinite(columns.boxes_xywh).all())
            assert bool((columns.boxes_xywh[:, 2:] > 0).all())
            assert not len(columns) or 0 <= columns.frame_indices[0] <= columns.frame_indices[-1] < 12


COUNTED: dict[str, Callable[[str], int]] = {
    name: lambda text: sum(bool(line.strip()) for line in text.split("\n"))
    for name in (
        "mot-results",
        "kitti",
        "darklabel",
        "visdrone",
        "uavdt",
        "tlp",
        "uav123",
        "trackingnet",
        "youtube-bb",
    )
}
COUNTED["csv"] = COUNTED["table"] = lambda text: sum(bool(line.strip()) for line in text.split("\n")[1:])
COUNTED["ua-detrac"] = lambda text: text.count("<target ")


@pytest.mark.parametrize("name", sorted(COUNTED))
def test_mutated_file_when_its_boxes_are_counted_by_another_way_then_none_is_missing(name: str) -> None:
    counted = 0
    for _, data, outcome in readings(reader_named(name)):
        if isinstance(outcome, LabelSet):
            report = outcome.report
            assert COUNTED[name](data.decode("utf-8", "replace")) == report.boxes_in_file + report.absent
            counted += 1
    assert counted > 10
