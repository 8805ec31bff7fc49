"""The open project: which one it is, and what may be done to it. No Qt."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from dlst_gui.exchange.targets import check_copy
from dlst_gui.project.changes import Edit, TrackChange, inverses
from dlst_gui.project.conversions import Tell
from dlst_gui.project.counts import is_done, mark_done
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.last_view import LastView, keep_view, last_view
from dlst_gui.project.opening import OpenProject, ProjectOpener, UnreadPages
from dlst_gui.project.project import Project
from dlst_gui.project.rescue import Rescue
from dlst_gui.project.run_facts import RunFacts, keep_run_facts, known_runs, next_run_id
from dlst_gui.project.tracks import Prediction
from dlst_gui.project.trusted_pairs import Pairs, forget_pairs_of, trust_pair, trusted_pairs
from dlst_gui.tracking.run_snapshot import facts_of
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tracker_core import PRESETS, ErrorRates, WeightsError, error_rates

MakeEdit = Callable[[Project], Edit]


class CurrentProject:
    """At most one project; every change to it is in its file before anybody sees it.

    Attributes:
        opener: finds and opens projects.
    """

    def __init__(self, opener: ProjectOpener) -> None:
        self.opener = opener
        self._before: Project | None = None
        self._opened: OpenProject | None = None
        self._is_done = False
        self._last_run_id = 0
        self._runs: dict[int, RunFacts | None] = {}

    @property
    def project(self) -> Project | None:
        """To be read; it changes through `do`, `undo`, `redo` and recorded runs only.

        While a long change is being made it is as it was before.
        """
        if self._before is not None:
            return self._before
        return None if self._opened is None else self._opened.project

    @property
    def is_changing(self) -> bool:
        """Whether a long change is being made: nothing else can be."""
        return self._before is not None

    def begin_change(self, *, without: Collection[int]) -> None:
        """A long change begins; until `end_change` the project is seen as it is, without these tracks."""
        if self._opened is not None:
            self._before = self._opened.project.copied(without=without)

    def end_change(self) -> None:
        """The project is seen as it has become; nothing happens where none began."""
        before, self._before = self._before, None
        if before is not None and self._opened is not None:
            self._opened.store.release(before)

    @property
    def history(self) -> EditHistory | None:
        """What undo and redo would do."""
        return None if self._opened is None else self._opened.history

    @property
    def path(self) -> Path | None:
        """Where everything is saved; None: nowhere."""
        return None if self._opened is None else self._opened.store.path

    @property
    def notice(self) -> str:
        """Why the project is not as ever; empty where it is."""
        return "" if self._opened is None else self._opened.notice

    @property
    def is_read_only(self) -> bool:
        return self._opened is not None and self._opened.store.is_read_only

    @property
    def is_writable(self) -> bool:
        """Whether there is a project that takes changes now."""
        return self._opened is not None and not self.is_read_only and not self.is_changing

    def name_of(self, track_id: int | None) -> str:
        """What a track is called: its label and number."""
        project = self.project
        if project is None or track_id is None or not project.has_track(track_id):
            return "no object"
        return f"{project.track(track_id).label} {track_id}"

    def is_work_saved(self) -> bool:
        """Whether there is a project in a file that takes everything that is done."""
        return self._opened is not None and not self.is_read_only and self.path is not None

    @property
    def is_done(self) -> bool:
        """Whether a person is done with it."""
        return self._opened is not None and self._is_done

    def set_done(self, is_done: bool) -> None:
        """Note that; raises `ProjectFileError`."""
        if self._opened is not None:
            mark_done(self._opened.store, is_done)
            self._is_done = is_done

    def take(self, opened: OpenProject) -> None:
        """Take a project that was opened, in any thread; there is none at present."""
        self._opened = opened
        self._is_done = False
        with suppress(ProjectFileError):  # of no project that can be worked on
            self._is_done = is_done(opened.store)
        self._runs = {}
        self._last_run_id = next_run_id(self._opened.store) - 1

    @property
    def unread(self) -> UnreadPages:
        """Pages that were not looked at when it was opened; see `OpenProject`."""
        return () if self._opened is None else self._opened.unread

    def next_run_id(self) -> int:
        """For a run that is about to be recorded, or labels that are about to be imported."""
        self._last_run_id += 1
        return self._last_run_id

    def remember_run(self, run_id: int, settings: TrackerSettings) -> None:
        """Keep what a run is made with, where it can be told and written; receipts of exports say it."""
        if self._opened is None:
            return
        # Where weights or file cannot be read, tracking and writing the run's boxes say so.
        with suppress(WeightsError, ProjectFileError):
            facts = facts_of(settings)
            keep_run_facts(self._opened.store, run_id, facts)
            self._runs[run_id] = facts

    def remember_view(self, view: LastView) -> None:
        """Keep where one is, for the next time; nothing happens where that cannot be written."""
        if self._opened is not None and self.is_writable:
            with suppress(ProjectFileError):
                keep_view(self._opened.store, view)

    def last_view(self) -> LastView | None:
        """Where one was when the project was put away, if that is known."""
        if self._opened is None:
            return None
        with suppress(ProjectFileError):
            return last_view(self._opened.store)
        return None

    def trust_pair(self, track_id: int, other_id: int) -> None:
        """Remember that two tracks are two objects, however alike they look; raises `ProjectFileError`."""
        if self._opened is not None:
            trust_pair(self._opened.store, track_id, other_id)

    @property
    def trusted_pairs(self) -> Pairs:
        """Of which tracks that is known; of none where it cannot be read."""
        if self._opened is not None:
            with suppress(ProjectFileError):
                return trusted_pairs(self._opened.store)
        return frozenset()

    def forget_pairs_of(self, track_ids: Collection[int]) -> None:
        """These are new tracks: what was known of others that had their ids is not about them."""
        if self._opened is not None and track_ids:
            with suppress(ProjectFileError):  # the tracks are there; at worst nobody is asked about two of them
                forget_pairs_of(self._opened.store, track_ids)

    def run_facts(self) -> Mapping[int, RunFacts]:
        """What is known of the project's runs; raises `ProjectFileError`."""
        return {} if self._opened is None else known_runs(self._opened.store)

    def wrong_share(self, prediction: Prediction) -> float | None:
        """How many boxes (0 to 1) with such a score are wrong; None where that was not measured.

        It is known of single passes of some systems with their own weights. Two passes that were fused have the
        larger score of both.
        """
        facts = self.facts_of_run(prediction.run_id)
        if facts is None or not math.isnan(prediction.disagreement):
            return None
        preset = PRESETS.get(facts.system.partition(" ")[0])
        if preset is None or facts.weights != preset.backbone:
            return None
        rates: ErrorRates | None = error_rates(facts.system)
        return None if rates is None else rates.wrong_share(prediction.score)

    def system_of(self, prediction: Prediction) -> str:
        """Preset, speed and guide of the run that found a box; "" where it is not known."""
        facts = self.facts_of_run(prediction.run_id)
        return "" if facts is None else facts.system

    def facts_of_run(self, run_id: int) -> RunFacts | None:
        """What a run was made with; None where it is not known."""
        if run_id not in self._runs:
            with suppress(ProjectFileError):
                self._runs |= self.run_facts()
        return self._runs.setdefault(run_id, None)

    def do(self, make_edit: MakeEdit) -> Edit:
        """Make an edit.

        Raises:
            EditError: it makes no sense, or there is no project.
            ProjectFileError: it cannot be written; nothing has changed.
        """
        if self._opened is None:
            raise EditError("Open a video first.")
        edit = make_edit(self._opened.project)
        self._opened.history.do(edit)
        begun = (each for each in edit.changes if isinstance(each, TrackChange) and each.before is None)
        self.forget_pairs_of([each.after.track_id for each in begun if each.after is not None])
        return edit

    def adopt(self, edit: Edit) -> None:
        """Let a project that nobody has worked on begin otherwise, without a step of undo.

        Raises:
            ProjectFileError: it cannot be written; nothing has changed.
        """
        if self._opened is None or not self.is_untouched:
            return
        self._opened.project.apply(*edit.changes)
        try:
            self._opened.store.write_state(edit.changes, self._opened.project)
        except ProjectFileError:
            self._opened.project.apply(*inverses(edit.changes))
            raise

    @property
    def is_untouched(self) -> bool:
        """Whether the project takes changes, and holds nothing, not even in its history."""
        if self._opened is None or not self.is_writable:
            return False
        project = self._opened.project
        return not (project.tracks() or project.labels() or project.attributes() or self._opened.history.steps())

    def undo(self) -> Edit | None:
        """Take the latest step back; raises `ProjectFileError`."""
        return None if self._opened is None else self._opened.history.undo()

    def redo(self) -> Edit | None:
        """Make the step that was undone last again; raises `ProjectFileError`."""
        return None if self._opened is None else self._opened.history.redo()

    def settle(self, *, waits: bool = False) -> None:
        """See that the project's file is still there; see `ProjectStore.settle`."""
        if self._opened is not None:
            self._opened.history.settle(waits=waits)

    @property
    def trouble_check(self) -> Callable[[], bool] | None:
        """A function for any thread: whether `settle` may have something to do. None without a project."""
        return None if self._opened is None else self._opened.store.trouble_check

    def take_rescue(self) -> Rescue | None:
        """What has become of a file that was taken away, once for each."""
        return None if self._opened is None else self._opened.store.take_rescue()

    def copying(self, path: Path) -> Callable[[Tell], None] | None:
        """A function for any thread that writes a compact copy elsewhere; None without a project.

        Raises `TargetError` where it would replace a project or its video.
        """
        if self._opened is None:
            return None
        check_copy(path)
        save_copy = self._opened.store.save_copy
        try:
            self.settle(waits=True)
        except ProjectFileError:
            # The file is gone, and the copy is all that will be left: only what was opened can still read it.
            return lambda _tell: save_copy(path)
        return partial(save_copy, path)

    def close(self) -> Rescue | None:
        """Put the project away; raises `ProjectFileError` where its file could not be left in order.

        Returns:
            what has become of its file, if that was taken away and nobody was told yet.
        """
        opened, self._opened = self._opened, None
        if opened is None:
            return None
        opened.close()
        return opened.store.take_rescue()
