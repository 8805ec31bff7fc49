"""Benchmarks whose boxes do not lie with their images: UAV123 and NFS, told by the names of their folders.

    UAV123   data_seq/UAV123/<folder>/000001.jpg    anno/UAV123/<sequence>.txt
    UAV20L   data_seq/UAV123/<folder>/000001.jpg    anno/UAV20L/<sequence>.txt
    NFS      <sequence>/30/<sequence>/00001.jpg     <sequence>/30/<sequence>.txt    every eighth row is of a frame
    NFS      <sequence>/240/<sequence>/00001.jpg    <sequence>/240/<sequence>.txt   every row is

Rows of UAV123 and UAV20L are x,y,width,height, the first pixel 1; those of NFS have left, top, right, bottom.

The folder that is given is the one that holds `anno` and `data_seq`, or NFS's sequences; where both lists of UAV
are there, one of them. Sequences of UAV123
that share images start where its toolkit says. Sources: got10k 0.1.3, `datasets/uav123.py`, `datasets/nfs.py`;
the benchmarks' readmes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.video import open_source
from dlst_gui.video.ground_truth import Boxes, boxes_from_rows, read_rows
from tracker_core import Box

UAV_IMAGES = Path("data_seq") / "UAV123"
UAV_LISTS = (Path("anno") / "UAV123", Path("anno") / "UAV20L")

UAV_STARTS: Mapping[str, int] = MappingProxyType(
    {
        **{"bird1_2": 775, "bird1_3": 1573, "car1_2": 751, "car1_3": 1627, "car6_2": 487, "car6_3": 1807},
        **{"car6_4": 2953, "car6_5": 3925, "car8_2": 1357, "car16_2": 415, "group1_2": 1333, "group1_3": 2515},
        **{"group1_4": 3925, "group2_2": 907, "group2_3": 1771, "group3_2": 1567, "group3_3": 2827},
        **{"group3_4": 4369, "person2_2": 1189, "person4_2": 1501, "person5_2": 877, "person7_2": 1249},
        **{"person8_2": 1075, "person12_2": 601, "person14_2": 847, "person14_3": 1813, "person17_2": 1501},
        **{"person19_2": 1243, "person19_3": 2791, "truck4_2": 577, "uav1_2": 1555, "uav1_3": 2473},
    }
)
"""First image of sequences of UAV123 that do not start with the first; those of UAV20L all do."""

NFS_RATES = ("30", "240")  # frames per second
NFS_STEP = 8  # rows of 240 per frame of 30


@dataclass(frozen=True, slots=True)
class ApartSequence:
    """A sequence whose boxes lie in a file apart.

    Attributes:
        images: folder of them.
        first_frame: 0-based.
        truth_file: of this sequence alone.
        is_nfs: whether its rows are NFS's.
    """

    name: str
    images: Path
    first_frame: int
    truth_file: Path
    is_nfs: bool

    def read(self) -> tuple[Boxes, tuple[int, int]]:
        """Boxes by frame from `first_frame` on, and the size of the images.

        Raises:
            VideoError, CommandError: images or boxes cannot be read.
        """
        with open_source(self.images) as source:
            count, size = source.frame_count - self.first_frame, (source.width, source.height)
        if self.is_nfs:
            boxes = _nfs_boxes(self.truth_file)
            if len(boxes) > count + 1:  # the same file for both rates
                boxes = boxes[::NFS_STEP]
        else:
            rows = read_rows(self.truth_file)
            boxes = boxes_from_rows(rows, len(rows), origin=1)
        return boxes[:count], size


def apart_sequences(folder: Path) -> tuple[ApartSequence, ...]:
    """Those of UAV123 or NFS in a folder; none where it is laid out in another way.

    Raises CommandError where it has both lists of UAV, which give different sequences the same names.
    """
    for boxes in UAV_LISTS:
        root = folder.parent.parent
        if folder == root / boxes and (root / UAV_IMAGES).is_dir():
            return _uav_sequences(root, folder)
    if (folder / UAV_IMAGES).is_dir():
        lists = [folder / boxes for boxes in UAV_LISTS if any((folder / boxes).glob("*.txt"))]
        if len(lists) > 1:
            raise CommandError(f"{folder} holds two benchmarks; give {' or '.join(map(str, lists))}")
        return _uav_sequences(folder, lists[0]) if lists else ()
    return tuple(
        ApartSequence(child.name, child / rate / child.name, 0, file, is_nfs=True)
        for child in sorted(folder.iterdir())
        for rate in NFS_RATES
        if (file := child / rate / f"{child.name}.txt").is_file() and (child / rate / child.name).is_dir()
    )


def _uav_sequences(folder: Path, annotations: Path) -> tuple[ApartSequence, ...]:
    return tuple(
        ApartSequence(file.stem, _uav_images(folder, file.stem), _uav_start(file), file, is_nfs=False)
        for file in sorted(annotations.glob("*.txt"))
    )


def _uav_images(folder: Path, name: str) -> Path:
    """`car1_2` shares the images of `car1`, `person1_s` has its own."""
    own = folder / UAV_IMAGES / name
    return own if own.is_dir() else folder / UAV_IMAGES / re.sub(r"_\d+$", "", name)


def _uav_start(file: Path) -> int:
    return UAV_STARTS.get(file.stem, 1) - 1 if file.parent.name == "UAV123" else 0


def _nfs_boxes(path: Path) -> Boxes:
    """Rows of VATIC: track, left, top, right, bottom, frame, lost, occluded, generated, label; first pixel 0."""
    boxes: list[Box | None] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split()
        try:
            left, top, right, bottom = map(float, words[1:5])
        except ValueError as error:
            raise CommandError(
                f"{path}: expected rows of NFS, such as 0 10 20 30 40 1 0 0 0, got {line!r}"
            ) from error
        box = Box(left, top, right - left, bottom - top)
        is_lost = len(words) > 6 and words[6] == "1"
        boxes.append(box if box.is_valid and not is_lost else None)
    return tuple(boxes)
