"""All label formats, by name or by what a file looks like, and reading from zips."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.formats.archives import unpacked
from dlst_gui.formats.coco import COCO
from dlst_gui.formats.cvat import CVAT
from dlst_gui.formats.darklabel import DARKLABEL
from dlst_gui.formats.errors import FormatError, UnknownFormatError
from dlst_gui.formats.format import Format
from dlst_gui.formats.got10k import GOT10K
from dlst_gui.formats.input_files import is_there
from dlst_gui.formats.kitti import KITTI
from dlst_gui.formats.label_studio import LABEL_STUDIO
from dlst_gui.formats.lasot import LASOT
from dlst_gui.formats.model import AnnotatedVideo, LabelSet
from dlst_gui.formats.motchallenge import MOT, MOT_RESULTS
from dlst_gui.formats.otb import OTB
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.project_csv import CSV
from dlst_gui.formats.project_jsonl import JSONL
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.tao import TAO
from dlst_gui.formats.voc import VOC
from dlst_gui.formats.vot import VOT
from dlst_gui.formats.yolo import YOLO
from dlst_gui.formats.youtube_bb import YOUTUBE_BB

FORMATS: tuple[Format, ...] = (
    *(CSV, JSONL),
    *(OTB, VOT, GOT10K, LASOT),
    *(MOT, MOT_RESULTS, KITTI),
    *(COCO, TAO, YOLO, VOC),
    *(CVAT, LABEL_STUDIO, DARKLABEL, YOUTUBE_BB),
)
"""In the order in which they are offered."""


def format_named(name: str) -> Format:
    """The format of this name; ValueError where there is none."""
    found = next((each for each in FORMATS if each.name == name), None)
    if found is None:
        raise ValueError(f"expected one of {', '.join(each.name for each in FORMATS)}, got {name!r}")
    return found


def detected(path: Path, tick: Tick = untold) -> Format:
    """The format of a file or folder, by its content.

    Raises:
        FormatError: it is of none, or it cannot be told of which.
    """
    with unpacked(path, tick) as inner:
        return _detected(inner, tick)


def _detected(path: Path, tick: Tick) -> Format:
    if not is_there(path):
        raise FormatError(path, "there is no such file or folder")
    fitting = [each for each in FORMATS if each.looks_like(path, tick)]
    if not fitting:
        raise UnknownFormatError(path, "is in no known label format; choose the format it is in")
    if len(fitting) > 1:
        names = ", ".join(each.name for each in fitting)
        raise UnknownFormatError(path, f"could be {names}; choose the format it is in")
    return fitting[0]


def read_labels(
    path: Path,
    video: AnnotatedVideo,
    label_format: Format | None = None,
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
    label_format: Format | None,
    tick: Tick,
    options: ReadOptions = AS_THE_FILE_SAYS,
) -> tuple[Format, LabelSet]:
    """The same, and which format it is; a zip is unpacked once."""
    with unpacked(path, tick) as inner:
        known = label_format or _detected(inner, tick)
        return known, known.read(inner, video, tick, options)
