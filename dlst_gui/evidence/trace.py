"""Reading a file of evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from dlst_gui.evidence.kept_frame import TraceRow, contents_where, evidence_on, rows_where, track_number
from dlst_gui.evidence.trace_database import connected, errors_named
from dlst_gui.evidence.trace_facts import DamagedTraceError, TraceFacts, facts_from, run_from
from dlst_gui.project.project_file import logs_beside, tidy_after_reading
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.video.video_source import ClosedOnExit
from tracker_core.evidence import FrameEvidence


class Trace(ClosedOnExit):
    """A file of evidence, opened to read. Belongs to one thread; see `dlst_gui.api.open_trace`.

    A file that comes from elsewhere may be opened: nothing in it can run, and everything is checked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._logs_before = logs_beside(path)
        self._connection = connected(path, read_only=True)
        try:
            with errors_named(path):
                row = self._connection.execute("SELECT * FROM about").fetchone()
                if row is None:
                    raise DamagedTraceError(path, "it is damaged (it does not say what it is about)")
                self._facts = facts_from(row[2:])
        except BaseException:
            self.close()
            raise

    @property
    def facts(self) -> TraceFacts:
        """The video, and the program that began the file."""
        return self._facts

    @property
    def runs(self) -> Mapping[int, RunFacts]:
        """What the runs were made with, by number; raises TraceError."""
        with errors_named(self.path):
            return {
                int(run_id): run_from(facts) for run_id, facts in self._connection.execute("SELECT * FROM run")
            }

    @property
    def track_ids(self) -> tuple[int, ...]:
        """Numbers of the objects that it tells of; raises TraceError."""
        with errors_named(self.path):
            rows = self._connection.execute("SELECT DISTINCT track_id FROM frame ORDER BY track_id")
            return tuple(track_number(track_id) for (track_id,) in rows)

    def rows(self, track_id: int | None = None) -> Iterator[TraceRow]:
        """What is kept, of one object or all, by frame; raises TraceError.

        Two-sided runs have two rows of a frame, one of each direction. A file beside a project may have up to
        three of each where a frame was tracked several times, the latest first.
        """
        with errors_named(self.path):
            if track_id is None:
                yield from rows_where(self._connection)
            else:
                yield from rows_where(self._connection, "WHERE track_id = ?", (track_id,))

    def evidence(
        self, frame_index: int, track_id: int | None = None, *, is_backward: bool | None = None
    ) -> FrameEvidence | None:
        """What was seen on a frame, by the latest look; None where nothing is kept of it.

        Args:
            frame_index: 0-based.
            track_id: of the object; None for the one with the smallest number.
            is_backward: which direction of a two-sided run; None for forward where there are both.

        Raises:
            TraceError: the file is damaged there.
        """
        condition, values = "WHERE frame_index = ?", [frame_index]
        if track_id is not None:
            condition, values = f"{condition} AND track_id = ?", [*values, track_id]
        if is_backward is not None:
            condition, values = f"{condition} AND is_backward = ?", [*values, int(is_backward)]
        with errors_named(self.path):
            return next(contents_where(self._connection, condition, tuple(values)), None)

    def on_frame(self, frame_index: int) -> tuple[FrameEvidence, ...]:
        """What was seen on a frame, of all objects and directions; what is damaged is left out."""
        with errors_named(self.path):
            return evidence_on(self._connection, frame_index)

    def evidence_of(self, row: TraceRow) -> FrameEvidence:
        """What was seen, by one of `rows`; raises TraceError."""
        with errors_named(self.path):
            found = next(contents_where(self._connection, "WHERE row_id = ?", (row.row_id,)), None)
        if found is None:
            raise DamagedTraceError(self.path, f"it is damaged (nothing is there of frame {row.frame_index})")
        return found

    def __iter__(self) -> Iterator[FrameEvidence]:
        """All evidence, by frame and object; raises TraceError."""
        with errors_named(self.path):
            yield from contents_where(self._connection, "")

    def __len__(self) -> int:
        with errors_named(self.path):
            return int(self._connection.execute("SELECT count(*) FROM frame").fetchone()[0])

    def close(self) -> None:
        """See `ClosedOnExit`."""
        self._connection.close()
        tidy_after_reading(self.path, self._logs_before)
