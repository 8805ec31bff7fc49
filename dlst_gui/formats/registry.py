"""All label formats, by name or by what a file looks like, and reading from zips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlst_gui.formats.datasets.coco import COCO
from dlst_gui.formats.datasets.davis import DAVIS
from dlst_gui.formats.datasets.tao import TAO
from dlst_gui.formats.datasets.voc import IMAGENET_VID, VOC
from dlst_gui.formats.datasets.yolo import YOLO
from dlst_gui.formats.datasets.youtube_vis import YOUTUBE_VIS
from dlst_gui.formats.errors import FormatError, UnknownFormatError
from dlst_gui.formats.format import Format, LabelReader
from dlst_gui.formats.labels.model import AnnotatedVideo, LabelSet
from dlst_gui.formats.own.project_csv import CSV
from dlst_gui.formats.own.project_jsonl import JSONL
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.sequences.got10k import GOT10K
from dlst_gui.formats.sequences.lasot import LASOT
from dlst_gui.formats.sequences.otb import OTB
from dlst_gui.formats.sequences.single_object import TLP, TRACKINGNET, UAV123
from dlst_gui.formats.sequences.vot import VOT
from dlst_gui.formats.sequences.youtube_bb import YOUTUBE_BB
from dlst_gui.formats.syntax.archives import unpacked
from dlst_gui.formats.syntax.input_files import is_there
from dlst_gui.formats.syntax.text_input import check_is_text
from dlst_gui.formats.tables.darklabel import DARKLABEL
from dlst_gui.formats.tables.drone_benchmarks import UAVDT, VISDRONE
from dlst_gui.formats.tables.header_table import HEADER_TABLE
from dlst_gui.formats.tables.kitti import KITTI
from dlst_gui.formats.tables.motchallenge import MOT, MOT_RESULTS
from dlst_gui.formats.tables.ua_detrac import UA_DETRAC
from dlst_gui.formats.tables.vatic import VATIC
from dlst_gui.formats.tables.viame_csv import VIAME_CSV
from dlst_gui.formats.tools.cvat import CVAT
from dlst_gui.formats.tools.datumaro_json import DATUMARO
from dlst_gui.formats.tools.dive import DIVE
from dlst_gui.formats.tools.label_studio import LABEL_STUDIO
from dlst_gui.formats.tools.labelme import LABELME
from dlst_gui.formats.tools.scalabel import SCALABEL
from dlst_gui.formats.tools.via import VIA
from dlst_gui.formats.tools.vott import VOTT

FORMATS: tuple[Format, ...] = (
    *(CSV, JSONL),
    *(OTB, VOT, GOT10K, LASOT),
    *(MOT, MOT_RESULTS, KITTI, VISDRONE),
    *(COCO, TAO, YOLO, VOC),
    *(CVAT, LABEL_STUDIO, DARKLABEL, VIAME_CSV, YOUTUBE_BB),
    *(LABELME, SCALABEL, DIVE, DATUMARO, IMAGENET_VID),
)
"""In the order in which they are offered."""

_UNKNOWN = (
    "is in no known label format; make a CSV of it with the columns frame,id,label,x,y,w,h, or choose the format"
    " it is in"
)

READERS: tuple[LabelReader, ...] = (
    *FORMATS,
    *(HEADER_TABLE, TLP, UAV123, TRACKINGNET, UAVDT, UA_DETRAC),
    *(YOUTUBE_VIS, DAVIS, VATIC, VIA, VOTT),
)
"""Everything that is read; some of it is not written."""


def format_named(name: str) -> Format:
    """The format of this name that can be written; ValueError where there is none."""
    found = next((each for each in FORMATS if each.name == name), None)
    if found is None:
        raise ValueError(f"expected one of {', '.join(each.name for each in FORMATS)}, got {name!r}")
    return found


def reader_named(name: str) -> LabelReader:
    """The format of this name that can be read; ValueError where there is none."""
    found = next((each for each in READERS if each.name == name), None)
    if found is None:
        raise ValueError(f"expected one of {', '.join(each.name for each in READERS)}, got {name!r}")
    return found


def detected(path: Path, tick: Tick = untold) -> LabelReader:
    """The format of a file or folder, by its content alone.

    Raises:
        FormatError: it is of none, or it cannot be told of which.
    """
    with unpacked(path, tick) as inner:
        fitting = _fitting(inner, tick)
        if len(fitting) > 1:
            raise _undecided(inner, fitting)
        return fitting[0]


def _fitting(path: Path, tick: Tick) -> list[LabelReader]:
    if not is_there(path):
        raise FormatError(path, "there is no such file or folder")
    fitting = [each for each in READERS if each.looks_like(path, tick)]
    if not fitting:
        check_is_text(path)
        raise UnknownFormatError(path, _UNKNOWN)
    return fitting


def _undecided(path: Path, readers: Sequence[LabelReader]) -> UnknownFormatError:
    names = [f"{each.name} ({each.title})" for each in readers]
    listed = f"{', '.join(names[:-1])} or {names[-1]}"
    return UnknownFormatError(path, f"could be {listed}, which give different boxes; choose the format it is in")


def read_labels(
    path: Path,
    video: AnnotatedVideo,
    label_format: LabelReader | None = None,
    tick: Tick = untold,
    options: ReadOptions = AS_THE_FILE_SAYS,
) -> LabelSet:
    """Labels from a file, a folder, or a zip of either; None: the format is detected.

    Raises:
        FormatError: with the file and the line; nothing has been changed.
    """
    return read_any(path, video, label_format, tick, options)[1]


def read_any(
    path: Path,
    video: AnnotatedVideo,
    label_format: LabelReader | None,
    tick: Tick,
    options: ReadOptions = AS_THE_FILE_SAYS,
) -> tuple[LabelReader, LabelSet]:
    """The same, and which format it is; a zip is unpacked once.

    Where a file fits several formats it is read as each: those that cannot read it, or leave more of it out, are
    none of it. If several are left that give the same boxes, any will do; otherwise nothing decides.
    """
    with unpacked(path, tick) as inner:
        if label_format is not None:
            return label_format, label_format.read(inner, video, tick, options)
        fitting = _fitting(inner, tick)
        if len(fitting) == 1:
            return fitting[0], fitting[0].read(inner, video, tick, options)
        return _decided(inner, video, fitting, tick, options)


def _decided(
    path: Path, video: AnnotatedVideo, fitting: Sequence[LabelReader], tick: Tick, options: ReadOptions
) -> tuple[LabelReader, LabelSet]:
    read: list[tuple[LabelReader, LabelSet]] = []
    failure: FormatError | None = None
    for each in fitting:
        try:
            read.append((each, each.read(path, video, tick, options)))
        except FormatError as error:
            failure = failure or error
    if not read:
        raise failure or _undecided(path, fitting)
    least = min(labels.report.skipped_count for _, labels in read)
    best = [(each, labels) for each, labels in read if labels.report.skipped_count == least]
    chosen, labels = best[0]
    if any(not _same_boxes(labels, other) for _, other in best[1:]):
        raise _undecided(path, [each for each, _ in best])
    worse = [each.name for each in fitting if each not in [one for one, _ in best]]
    if worse:
        labels.report.assume(f"Read as {chosen.name}: as {' or '.join(worse)} it would be wrong or lose boxes.")
    return chosen, labels


def _same_boxes(one: LabelSet, other: LabelSet) -> bool:
    def facts(labels: LabelSet) -> list[tuple[int, str]]:
        return [(track.track_id, track.label) for track in labels.tracks]

    return facts(one) == facts(other) and all(
        np.array_equal(mine.columns.frame_indices, theirs.columns.frame_indices)
        and np.allclose(mine.columns.boxes_xywh, theirs.columns.boxes_xywh)
        for mine, theirs in zip(one.tracks, other.tracks, strict=True)
    )
