"""LaSOT: a folder `class/class-N` per object with `groundtruth.txt` and images `img/00000001.jpg`.

Beside them lie `full_occlusion.txt`, `out_of_view.txt` and `nlp.txt`. Left, top, width, height in pixels; **the
first pixel is 1** ("The smallest should be 1", LaSOT_Evaluation_Toolkit#14; some videos of the extension have
zeros all the same). Line n is the n-th image, and images count from 1. The two files of flags are ONE line each,
with a 0 or a 1 per frame between commas. A frame without the object is a line of zeros, and 1 in
`out_of_view.txt`. Occluded objects have a 1 in `full_occlusion.txt`, partly hidden ones too: how much is hidden
is not known here. Frames with either flag do not count when trackers are measured.

Source: pytracking `lasotdataset.py`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.format import Capabilities, Convention, Format, Identity, Shape, Unit, WriteOptions
from dlst_gui.formats.labels.model import OCCLUDED_CODE, UNNAMED, AnnotatedVideo, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.labels.windows import track_rows
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading.label_builder import LabelBuilder
from dlst_gui.formats.sequences.row_files import flag_at, flags_of, rows_of, tell_of_too_few
from dlst_gui.formats.sequences.row_output import box_lines, flags_for
from dlst_gui.formats.syntax.input_files import is_there
from dlst_gui.formats.syntax.numbers_out import file_stem
from dlst_gui.formats.syntax.text_input import whole_text
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

_FIRST_PIXEL = 1
_ABSENT_LINE = "0,0,0,0\n"


def folder_names(labels: LabelSet) -> tuple[str, ...]:
    """One folder per track, `dog/dog-1`: the first of its label is 1."""
    seen: Counter[str] = Counter()
    names = []
    for track in labels.tracks:
        stem = file_stem(track.label)
        seen[stem] += 1
        names.append(f"{stem}/{stem}-{seen[stem]}")
    return tuple(names)


def _write(labels: LabelSet, path: Path, options: WriteOptions, tick: Tick = untold) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for name, (track, pieces) in zip(folder_names(labels), track_rows(labels, tick), strict=True):
        folder = path / name
        folder.mkdir(parents=True, exist_ok=True)
        occluded: list[str] = []
        absent: list[str] = []
        with (folder / "groundtruth.txt").open("w", encoding="utf-8", newline="\n") as file:
            for rows in pieces:
                file.writelines(
                    rows.filled(box_lines(rows.columns, options, first_pixel=_FIRST_PIXEL), _ABSENT_LINE)
                )
                occluded += rows.filled(flags_for(rows.columns.visibilities == OCCLUDED_CODE), "0")
                absent += rows.filled(["0"] * len(rows.columns), "1")
        _put(folder / "full_occlusion.txt", ",".join(occluded) + "\n")
        _put(folder / "out_of_view.txt", ",".join(absent) + "\n")
        # The label as it is: a folder's name cannot hold every letter.
        _put(folder / "nlp.txt", f"{track.label}\n")


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _read(
    path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS
) -> LabelSet:
    built = LabelBuilder(path, video, options=options)
    for track_id, folder in enumerate(_folders(path), start=1):
        gone, hidden = flags_of(folder / "out_of_view.txt"), flags_of(folder / "full_occlusion.txt")
        file = folder / "groundtruth.txt"
        part = LabelBuilder(file, video, whole=built)
        part.begin_track(1, _label(folder), place=1)
        rows = 0
        for row in rows_of(file, video, tick, options):
            rows = row.line
            if flag_at(gone, rows) or row.numbers is None or row.numbers[2:] == (0, 0):
                built.report.absent += 1
                continue
            if len(row.numbers) != 4:
                raise FormatError(file, "expected x,y,width,height", f"line {rows}")
            x, y, w, h = row.numbers
            visibility = Visibility.OCCLUDED if flag_at(hidden, rows) else Visibility.VISIBLE
            part.add(1, LabelledBox(row.frame_index, Box(x - 1, y - 1, w, h), visibility=visibility), place=rows)
        built.take(track_id, part)
        tell_of_too_few(built.report, file, rows, video)
    return built.labels(Gaps.ABSENT)


def _folders(path: Path) -> list[Path]:
    if path.is_file():
        return [path.parent]
    folders = [file.parent for pattern in ("", "*/", "*/*/") for file in path.glob(f"{pattern}groundtruth.txt")]
    if not folders:
        raise FormatError(path, "there is no groundtruth.txt in this folder or those in it")
    return sorted(folders, key=lambda folder: (folder.parent.name, len(folder.name), folder.name))


def _label(folder: Path) -> str:
    described = folder / "nlp.txt"
    by_folder = folder.name.rpartition("-")[0] or UNNAMED
    if not is_there(described):
        return by_folder
    text = whole_text(described).strip()
    # In the data set this is a sentence about the video; what this program writes is the label.
    return text if file_stem(text) == by_folder else by_folder


def _looks_like(path: Path, _tick: Tick = untold) -> bool:
    folder = path.parent if path.is_file() and path.name == "groundtruth.txt" else path
    return folder.is_dir() and any(
        next(folder.glob(f"{pattern}out_of_view.txt"), None) is not None for pattern in ("", "*/", "*/*/")
    )


def _image_paths(labels: LabelSet, position: int, options: WriteOptions) -> tuple[str, ...]:
    return tuple(f"{name}/img/{position + 1:08d}{options.suffix}" for name in folder_names(labels))


LASOT = Format(
    name="lasot",
    title="LaSOT",
    suffix="",
    convention=Convention(
        1,
        Shape.LEFT_TOP_SIZE,
        Unit.PIXELS,
        "line 1 is the first frame exported",
        "a line of zeros, and 1 in out_of_view.txt",
        "a ten-thousandth of a pixel",
        is_renumbered=True,
    ),
    can_hold=Capabilities(Identity.NONE, labels=True, absence=True, occlusion=True, sub_pixel=True),
    write=_write,
    read=_read,
    looks_like=_looks_like,
    resolution_px=lambda _video, options: 1e-4 if options.sub_pixel else 0.5,
    image_paths=_image_paths,
)
