"""A project against a model of plain dictionaries: every edit, undo, redo and reopening, in whatever order."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dlst_gui.project import edits
from dlst_gui.project.changes import Edit
from dlst_gui.project.history import EditHistory
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import Keyframe, Visibility
from tests.dlst_gui.project.random_edits import VIDEO, block, box_at

FRAMES = (0, 1, 510, 511, 512)
"""Few enough for edits to meet, on two pages."""

frames = st.sampled_from(FRAMES)
spans = st.tuples(frames, frames).map(lambda ends: (min(ends), max(ends)))


@dataclass
class ModelTrack:
    """By frame: manual boxes, whether a prediction is superseded, review marks."""

    label: str = "dog"
    keyframes: dict[int, Keyframe] = field(default_factory=dict)
    predictions: dict[int, tuple[int, bool]] = field(default_factory=dict)
    marks: dict[int, ReviewMark] = field(default_factory=dict)

    def led_by(self, frame_index: int) -> int:
        """The last frame before the next manual box."""
        return min((i - 1 for i in self.keyframes if i > frame_index), default=10**6)

    def supersede(self, first: int, last: int) -> None:
        for i, (run_id, _) in self.predictions.items():
            if first <= i <= last:
                self.predictions[i] = run_id, True

    def unmark(self, first: int, last: int) -> None:
        self.marks = {i: mark for i, mark in self.marks.items() if not first <= i <= last}

    def unmark_lines_to(self, frame_index: int) -> None:
        """Of the frames between the manual box before and this one, those on a line are no longer as they were."""
        before = max((i for i in self.keyframes if i < frame_index), default=frame_index)
        is_tracked = {i for i, (_, is_superseded) in self.predictions.items() if not is_superseded}
        for i in range(before + 1, frame_index):
            if i not in is_tracked:
                self.marks.pop(i, None)

    def clear(self, first: int, last: int) -> None:
        for content in (self.keyframes, self.predictions, self.marks):
            for i in [i for i in content if first <= i <= last]:
                del content[i]


Model = dict[int, ModelTrack]


def copied(model: Model) -> Model:
    return {
        track_id: ModelTrack(track.label, {**track.keyframes}, {**track.predictions}, {**track.marks})
        for track_id, track in model.items()
    }


class ProjectMachine(RuleBasedStateMachine):
    """`states[: place + 1]` are those that undo goes through, the others those of redo."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "clip.dlst"
        self.states: list[Model] = [{}]
        self.place = 0
        self.run_id = 0
        self.use(ProjectStore.create(self.path, VIDEO))

    def use(self, store: ProjectStore) -> None:
        self.store = store
        self.project = store.read_project()
        self.history = EditHistory(self.project, store)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @property
    def model(self) -> Model:
        return self.states[self.place]

    def tracks(self) -> list[int]:
        return list(self.model)

    def do(self, edit: Edit, after: Model) -> None:
        assert bool(edit.changes) == (after != self.model), edit.title
        self.history.do(edit)
        if edit.changes:
            self.states[self.place + 1 :] = [after]
            self.place += 1

    def drawn(self, data: st.DataObject) -> tuple[int, Model, ModelTrack]:
        """A track, and a copy of the model to change."""
        track_id = data.draw(st.sampled_from(self.tracks()))
        after = copied(self.model)
        return track_id, after, after[track_id]

    @precondition(lambda self: len(self.tracks()) < 2)
    @rule(frame_index=st.none() | frames)
    def add_track(self, frame_index: int | None) -> None:
        track_id = self.project.next_track_id()
        assert track_id not in self.model
        first = None if frame_index is None else Keyframe(frame_index, box_at(frame_index))
        added = ModelTrack(keyframes={} if first is None else {first.frame_index: first})
        edit = edits.add_track(self.project, label="dog", color="#12ab34", keyframe=first)
        self.do(edit, {**self.model, track_id: added})

    @precondition(lambda self: self.tracks())
    @rule(data=st.data())
    def remove_track(self, data: st.DataObject) -> None:
        track_id, after, _ = self.drawn(data)
        del after[track_id]
        self.do(edits.remove_track(self.project, track_id), after)

    @precondition(lambda self: self.tracks())
    @rule(data=st.data(), frame_index=frames, size=st.integers(60, 62), visibility=st.sampled_from(Visibility))
    def set_keyframe(self, data: st.DataObject, frame_index: int, size: int, visibility: Visibility) -> None:
        track_id, after, track = self.drawn(data)
        made = Keyframe(frame_index, box_at(frame_index, size), visibility)
        before = track.keyframes.get(frame_index)
        track.keyframes[frame_index] = made
        if before is None or (before.box, before.visibility is Visibility.OUTSIDE) != (
            made.box,
            visibility is Visibility.OUTSIDE,
        ):
            track.supersede(frame_index + 1, track.led_by(frame_index))
            track.unmark(frame_index, track.led_by(frame_index))
            track.unmark_lines_to(frame_index)
        self.do(edits.set_keyframe(self.project, track_id, made), after)

    @precondition(lambda self: any(track.keyframes for track in self.model.values()))
    @rule(data=st.data())
    def remove_keyframe(self, data: st.DataObject) -> None:
        places = [(track_id, i) for track_id, track in self.model.items() for i in track.keyframes]
        track_id, frame_index = data.draw(st.sampled_from(places))
        after = copied(self.model)
        track = after[track_id]
        del track.keyframes[frame_index]
        track.supersede(frame_index, track.led_by(frame_index))
        track.unmark(frame_index, track.led_by(frame_index))
        track.unmark_lines_to(frame_index)
        self.do(edits.remove_keyframe(self.project, track_id, frame_index), after)

    @precondition(lambda self: self.tracks())
    @rule(data=st.data(), start=frames, count=st.integers(1, 4))
    def record(self, data: st.DataObject, start: int, count: int) -> None:
        track_id, after, track = self.drawn(data)
        self.run_id += 1
        for i in range(start, start + count):
            if i not in track.keyframes:
                track.predictions[i] = self.run_id, False
                track.unmark(i, i)
        made = block(start, start + count - 1, run_id=self.run_id)
        self.do(edits.record_predictions(self.project, track_id, made), after)

    @precondition(lambda self: self.tracks())
    @rule(data=st.data(), span=spans, mark=st.none() | st.sampled_from(ReviewMark))
    def mark_reviewed(self, data: st.DataObject, span: tuple[int, int], mark: ReviewMark | None) -> None:
        track_id, after, track = self.drawn(data)
        first, last = span
        track.unmark(first, last)
        if mark is not None:
            track.marks |= dict.fromkeys(range(first, last + 1), mark)
        edit = edits.mark_reviewed(self.project, track_id, first=first, last=last, mark=mark)
        if after != self.model or not edit.changes:  # spans may be joined otherwise with the same marks
            self.do(edit, after)

    @precondition(lambda self: self.tracks())
    @rule(data=st.data(), frame_index=frames, is_end=st.booleans())
    def clear(self, data: st.DataObject, frame_index: int, is_end: bool) -> None:
        track_id, after, track = self.drawn(data)
        track.clear(frame_index, 10**6 if is_end else frame_index)
        make = edits.end_track_here if is_end else edits.clear_here
        self.do(make(self.project, track_id, frame_index), after)

    @precondition(lambda self: self.tracks())
    @rule(data=st.data(), label=st.sampled_from(["cat", "dog"]))
    def rename(self, data: st.DataObject, label: str) -> None:
        track_id, after, track = self.drawn(data)
        track.label = label
        self.do(edits.change_track(self.project, replace(self.project.track(track_id), label=label)), after)

    @rule()
    def undo(self) -> None:
        assert (self.history.undo() is not None) == (self.place > 0)
        self.place = max(self.place - 1, 0)

    @rule()
    def redo(self) -> None:
        assert (self.history.redo() is not None) == (self.place < len(self.states) - 1)
        self.place = min(self.place + 1, len(self.states) - 1)

    @rule()
    def reopen(self) -> None:
        steps = self.history.steps()
        self.store.close()
        self.use(ProjectStore.open(self.path))
        assert self.history.steps() == steps

    @invariant()
    def is_as_the_model_says(self) -> None:
        assert len(self.history.steps()) == len(self.states) - 1
        found = {info.track_id: self.found(info.track_id) for info in self.project.tracks()}
        assert found == self.model

    def found(self, track_id: int) -> ModelTrack:
        project = self.project
        made = project.predictions(track_id)
        return ModelTrack(
            project.track(track_id).label,
            {each.frame_index: each for each in project.keyframes(track_id)},
            {each.frame_index: (each.run_id, each.is_superseded) for each in made.predictions()},
            {i: span.mark for span in project.review(track_id) for i in range(span.first, span.last + 1)},
        )


TestProject = ProjectMachine.TestCase
TestProject.settings = settings(max_examples=16, stateful_step_count=30, deadline=None)
