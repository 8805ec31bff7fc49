"""What was seen on a frame, or on several, as a file that a person names: its ending says which kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path

from dlst_gui.evidence.explained_frame import EvidenceAbout, ExplainedFrame
from dlst_gui.evidence.figures.frame_figure import FigureFormat, FigureOptions, figure_bytes
from dlst_gui.evidence.figures.subject import subject_of
from dlst_gui.evidence.rerun_file import rerun_library, write_rerun
from dlst_gui.evidence.sidecar_name import WHOSE_NAME, is_sidecar_name
from dlst_gui.evidence.tables.candidate_columns import COLUMNS, MADE_BY, JudgedFrame
from dlst_gui.evidence.tables.candidate_files import pyarrow_library, write_csv, write_parquet
from dlst_gui.evidence.tables.frame_document import frame_document
from dlst_gui.evidence.trace_database import is_trace_of_a_person
from dlst_gui.evidence.trace_writer import TraceWriter
from dlst_gui.exchange.errors import TargetError, disk_errors_named
from dlst_gui.exchange.targets import check_file
from dlst_gui.files import replaced_whole


class EvidenceKind(Enum):
    """What a file of evidence is; the value is its ending."""

    SVG = ".svg"
    PNG = ".png"
    PDF = ".pdf"
    CSV = ".csv"
    PARQUET = ".parquet"
    JSON = ".json"
    RERUN = ".rrd"
    TRACE = ".dlsttrace"

    @property
    def is_figure(self) -> bool:
        return self in _FIGURES


_FIGURES = {
    EvidenceKind.SVG: FigureFormat.SVG,
    EvidenceKind.PNG: FigureFormat.PNG,
    EvidenceKind.PDF: FigureFormat.PDF,
}
_LIBRARIES = {EvidenceKind.PARQUET: pyarrow_library, EvidenceKind.RERUN: rerun_library}
"""What else has to be there for a kind; raises MissingLibraryError."""
_ENDINGS = [kind.value for kind in EvidenceKind]
ENDINGS = f"{', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]}"


class NothingSeenError(Exception):
    """The tracker did not look at a frame, so that there is nothing to show; the message says why."""


def kind_of(path: Path) -> EvidenceKind:
    """By the ending; ValueError for another one."""
    try:
        return EvidenceKind(path.suffix.lower())
    except ValueError:
        raise ValueError(f"{path}: expected a name that ends in {ENDINGS}") from None


def check_target(path: Path, frame_count: int, *, inputs: Iterable[Path] = (), is_forced: bool = False) -> None:
    """Whether `write_evidence` may write a file about so many frames; raises as that does."""
    kind = kind_of(path)
    if frame_count != 1 and kind not in _OF_SEVERAL:
        raise ValueError(f"{path}: a file of this kind is of one frame, not of {frame_count}")
    if is_sidecar_name(path):
        raise TargetError(path, WHOSE_NAME)
    if kind in _LIBRARIES:
        _LIBRARIES[kind]()
    check_file(path, inputs=inputs, is_made=is_evidence_file, is_forced=is_forced)


def write_evidence(
    path: Path,
    frames: Sequence[ExplainedFrame],
    about: EvidenceAbout,
    *,
    options: FigureOptions = FigureOptions(),  # noqa: B008 - cannot change
    inputs: Iterable[Path] = (),
    is_forced: bool = False,
) -> None:
    """Write one file, whole or not at all.

    Args:
        path: its ending says what is written.
        frames: at least one; a figure and a JSON file are of a single one.
        about: for a `.dlsttrace` or `.rrd`.
        options: of a figure.
        inputs: files that are read by the same call, and not replaced.
        is_forced: whether a file may be replaced that this program has not made.

    Raises:
        NothingSeenError: a frame has no candidates, because a person's box was learned there.
        MissingLibraryError: pyarrow, or rerun-sdk, is not installed.
        TargetError: the file must not be replaced, or cannot be written.
        ValueError: the name ends otherwise; several frames for a figure; no panel can be drawn.
        TraceError: a `.dlsttrace` cannot be written.
    """
    check_target(path, len(frames), inputs=inputs, is_forced=is_forced)
    kind = kind_of(path)
    with disk_errors_named(path), replaced_whole(path) as new:
        if kind in _FIGURES:
            new.write_bytes(figure_of(frames[0], options, _FIGURES[kind]))
        elif kind is EvidenceKind.JSON:
            document = frame_document(
                frames[0].evidence, true_box=frames[0].true_box, manual_box=frames[0].manual_box
            )
            new.write_text(json.dumps(document, allow_nan=False) + "\n", encoding="utf-8")
        elif kind is EvidenceKind.TRACE:
            _write_trace(new, frames, about)
        elif kind is EvidenceKind.RERUN:
            write_rerun(new, frames, about)
        else:
            write = write_csv if kind is EvidenceKind.CSV else write_parquet
            write(new, [_judged(frame) for frame in frames])


def figure_of(frame: ExplainedFrame, options: FigureOptions, file_format: FigureFormat) -> bytes:
    """The figure as a file's content; raises as `write_evidence`."""
    subject = subject_of(
        frame.evidence,
        title=frame.title,
        picture=frame.picture,
        manual_box=frame.manual_box,
        true_box=frame.true_box,
    )
    if subject is None:
        raise _nothing_seen(frame)
    return figure_bytes(subject, options, file_format)


def is_evidence_file(path: Path) -> bool:
    """Whether a file was written here."""
    if path.suffix.lower() == EvidenceKind.TRACE.value:
        return is_trace_of_a_person(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(_LOOKED_AT)
            file.seek(max(size - _LOOKED_AT, 0))
            end = file.read(_LOOKED_AT)
    except OSError:
        return False
    header = ",".join(column.name for column in COLUMNS).encode() + b"\n"
    return start.startswith(header) or MADE_BY.encode() in start + end


def _write_trace(path: Path, frames: Sequence[ExplainedFrame], about: EvidenceAbout) -> None:
    writer = TraceWriter.trace(path, about.facts)
    try:
        writer.keep([frame.kept for frame in frames], about.runs)
    finally:
        writer.close()


def _judged(frame: ExplainedFrame) -> JudgedFrame:
    seen = frame.evidence.diagnostics
    if seen is None:
        raise _nothing_seen(frame)
    return JudgedFrame(frame.evidence, seen.candidates, frame.true_box, frame.manual_box)


def _nothing_seen(frame: ExplainedFrame) -> NothingSeenError:
    return NothingSeenError(
        f"frame {frame.evidence.frame_index} has a manual box, which the tracker learned without looking for the "
        "object: there are no candidates; take another frame"
    )


_OF_SEVERAL = (EvidenceKind.CSV, EvidenceKind.PARQUET, EvidenceKind.RERUN, EvidenceKind.TRACE)
_LOOKED_AT = 1 << 16  # bytes
