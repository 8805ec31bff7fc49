"""Projects for tests: small parts, everything in a project as one value, and edits drawn at random."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

from dlst_gui.project import edits, identity_edits, label_set_edits
from dlst_gui.project.attributes import Attribute, AttributeKind, AttributeScope
from dlst_gui.project.changes import Edit
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.history import EditHistory, OpenEdit
from dlst_gui.project.keyframing.making import make_keyframes, sparse_track, stretch_around
from dlst_gui.project.keyframing.thinning import Measure, Tolerance
from dlst_gui.project.label_set_edits import OfferedLabels
from dlst_gui.project.labels import Label
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import BoxOrigin, Keyframe, Prediction, Visibility
from dlst_gui.project.video_identity import Fingerprint, VideoIdentity
from tracker_core import Box, UpdateKind

VIDEO = VideoIdentity(
    "/videos/clip.mp4", 1100, 640, 480, 123_456, (Fingerprint(0, "ab12"), Fingerprint(700, "cd34"))
)
FRAME_COUNT = VIDEO.frame_count
MOST_TRACKS = 4


def box_at(frame_index: int, size: float = 30.0) -> Box:
    return Box(float(frame_index), frame_index / 2, size, size + 1)


def keyframe(frame_index: int, visibility: Visibility = Visibility.VISIBLE) -> Keyframe:
    return Keyframe(frame_index, box_at(frame_index), visibility)


def prediction(frame_index: int, *, is_found: bool = True, run_id: int = 1, score: float = 2.5) -> Prediction:
    box = box_at(frame_index, size=50.0)
    return Prediction(frame_index, box, score, is_found, run_id, UpdateKind.SHORT_TERM, 0.25)


def block(first: int, last: int, *, run_id: int = 1) -> PredictionBlock:
    return PredictionBlock.of(prediction(index, run_id=run_id) for index in range(first, last + 1))


def opened() -> tuple[Project, EditHistory]:
    """An empty project in memory and its history."""
    store = ProjectStore.in_memory(VIDEO)
    project = store.read_project()
    return project, EditHistory(project, store)


def contents(project: Project) -> tuple[object, ...]:
    """Everything in a project, to compare."""
    tracks = tuple(
        (
            info,
            project.keyframes(info.track_id),
            project.predictions(info.track_id).to_bytes(),
            project.review(info.track_id),
        )
        for info in project.tracks()
    )
    return project.video, project.labels(), tracks, project.attributes()


class RandomEdits:
    """Makes one random step after another; the same seed makes the same steps."""

    def __init__(self, project: Project, history: EditHistory, seed: int) -> None:
        self.project = self._project = project
        self._history = history
        self._random = random.Random(seed)
        self._run: OpenEdit | None = None
        self._run_count = 0
        self.made: set[str] = set()

    def step(self) -> None:
        """Try one operation; some are impossible at the moment and change nothing."""
        choice = self._random.random()
        if choice < 0.04:
            self._history.undo()
        elif choice < 0.07:
            self._history.redo()
        elif choice < 0.25:
            self._grow_run()
        else:
            self._edit()

    def _edit(self) -> None:
        kinds = self._kinds()
        make = self._random.choices(list(kinds), list(kinds.values()))[0]
        if not self._project.tracks():
            make = self._add_track
        try:
            edit = make()
        except EditError:
            return
        self.made.add(edit.title)
        self._history.do(edit)

    def _kinds(self) -> dict[Callable[[], Edit], float]:
        return {
            self._add_track: 2,
            self._set_keyframe: 20,
            self._remove_keyframe: 6,
            self._set_visibility: 6,
            self._change_track: 3,
            self._remove_track: 1,
            self._clear_here: 4,
            self._end_track_here: 2,
            self._propagate: 1,
            self._record: 8,
            self._mark_reviewed: 5,
            self._mark_all_reviewed: 1,
            self._make_keyframes: 1,
            self._set_label: 2,
            self._remove_label: 1,
            self._change_label: 0.5,
            self._set_attribute: 3,
            self._remove_attribute: 0.5,
            self._take_label_set: 0.5,
            self._set_object_value: 3,
            self._set_frame_value: 6,
            self._merge: 0.7,
            self._split: 1,
            self._swap: 1,
            self._duplicate: 0.7,
            self._set_video: 0.5,
        }

    def _grow_run(self) -> None:
        if not self._project.tracks():
            return
        if self._run is None or self._random.random() < 0.2:
            if self._run is not None:
                self._run.close()
            self._run = self._history.begin_run("Track", self._frame(), None)
            self._run_count += 1
        self._run.add(self._record().changes)

    def _frame(self) -> int:
        return self._random.randrange(FRAME_COUNT)

    def _track(self) -> int:
        return self._random.choice(self._project.tracks()).track_id

    def _box(self) -> Box:
        draw = self._random.uniform
        return Box(draw(-20, 600), draw(-20, 400), draw(1, 90), draw(1, 90))

    def _keyframe(self) -> Keyframe:
        visibility = self._random.choices(list(Visibility), [8, 2, 2])[0]
        attributes = {"pose": self._random.choice("ab")} if self._random.random() < 0.2 else {}
        return Keyframe(self._frame(), self._box(), visibility, self._random.choice(list(BoxOrigin)), attributes)

    def _add_track(self) -> Edit:
        if len(self._project.tracks()) >= MOST_TRACKS:
            return self._remove_track()
        first = self._keyframe() if self._random.random() < 0.8 else None
        return edits.add_track(self._project, label="dog", color="#12ab34", keyframe=first)

    def _set_keyframe(self) -> Edit:
        return edits.set_keyframe(self._project, self._track(), self._keyframe())

    def _remove_keyframe(self) -> Edit:
        track_id = self._track()
        indices = [each.frame_index for each in self._project.keyframes(track_id)] or [0]
        return edits.remove_keyframe(self._project, track_id, self._random.choice(indices))

    def _set_visibility(self) -> Edit:
        visibility = self._random.choice(list(Visibility))
        return edits.set_visibility(self._project, self._track(), self._frame(), visibility)

    def _change_track(self) -> Edit:
        info = self._project.track(self._track())
        changed = (
            replace(info, label=self._random.choice(["cat", "dog"])),
            replace(info, is_hidden=not info.is_hidden),
            replace(info, is_interpolated=not info.is_interpolated),
            replace(info, is_locked=not info.is_locked, attributes={"size": "small"}),
        )
        return edits.change_track(self._project, self._random.choice(changed))

    def _remove_track(self) -> Edit:
        return edits.remove_track(self._project, self._track())

    def _clear_here(self) -> Edit:
        return edits.clear_here(self._project, self._track(), self._frame())

    def _end_track_here(self) -> Edit:
        return edits.end_track_here(self._project, self._track(), self._frame())

    def _propagate(self) -> Edit:
        start = self._frame()
        end = min(max(start + self._random.randint(-8, 8), 0), FRAME_COUNT - 1)
        return edits.propagate(self._project, self._track(), from_frame=start, to_frame=end)

    def _record(self) -> Edit:
        start = self._frame()
        made = PredictionBlock.of(
            Prediction(
                index,
                self._box(),
                self._random.uniform(-3, 3),
                self._random.random() < 0.9,
                1 + self._run_count,
                self._random.choice(list(UpdateKind)),
                self._random.choice([math.nan, 0.5]),
            )
            for index in range(start, min(start + self._random.randint(1, 12), FRAME_COUNT))
        )
        return edits.record_predictions(self._project, self._track(), made)

    def _mark_reviewed(self) -> Edit:
        first = self._frame()
        last = min(first + self._random.randint(0, 200), FRAME_COUNT - 1)
        mark = self._random.choice([*ReviewMark, None])
        return edits.mark_reviewed(self._project, self._track(), first=first, last=last, mark=mark)

    def _mark_all_reviewed(self) -> Edit:
        spans = {}
        for track in self._project.tracks():
            begins = sorted(self._random.sample(range(0, FRAME_COUNT, 10), 2))
            spans[track.track_id] = tuple((begin, begin + self._random.randrange(10)) for begin in begins)
        return edits.mark_all_reviewed(self._project, spans, self._random.choice([*ReviewMark, None]))

    def _make_keyframes(self) -> Edit:
        track_id, last = self._track(), FRAME_COUNT - 1
        first, last = self._random.choice(
            [(0, last), stretch_around(self._project, track_id, self._frame(), last)]
        )
        tolerance = self._random.choice([Tolerance(Measure.PIXELS, 40.0), Tolerance(Measure.IOU, 0.3)])
        return make_keyframes(self._project, sparse_track(self._project, track_id, first, last, tolerance))

    def _set_label(self) -> Edit:
        name, hotkey = self._random.choice("pqrs"), self._random.choice(["", "1", "2"])
        return edits.set_label(self._project, Label(name, f"#0000{self._random.randrange(10, 99)}", hotkey))

    def _remove_label(self) -> Edit:
        return edits.remove_label(self._project, self._random.choice("pqrs"))

    def _change_label(self) -> Edit:
        name, new_name = self._random.choice("pqrs"), self._random.choice("pqrs")
        label = Label(new_name, "#010203", self._random.choice(["", "1", "2"]))
        return label_set_edits.change_label(self._project, name, label)

    def _attribute(self) -> Attribute:
        kind, scope = self._random.choice(list(AttributeKind)), self._random.choice(list(AttributeScope))
        choices = tuple("ab") if kind is AttributeKind.CHOICE else ()
        labels = self._random.choice(((), ("dog",), ("cat", "dog")))
        hotkey = self._random.choice(["", "1", "2"])
        name = self._random.choice(["pose", "size", "age"])
        number = self._random.randint(1, 5)
        return Attribute(number, name, kind, scope, choices, labels=labels, hotkey=hotkey)

    def _set_attribute(self) -> Edit:
        return label_set_edits.set_attribute(self._project, self._attribute())

    def _remove_attribute(self) -> Edit:
        return label_set_edits.remove_attribute(self._project, self._random.randint(1, 5))

    def _take_label_set(self) -> Edit:
        offered = OfferedLabels((Label("p", "#123456", "1"), Label("t", "#654321")), (self._attribute(),))
        replaces = self._random.random() < 0.3
        return label_set_edits.take_label_set(self._project, offered, replaces=replaces)

    def _set_object_value(self) -> Edit:
        name, value = self._random.choice(["pose", "size"]), self._random.choice(["", "a", "b"])
        return label_set_edits.set_object_value(self._project, self._track(), name, value)

    def _set_frame_value(self) -> Edit:
        name, value = self._random.choice(["pose", "size", "age"]), self._random.choice(["", "a", "b"])
        return label_set_edits.set_frame_value(self._project, self._track(), self._frame(), name, value)

    def _set_video(self) -> Edit:
        return edits.set_video(self._project, replace(VIDEO, path=f"/videos/{self._random.randrange(3)}.mp4"))

    def _merge(self) -> Edit:
        return identity_edits.merge(self._project, self._track(), self._track())

    def _split(self) -> Edit:
        if len(self._project.tracks()) >= MOST_TRACKS:
            return self._merge()
        return identity_edits.split(self._project, self._track(), self._frame())

    def _swap(self) -> Edit:
        return identity_edits.swap_from(self._project, self._track(), self._track(), self._frame())

    def _duplicate(self) -> Edit:
        if len(self._project.tracks()) >= MOST_TRACKS:
            return self._merge()
        return identity_edits.duplicate_track(self._project, self._track())
