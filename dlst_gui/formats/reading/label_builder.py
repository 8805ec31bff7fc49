"""Gathers what a reader finds, checks it against the video, and makes a `LabelSet` of it.

One bad box costs one box: what cannot be on a frame of the video is left out and counted in the report. A file of
which nothing is left, or most lies beyond the video, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.counting import counted
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.labels.model import (
    BETWEEN_FRAMES,
    NO_ATTRIBUTES,
    NO_FRAME,
    OTHER_VIDEO,
    OUTSIDE_CODE,
    SOURCES,
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelledBox,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.labels.original_shape import ATTRIBUTE
from dlst_gui.formats.labels.turned_boxes import TURNED, UNROTATED
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, Loose, ReadOptions
from dlst_gui.formats.reading.linking import Linker, in_order
from dlst_gui.formats.reading.shared_texts import SharedTexts
from dlst_gui.formats.reading.track_columns import BoxRows, TrackRows
from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.formats.syntax.row_blocks import coded
from dlst_gui.project.keyframe_block import VISIBILITY_CODES

FEWEST_FOR_A_STEP = 4
"""Frames with boxes, before their distances are taken to mean something."""

_LARGEST_ID = 2**31 - 1
_SINGLES_AT_ONCE = 1024
_SORTED_AT_ONCE = 1 << 17
"""Rows that wait to be put on their tracks: a file may have a thousand tracks on every frame."""
_MOST_TOLD = 3
_NO_IMAGE = "the image is not in the folder"
_OTHER_VIDEO = "the image is of another video of the file"
_BETWEEN = "the number lies between those of two frames"
_NO_SIZE = "a width or height is not above 0"
_SECOND = "the object has another box on the frame"
_TOO_FAR = f"an edge is further off than {limits.LARGEST_COORDINATE:,.0f} pixels"


@dataclass(slots=True)
class _Left:
    """What was left out first, to be said where nothing else is left; and how much was beyond the video."""

    problem: str = ""
    place: str = ""
    beyond: int = 0
    beyond_problem: str = ""
    beyond_place: str = ""


class LabelBuilder:
    """Tracks by id, in the order in which they appear.

    Args:
        path: the file that is read, for messages.
        video: what its frames are checked against.
        unit: what a place counts in messages: "line", "annotation".
        options: what becomes of boxes without an id.
        whole: what this file is a part of: its report is this one's too.
        report: that was begun before; None: a new one.
        first_id: of the format; where it is 1, ids from 0 are told.

    Attributes:
        report: what became of the boxes so far.
    """

    def __init__(
        self,
        path: Path,
        video: AnnotatedVideo,
        unit: str = "line",
        *,
        options: ReadOptions = AS_THE_FILE_SAYS,
        whole: LabelBuilder | None = None,
        report: ReadingReport | None = None,
        first_id: int = 1,
    ) -> None:
        self._path = path
        self._video = video
        self._unit = unit
        self._options = options
        self._first_id = first_id
        # Those that were linked have ids below 0 until all others are known.
        self._tracks: dict[tuple[int, str], TrackRows] = {}
        self._numbers: dict[tuple[int, str], int] = {}  # of the tracks, in the order in which they began
        self._waiting: list[tuple[NDArray[np.intp], BoxRows]] = []  # with the number of each row's track
        self._waiting_count = 0
        self._label_of: dict[int, str] = {}
        self._singles: list[tuple[int, str, LabelledBox, int]] = []
        self._loose: list[BoxRows] = []
        self._relabelled: list[str] = []
        self._box_count = 0
        self._texts = SharedTexts(path)
        self.report: ReadingReport = (report or ReadingReport()) if whole is None else whole.report
        self._left: _Left = _Left() if whole is None else whole._left

    def begin_track(
        self,
        track_id: int,
        label: str,
        *,
        place: int,
        color: str = "",
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> None:
        """Have a track of this id; boxes that follow have this label."""
        self._label_of[track_id] = label
        if (track_id, label) in self._tracks:
            return
        if abs(track_id) > _LARGEST_ID:
            self._fail(place, f"expected a track id of 0 to {_LARGEST_ID}, got {track_id}")
        if len(self._tracks) == limits.MOST_TRACKS:
            self._fail(place, f"more than {limits.MOST_TRACKS} tracks")
        if not label or len(label) > limits.LONGEST_LABEL:
            problem = f"expected a label's name of 1 to {limits.LONGEST_LABEL} characters, got {shortly(label)}"
            self._fail(place, problem)
        self._texts.count(len(label), f"{self._unit} {place}")
        said = self._texts.shared(attributes, f"{self._unit} {place}")
        self._numbers[track_id, label] = len(self._tracks)
        self._tracks[track_id, label] = TrackRows(label, color, said)

    def add(
        self, track_id: int, made: LabelledBox, *, place: int, label: str | None = None, is_given: bool = True
    ) -> None:
        """Put one box on its track, which begins with it where a label is given, and was begun where not.

        Args:
            track_id: below 0: it has none.
            made: the box.
            place: where in the file, for messages.
            label: None: that with which the track was begun.
            is_given: whether the file has it; else it follows from others of the file.
        """
        if not is_given:
            self._flush()
        self._singles.append((track_id, label or self._label_of[track_id], made, place))
        if not is_given or len(self._singles) == _SINGLES_AT_ONCE:
            self._flush(is_given=is_given)

    def add_rows(self, rows: BoxRows) -> None:
        """Put boxes on their tracks, which begin with their first; those with an id below 0 have none."""
        self._flush()
        self._add(self._with_ids(rows))

    def add_loose(self, parts: Iterable[BoxRows], tick: Tick = untold) -> None:
        """Boxes without ids, in the order of their frames and not yet given any: each is given to a track."""
        first = min((track_id for track_id, _ in self._tracks if track_id < 0), default=0)
        linker = Linker(self._video, self._options.loose)
        for rows in linker.with_ids(map(self._sound, parts), tick):
            count = self.report.read
            self._add(replace(rows, track_ids=first - rows.track_ids), is_checked=True)
            if self._options.loose is Loose.LINKED:
                self.report.linked += self.report.read - count
            else:
                self.report.alone += self.report.read - count

    def add_between(
        self,
        track_id: int,
        frames: NDArray[np.int32],
        boxes_xywh: NDArray[np.float64],
        source: BoxSource,
        *,
        place: int,
    ) -> None:
        """Put boxes on a track that was begun, which follow from others of the file."""
        count = len(frames)
        self._flush()
        self._add(
            BoxRows(
                np.full(count, track_id),
                np.zeros(count, dtype=np.intp),
                (self._label_of[track_id],),
                frames.astype(np.int64),
                boxes_xywh,
                np.full(count, place),
                sources=np.full(count, SOURCES.index(source), dtype=np.uint8),
            ),
            is_given=False,
        )

    def skip(self, reason: str, place: int | str, problem: str, count: int = 1) -> None:
        """Leave out boxes of the file that are no boxes of this video.

        Args:
            reason: what is wrong with them, for the report.
            place: where the first of them is, by its number or in words.
            problem: what was expected and what was found there, for a file of which nothing is left.
            count: how many there are.
        """
        where = place if isinstance(place, str) else f"{self._unit} {place}"
        self.report.skip(reason, f"first: {where}, {problem.rpartition('got ')[2]}", count)
        if not self._left.problem:
            self._left.problem, self._left.place = problem, where

    def _with_ids(self, rows: BoxRows) -> BoxRows:
        """The rows that have an id; the others are put aside."""
        is_loose = rows.track_ids < 0
        if not is_loose.any():
            return rows
        self._loose.append(rows.rows(np.flatnonzero(is_loose)))
        return rows.rows(np.flatnonzero(~is_loose))

    def _flush(self, *, is_given: bool = True) -> None:
        """Put the boxes that were added one by one on their tracks."""
        singles, self._singles = self._singles, []
        if not singles:
            return
        names, labels = coded([label for _, label, _, _ in singles])
        boxes = [made for _, _, made, _ in singles]
        rows = BoxRows(
            np.array([track_id for track_id, *_ in singles], dtype=np.int64),
            labels,
            names,
            np.array([each.frame_index for each in boxes], dtype=np.int64),
            np.array([each.box.xywh for each in boxes], dtype=np.float64),
            np.array([place for *_, place in singles], dtype=np.int64),
            np.array([VISIBILITY_CODES.index(each.visibility) for each in boxes], dtype=np.uint8),
            np.array([each.score for each in boxes], dtype=np.float64),
            np.array([SOURCES.index(each.source) for each in boxes], dtype=np.uint8),
            np.array([each.run_id for each in boxes], dtype=np.int64),
            {row: each.attributes for row, each in enumerate(boxes) if each.attributes} or None,
        )
        self._add(self._with_ids(rows), is_given=is_given)

    def _add(self, rows: BoxRows, *, is_given: bool = True, is_checked: bool = False) -> None:
        rows = rows if is_checked else self._sound(rows)
        if not len(rows):
            return
        self._count(len(rows), int(rows.places[-1]))
        if is_given:
            absent = 0 if rows.visibilities is None else int((rows.visibilities == OUTSIDE_CODE).sum())
            self.report.absent += absent
            self.report.read += len(rows) - absent
        self._check_ids(rows)
        numbers = self._begun(rows)
        for row, said in (rows.attributes or {}).items():
            known = self._texts.shared(said, f"{self._unit} {rows.places[row]}")
            if ATTRIBUTE in known or UNROTATED in known:
                self.report.kept[_kind_kept(known)] += 1
            track = self._tracks[int(rows.track_ids[row]), rows.names[int(rows.labels[row])]]
            track.said[int(rows.frames[row])] = known
        self._waiting.append((numbers, replace(rows, attributes=None)))
        self._waiting_count += len(rows)
        if self._waiting_count >= _SORTED_AT_ONCE:
            self._sort_out()

    def _begun(self, rows: BoxRows) -> NDArray[np.intp]:
        """(n,) the numbers of the rows' tracks, which begin here where they have not done so."""
        keys = rows.track_ids * len(rows.names) + rows.labels
        if (keys == keys[0]).all():
            first = int(rows.track_ids[0]), rows.names[int(rows.labels[0])], int(rows.places[0])
            return np.full(len(rows), self._number(*first))
        _, firsts, which = np.unique(keys, return_index=True, return_inverse=True)
        order = np.argsort(firsts)
        chosen = firsts[order]
        facts = zip(*(each[chosen].tolist() for each in (rows.track_ids, rows.labels, rows.places)), strict=True)
        numbers = np.empty(len(firsts), dtype=np.intp)
        numbers[order] = [self._number(track_id, rows.names[label], place) for track_id, label, place in facts]
        return numbers[which]

    def _number(self, track_id: int, label: str, place: int) -> int:
        """Of a track, which begins where it has not done so."""
        self._label_of[track_id] = label
        known = self._numbers.get((track_id, label))
        if known is None:
            self.begin_track(track_id, label, place=place)
        return self._numbers[track_id, label] if known is None else known

    def _settle(self) -> None:
        """Put everything that waits on its track."""
        self._flush()
        self._sort_out()

    def _sort_out(self) -> None:
        """Put the rows that wait on their tracks."""
        waiting, self._waiting, self._waiting_count = self._waiting, [], 0
        if not waiting:
            return
        numbers = np.concatenate([each for each, _ in waiting])
        rows = BoxRows.joined([each for _, each in waiting])
        del waiting
        order = np.argsort(numbers, kind="stable")
        rows, numbers = rows.rows(order), numbers[order]
        tracks = [*self._tracks.values()]
        starts = np.concatenate([[0], np.flatnonzero(np.diff(numbers)) + 1])
        ends = [*starts[1:].tolist(), len(rows)]
        for number, start, end in zip(numbers[starts].tolist(), starts.tolist(), ends, strict=True):
            tracks[number].extend(rows, slice(start, end))

    def _check_ids(self, rows: BoxRows) -> None:
        is_wrong = np.abs(rows.track_ids) > _LARGEST_ID
        for row in np.flatnonzero(is_wrong)[:1].tolist():
            problem = f"expected a track id of 0 to {_LARGEST_ID}, got {rows.track_ids[row]}"
            self._fail(int(rows.places[row]), problem)

    def _sound(self, rows: BoxRows) -> BoxRows:
        """The rows that can be boxes of the video; the others are left out, and reported."""
        most = limits.LARGEST_COORDINATE
        xy, size = rows.boxes_xywh[:, :2], rows.boxes_xywh[:, 2:]
        # Not-a-number is in no range, so it is wrong too.
        is_near = (xy > -most).all(axis=1) & (xy < most).all(axis=1) & (size < most).all(axis=1)
        has_size = np.asarray((size > 0).all(axis=1))
        is_in_video = np.asarray((rows.frames >= 0) & (rows.frames < self._video.frame_count))
        is_right = is_near & has_size & is_in_video
        if is_right.all():
            return rows
        is_absent = np.zeros(len(rows), dtype=bool)
        if rows.visibilities is not None:
            # Where an object is gone after the last frame, or without a box, nothing is lost with the row.
            is_absent = rows.visibilities == OUTSIDE_CODE
            self.report.absent += int((is_absent & ~is_right).sum())
        wrong = np.flatnonzero(~is_right & ~is_absent)
        beyond = wrong[~is_in_video[wrong]]
        sizeless = wrong[is_in_video[wrong] & ~has_size[wrong]]
        far = wrong[is_in_video[wrong] & has_size[wrong]]
        self._skip_beyond(rows, beyond)
        for chosen, reason in ((sizeless, _NO_SIZE), (far, _TOO_FAR)):
            if len(chosen):
                at = int(chosen[0])
                numbers = ", ".join(f"{value:g}" for value in rows.boxes_xywh[at])
                expected = "a box with finite numbers and a positive size"
                if reason is _TOO_FAR and bool(np.isfinite(rows.boxes_xywh[at]).all()):
                    expected = "pixels of the image"
                problem = f"expected {expected}, got ({numbers})"
                self.skip(reason, int(rows.places[at]), problem, len(chosen))
        return rows.rows(np.flatnonzero(is_right))

    def _skip_beyond(self, rows: BoxRows, beyond: NDArray[np.intp]) -> None:
        for frame, reason in (
            (NO_FRAME, _NO_IMAGE),
            (OTHER_VIDEO, _OTHER_VIDEO),
            (BETWEEN_FRAMES, _BETWEEN),
        ):
            is_named = rows.frames[beyond] == frame
            if is_named.any():
                first = int(rows.places[beyond[is_named][0]])
                problem = "expected images of the video, got those of another name"
                if frame == BETWEEN_FRAMES:
                    problem = "expected numbers of frames of the video, got one between two of them"
                self.skip(reason, first, problem, int(is_named.sum()))
                beyond = beyond[~is_named]
        if not len(beyond):
            return
        count = self._video.frame_count
        at = int(beyond[0])
        place, frame = f"{self._unit} {rows.places[at]}", int(rows.frames[at])
        has = f"the video, which has {counted(count, 'frame')}"
        self.report.skip(
            f"the frame is not in {has}", f"first: {place}, frame {frame} counted from 0", len(beyond)
        )
        problem = f"frame {frame} (counted from 0) is not in {has}"
        if not self._left.problem:
            self._left.problem, self._left.place = problem, place
        if not self._left.beyond:
            self._left.beyond_problem, self._left.beyond_place = problem, place
        self._left.beyond += len(beyond)

    def _count(self, count: int, place: int) -> None:
        self._box_count += count
        if self._box_count > limits.MOST_BOXES:
            self._fail(place, f"expected at most {limits.MOST_BOXES} boxes, there are more")

    def take(self, track_id: int, other: LabelBuilder) -> None:
        """The only track of another file becomes this one; that file is a part of this one's whole."""
        other._settle()
        self._count(other._box_count, 1)
        ((_, label),) = other._tracks
        self._label_of[track_id] = label
        self._numbers.setdefault((track_id, label), len(self._tracks))
        self._tracks[track_id, label] = other._tracks[1, label]

    def labels(self, gaps: Gaps, *, video: AnnotatedVideo | None = None, tick: Tick = untold) -> LabelSet:
        """Everything that was added, and the report.

        Raises:
            FormatError: there is nothing that could be read, or more beyond the video than in it.
        """
        self._flush()
        if self._loose:
            self.add_loose(in_order(self._loose), tick)
        self._settle()
        left = self._left
        if left.problem and not self.report.read and not left.beyond:
            raise FormatError(self._path, left.problem, left.place)
        if left.beyond > self.report.read:
            others = "most boxes are on such frames" if self.report.read else "no box is on a frame of it"
            problem = (
                f"{left.beyond_problem}, and {others}: is it the right video? If it is, say which number the file "
                "gives to the first frame, or how many frames apart its numbers are"
            )
            raise FormatError(self._path, problem, left.beyond_place)
        return LabelSet(video or self._video, tuple(self._made_tracks()), gaps, self.report)

    def _made_tracks(self) -> list[ObjectTrack]:
        by_id: dict[int, list[TrackRows]] = {}
        for (track_id, _), rows in self._tracks.items():
            by_id.setdefault(track_id, []).append(rows)
        shift = int(0 in by_id)
        highest = max((track_id + shift for track_id in by_id if track_id >= 0), default=0)
        if shift and self._first_id:
            self.report.assume("Track ids count from 0 in the file; each is one more here.")
        tracks = []
        for track_id, several in by_id.items():
            number = highest - track_id if track_id < 0 else track_id + shift
            columns = [self._columns(each, number) for each in several]
            tracks += (
                self._of_one_label(number, several, columns)
                if len(several) > 1
                else [ObjectTrack(number, several[0].label, columns[0], several[0].color, several[0].attributes)]
            )
        for said in self._relabelled[:_MOST_TOLD]:
            self.report.note(said)
        if len(self._relabelled) > _MOST_TOLD:
            self.report.note(f"So do {len(self._relabelled) - _MOST_TOLD:,} more tracks change their label.")
        return self._with_free_ids(tracks)

    def _columns(self, rows: TrackRows, number: int) -> BoxColumns:
        columns, seconds, first = rows.columns()
        if seconds:
            frame, place = first
            self.report.read -= seconds
            where = f"first: {self._unit} {place}, track {number}, frame {frame} counted from 0"
            self.report.skip(_SECOND, where, seconds)
        return columns

    def _of_one_label(self, number: int, several: list[TrackRows], columns: list[BoxColumns]) -> list[ObjectTrack]:
        """The tracks of an id with several labels: one, with the label of most boxes, unless they share frames."""
        most = max(range(len(several)), key=lambda at: (len(columns[at]), -at))
        named = several[most]
        others = ", ".join(shortly(each.label) for each in several if each is not named)
        frames = np.concatenate([each.frame_indices for each in columns])
        if len(np.unique(frames)) < len(frames):
            said = f"Track {number} is {shortly(named.label)} and {others} on the same frames: a track for each."
            self._relabelled.append(said)
            return [
                ObjectTrack(number, rows.label, boxes, rows.color, rows.attributes)
                for rows, boxes in zip(several, columns, strict=True)
            ]
        fewer = sum(len(each) for each in columns) - len(columns[most])
        self._relabelled.append(
            f"Track {number} is {shortly(named.label)} in most boxes and {others} in {fewer:,}; "
            f"all of it is {shortly(named.label)} here."
        )
        together = reduce(BoxColumns.joined, columns)
        return [ObjectTrack(number, named.label, together, named.color, named.attributes)]

    def _with_free_ids(self, tracks: list[ObjectTrack]) -> list[ObjectTrack]:
        """The same, and the second of an id has a new one."""
        seen: set[int] = set()
        following = max((track.track_id for track in tracks), default=0)
        made = []
        for track in tracks:
            if track.track_id in seen:
                following += 1
                made.append(replace(track, track_id=following))
            else:
                made.append(track)
            seen.add(track.track_id)
        return made

    def _fail(self, place: int, problem: str) -> None:
        raise FormatError(self._path, problem, f"{self._unit} {place}")


def _kind_kept(said: Mapping[str, str]) -> str:
    """What the report calls a shape that is kept."""
    return said[ATTRIBUTE].split('"', 2)[1] if '"' in said.get(ATTRIBUTE, "") else TURNED


def thinned(labels: LabelSet) -> LabelSet:
    """Where a file has boxes on every n-th frame only, the frames between stay unlabelled.

    For formats without a list of their frames, in which those would be read as frames without objects.
    """
    video = labels.video
    has_boxes = np.zeros(video.frame_count, dtype=bool)
    for each in labels.tracks:
        has_boxes[each.columns.frame_indices] = True
    places = np.searchsorted(video.frames, np.flatnonzero(has_boxes))
    step = int(np.gcd.reduce(np.diff(places))) if len(places) >= FEWEST_FOR_A_STEP else 1
    if step <= 1:
        return labels
    said = f"The file has boxes on one frame in {step}; the frames between stay unlabelled."
    covered_video = covering(video, video.frames[places[0] : places[-1] + 1 : step])
    labels.report.note(said)
    return replace(labels, video=covered_video)


def covering(video: AnnotatedVideo, frames: NDArray[np.int32]) -> AnnotatedVideo:
    """The same video, of which a file speaks about these frames only."""
    return replace(video, frames=np.unique(frames))


def without_ids(built: LabelBuilder, parts: Iterator[BoxRows]) -> Iterator[BoxRows]:
    """The boxes without an id; those with one are put on their tracks by the way."""
    for rows in parts:
        is_loose = rows.track_ids < 0
        if not is_loose.all():
            built.add_rows(rows.rows(np.flatnonzero(~is_loose)))
        if is_loose.any():
            yield rows.rows(np.flatnonzero(is_loose))
