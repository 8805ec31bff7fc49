"""Tables of jobs: CSV, JSON lines or Parquet, every field checked.

Paths are relative to the table. A row is an object, or all those of a label file; rows with the same source and
project are one job. Messages name the row: by its line, or in Parquet by its number, from 1.
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from dlst_gui import limits
from dlst_gui.batch.batch_job import BatchError, BatchJob, BoxesTaken, Target, Xywh
from dlst_gui.formats.registry import reader_named
from dlst_gui.jobs.exporting import FreeNames, flat_name
from dlst_gui.jobs.job import Job, JobList
from dlst_gui.project.placement import SUFFIX as PROJECT_SUFFIX
from dlst_gui.tracking.tracker_factory import TrackerSettings, follows_guides
from tracker_core import PRESETS
from tracker_core.weights import GUIDE_NAMES

SUFFIXES = (".csv", ".jsonl", ".ndjson", ".parquet")
COLUMNS: Mapping[str, str] = {
    "source": "video file, folder of images or sequence folder",
    "box": "x,y,width,height of the object on the first frame: pixels, 0-based",
    "first_frame": "where the box is, 0-based; 0 where it is not given",
    "last_frame": "the last frame to track, inclusive; the video's last where it is not given",
    "labels": "file, folder or zip of another tool's labels: its objects are tracked, in place of a box",
    "labels_format": "a name that `dlst formats` lists; by its content where it is not given",
    "boxes": "which boxes of `labels` are taken as manual ones: first (of each object) or all",
    "project": "project whose manual boxes are tracked on from, in place of a box",
    "label": "the object's label",
    "preset": "system",
    "speed": "exact or fast",
    "guide": "guide, or none",
    "backbone": "backbone's name or weight file",
    "seed": "of all random draws",
}
"""What a table may hold, with what each column means; `source` is the only one that is needed."""

_BOX_PARTS = ("x", "y", "width", "height")
"""Columns that may stand for `box`."""

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a row is."""

    path: Path
    row: str

    def error(self, problem: str) -> BatchError:
        return BatchError(f"{self.path}, {self.row}: {problem}")

    @property
    def words(self) -> str:
        return f"{self.path.name}, {self.row}"


def read_job_table(path: Path, settings: TrackerSettings) -> tuple[BatchJob, ...]:
    """The jobs of a table, in the order of their first rows.

    Args:
        path: of the table; its ending says what it is.
        settings: what tracks where a row does not say otherwise.

    Raises:
        BatchError: it cannot be read, or a field makes no sense; the message names the row.
    """
    read = {".csv": _csv_rows, ".parquet": _parquet_rows}.get(path.suffix.lower(), _jsonl_rows)
    found: dict[tuple[Path, Path | None], list[Target]] = {}
    try:
        for number, (place, row) in enumerate(read(path)):
            if number >= limits.MOST_BATCH_ROWS:
                raise BatchError(f"{path}: at most {limits.MOST_BATCH_ROWS:,} rows are read; make several tables")
            source, project, target = _target(place, row, settings)
            found.setdefault((source, project), []).append(target)
    except OSError as error:
        raise BatchError(f"{path} cannot be read ({error.strerror or error})") from error
    if not found:
        raise BatchError(f"{path} has no rows; expected the column source, and of each object a box or labels")
    return named_jobs([BatchJob("", source, tuple(rows), project) for (source, project), rows in found.items()])


def named_jobs(jobs: list[BatchJob]) -> tuple[BatchJob, ...]:
    """The same with a name of its own for each: that of its path below the folder that all videos lie in."""
    names = JobList(tuple(Job(job.video) for job in jobs)).names
    free = FreeNames()
    return tuple(
        replace(job, name=free.take(flat_name(name, job.video))) for job, name in zip(jobs, names, strict=True)
    )


def _csv_rows(path: Path) -> Iterator[tuple[_Place, Row]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        try:
            header = [name.strip() for name in next(lines, [])]
            _check_columns(_Place(path, "line 1"), header)
            for cells in lines:
                if any(cell.strip() for cell in cells):
                    place = _Place(path, f"line {lines.line_num}")
                    if len(cells) > len(header):
                        raise place.error(f"it has {len(cells)} cells, the first line {len(header)}; quote commas")
                    yield place, dict(zip(header, cells, strict=False))
        except (csv.Error, UnicodeDecodeError) as error:
            raise BatchError(f"{path}, line {lines.line_num + 1}: this is no CSV in UTF-8 ({error})") from error


def _jsonl_rows(path: Path) -> Iterator[tuple[_Place, Row]]:
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(limits.LONGEST_LINE), b""), start=1):
            if not line.strip():
                continue
            place = _Place(path, f"line {number}")
            try:
                row: object = json.loads(line.decode("utf-8-sig"))
            except (ValueError, RecursionError) as error:
                raise place.error(f"expected a JSON object ({error})") from error
            if not isinstance(row, dict):
                raise place.error(f"expected a JSON object, got {type(row).__name__}")
            _check_columns(place, list(row))
            yield place, row


def _parquet_rows(path: Path) -> Iterator[tuple[_Place, Row]]:
    try:
        from pyarrow import ArrowException  # noqa: PLC0415 - an extra
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415
    except ImportError as error:
        raise BatchError(f'{path}: Parquet needs pyarrow: pip install "dlst-studio[batch]"') from error
    try:
        with ParquetFile(path) as table:
            _check_columns(_Place(path, "its columns"), list(table.schema_arrow.names))
            number = 0
            for batch in table.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield _Place(path, f"row {number}"), row
    except (ArrowException, ValueError) as error:
        raise BatchError(f"{path}: this is no Parquet file that can be read ({error})") from error


def _check_columns(place: _Place, names: list[str]) -> None:
    known = {*COLUMNS, *_BOX_PARTS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise place.error(f"unknown column {unknown[0]!r}; there are {', '.join((*COLUMNS, *_BOX_PARTS))}")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise place.error(f"the column {min(twice)!r} is there twice")
    if "source" not in names:
        raise place.error("the column 'source' is missing")


def _target(place: _Place, row: Row, default: TrackerSettings) -> tuple[Path, Path | None, Target]:
    fields = _Fields(place, row)
    source = fields.path("source")
    if source is None:
        raise place.error("source: expected a path, got nothing")
    project, labels = fields.path("project"), fields.path("labels")
    if project is not None and not project.name.endswith(PROJECT_SUFFIX):
        raise place.error(f"project: expected a name that ends in {PROJECT_SUFFIX}, got {project.name!r}")
    box = fields.box()
    given = [name for name, is_given in (("box", box), ("labels", labels), ("project", project)) if is_given]
    if len(given) > 1:
        raise place.error(f"{' and '.join(given)} are both given; each says by itself where objects are")
    first, last = fields.whole("first_frame") or 0, fields.whole("last_frame")
    if last is not None and last < first:
        raise place.error(f"last_frame {last} is before first_frame {first}")
    labels_format = fields.choice("labels_format", None)
    if labels_format:
        try:
            reader_named(labels_format)
        except ValueError as error:
            raise place.error(f"labels_format: {error}") from None
    taken = fields.choice("boxes", [each.value for each in BoxesTaken]) or BoxesTaken.FIRST.value
    return (
        source,
        project,
        Target(
            place.words,
            _settings(place, fields, default),
            box,
            first,
            last,
            fields.text("label"),
            labels,
            labels_format,
            BoxesTaken(taken),
        ),
    )


def _settings(place: _Place, fields: _Fields, default: TrackerSettings) -> TrackerSettings:
    preset = fields.choice("preset", list(PRESETS)) or default.preset
    guide = fields.choice("guide", ["none", *GUIDE_NAMES])
    guide = default.guide if not guide else "" if guide == "none" else guide
    if guide and not follows_guides(preset):
        if fields.text("guide"):
            raise place.error(f"guide: {preset} follows no guide")
        guide = ""
    seed = fields.whole("seed")
    backbone = fields.text("backbone")
    if backbone and (fields.folder / backbone).is_file():
        backbone = str(fields.folder / backbone)
    speed = fields.choice("speed", ["exact", "fast"])
    return replace(
        default,
        preset=preset,
        guide=guide,
        seed=default.seed if seed is None else seed,
        backbone=backbone or default.backbone,
        speed="exact" if speed == "exact" else "fast" if speed == "fast" else default.speed,
        without=default.without if (speed or default.speed) == "fast" and preset == default.preset else (),
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of a row, checked as they are asked for; None and blanks are as good as missing."""

    place: _Place
    row: Row

    @property
    def folder(self) -> Path:
        return _folder_of(self.place.path)

    def text(self, name: str) -> str:
        value = self._value(name)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.isprintable():
            raise self._wrong(name, "a text", value)
        if len(value) > limits.LONGEST_LABEL:
            raise self.place.error(f"{name}: at most {limits.LONGEST_LABEL:,} characters are read")
        return value

    def path(self, name: str) -> Path | None:
        text = self.text(name)
        if not text:
            return None
        if len(text) > limits.LONGEST_PATH:
            raise self.place.error(f"{name}: a path has at most {limits.LONGEST_PATH:,} characters")
        if text.startswith(("//", "\\\\")):
            raise self.place.error(f"{name} lies on another computer ({text[:60]}); give the path of a drive")
        return Path(os.path.normpath(self.folder / text))

    def choice(self, name: str, known: list[str] | None) -> str:
        text = self.text(name)
        if text and known is not None and text not in known:
            raise self._wrong(name, f"one of {', '.join(known)}", text)
        return text

    def whole(self, name: str) -> int | None:
        value = self._value(name)
        if value is None:
            return None
        number = _as_float(value)
        if number is None or number != int(number) or not 0 <= number <= limits.LARGEST_WHOLE_NUMBER:
            raise self._wrong(name, "a whole number of at least 0", value)
        return int(number)

    def box(self) -> Xywh | None:
        value = self._value("box")
        parts = [self._value(name) for name in _BOX_PARTS]
        if value is None and all(part is None for part in parts):
            return None
        if value is not None and any(part is not None for part in parts):
            raise self.place.error("box is given, and so are x, y, width, height; give one of both")
        given: object = parts if value is None else value
        cells = given.split(",") if isinstance(given, str) else given
        numbers = [_as_float(cell) for cell in cells] if isinstance(cells, list | tuple) else []
        known = [number for number in numbers if number is not None]
        if len(numbers) != 4 or len(known) != 4 or min(known[2:]) <= 0:
            raise self._wrong("box", "x,y,width,height in pixels, width and height above 0", given)
        if max(map(abs, known)) > limits.LARGEST_COORDINATE:
            raise self.place.error(f"box: coordinates are at most {limits.LARGEST_COORDINATE:g} pixels")
        x, y, width, height = known
        return x, y, width, height

    def _value(self, name: str) -> object:
        value = self.row.get(name)
        if isinstance(value, str):
            value = value.strip()
        is_missing = value is None or value == "" or (isinstance(value, float) and math.isnan(value))
        return None if is_missing else value

    def _wrong(self, name: str, expected: str, value: object) -> BatchError:
        return self.place.error(f"{name}: expected {expected}, got {value!r:.80}")


@lru_cache(maxsize=1)
def _folder_of(path: Path) -> Path:
    """Each row asks for that of its table."""
    return path.absolute().parent


def _as_float(value: object) -> float | None:
    """A finite number; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
