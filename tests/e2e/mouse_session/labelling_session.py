"""The story: a video labelled from the first box on, closed in the middle of tracking, and gone on with.

After each step the project file must have what the step was for, and still all that was done by hand before.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from dlst_gui.project.review import ReviewMark
from dlst_gui.project.tracks import LAST_FRAME, BoxOrigin, Keyframe, Visibility
from tests.e2e.mouse_session.eye import likeness_of_boxes
from tests.e2e.mouse_session.person import Person
from tests.e2e.mouse_session.project_truth import (
    PATIENCE_S,
    POLL_S,
    HumanWork,
    ProjectFile,
    StepError,
    Truth,
    check_same_work,
)
from tracker_core import Box

FIRST, SECOND = 1, 2  # tracks
LABEL = "other"
RUN_FRAMES = 12
SHORT_RUN_FRAMES = 6
ROUGHLY = 0.8  # of a side
PAUSE_TRIES = 3  # a run that has just paused by itself is started by the key that should pause it
PAUSING_S = 6.0
SMALLEST_MOVE = 3.0  # image pixels; a drag that would hardly be seen is made larger
ZOOM_NOTCHES = 3


@dataclass(frozen=True, slots=True)
class Target:
    """What a person sees in the video: the target on each frame, and another object on the first."""

    boxes: tuple[Box | None, ...]
    other: Box

    def box(self, frame_index: int, otherwise: Box) -> Box:
        """Where the target is; `otherwise` where it is not known."""
        return self.boxes[frame_index] or otherwise


class LabellingSession:
    """Raises StepError or NotSeenError where a step does not take effect."""

    def __init__(self, person: Person, file: ProjectFile, target: Target) -> None:
        self._person = person
        self._file = file
        self._target = target
        self._known = HumanWork({}, {}, {})

    def draw_first_box(self) -> None:
        """Not well at first, so that a corner has to be dragged."""
        self._person.find_frame(0)
        self._person.photograph("opened")
        there = self._target.box(0, self._target.other)
        rough = Box(there.x, there.y, ROUGHLY * there.width, ROUGHLY * there.height)
        drawn = self._person.draw(rough, title="drawing")
        self._take_box(FIRST, 0, drawn, "the first box")
        better = self._person.drag_corner(drawn, there.right, there.bottom)
        self._take_box(FIRST, 0, better, "its dragged corner")
        self._person.photograph("first box")

    def track_and_pause(self) -> None:
        self._person.screen.press("t")
        self._track_on(FIRST, after=0, count=RUN_FRAMES, title="tracking")
        self._person.photograph("paused")

    def correct_by_moving(self) -> None:
        frame, box = self._last_tracked(FIRST)
        self._person.wait_for_frame(frame)
        (x, y), (there_x, there_y) = box.center, self._target.box(frame, box).center
        dx, dy = _at_least(there_x - x), _at_least(there_y - y)
        self._take_box(FIRST, frame, self._person.move_box(box, dx, dy, title="correcting"), "a moved box")
        self._track_on(FIRST, after=frame, count=SHORT_RUN_FRAMES, title="goes on after correction")

    def correct_by_drawing(self) -> None:
        frame, box = self._last_tracked(FIRST)
        self._person.find_frame(frame)  # the first steps are done, and the frame has their room
        drawn = self._person.draw(self._target.box(frame, box), key="shift")
        self._take_box(FIRST, frame, drawn, "a box drawn over the tracker's")
        self._person.snap("learning the correction")
        self._track_on(FIRST, after=frame, count=SHORT_RUN_FRAMES)

    def pick_candidate(self) -> None:
        frame, _ = self._last_tracked(FIRST)
        self._person.wait_for_frame(frame)
        self._person.screen.press("shift+c")  # the tracker is sure of its box: candidates are numbered on request
        self._person.photograph("candidates to pick")
        self._person.screen.press("shift+c")
        self._person.screen.press("alt+1")
        self._take_keyframe(FIRST, frame, "candidate 1 as the box", lambda k: k.origin is BoxOrigin.PICKED)
        self._track_on(FIRST, after=frame, count=SHORT_RUN_FRAMES)
        self._person.photograph("picked")

    def mark_visibility_and_undo(self) -> None:
        rested = self._file.read()
        last = self._last_tracked(FIRST)[0]
        middle = last // 2
        while (FIRST, middle) in self._known.keyframes:
            middle += 1
        self._person.click_timeline(middle, last_found=self._last_found())
        self._person.photograph("timeline clicked")
        occluded = self._mark(middle, "q", Visibility.OCCLUDED)
        self._person.go_to(last)
        outside = self._mark(last, "o", Visibility.OUTSIDE)
        self._person.photograph("occluded and outside")
        # The third step back is the run before.
        run_undone = self._move_in_history("ctrl+z", 3, lambda t: len(t.done) == len(rested.done) - 1)
        if run_undone.predictions() == rested.predictions():
            raise StepError("expected the run's boxes to be gone after three steps back; they are all there")
        self._person.photograph("three steps undone")
        for earlier in (rested, occluded, outside):
            _check_same(earlier, self._redo_to(earlier), "after undo and redo")
        self._person.photograph("all redone")

    def zoom_and_draw_second(self) -> None:
        last = self._last_found()
        self._person.zoom_timeline(last // 2, 4, last_found=last)
        self._person.photograph("timeline zoomed")
        self._person.go_to(0)
        self._person.zoom(*self._target.other.center, ZOOM_NOTCHES)
        self._person.screen.press("n")
        self._person.photograph("zoomed for a second object")
        drawn = self._person.draw(self._target.other, title="drawing the second object")
        self._take_box(SECOND, 0, drawn, "a second object's box")
        self._person.screen.press("F4")
        self._person.photograph("label asked")
        self._person.screen.press("ctrl+a")
        self._person.screen.write(LABEL)
        self._person.screen.press("Return")
        truth = self._file.wait_for(f"the label {LABEL}", lambda t: t.human.labels.get(SECOND) == LABEL)
        self._expect(replace(self._known, labels={**self._known.labels, SECOND: LABEL}), truth, "labelled")
        self._person.show_whole_frame(0)
        self._person.photograph("second object")

    def track_both(self) -> None:
        self._person.screen.press("ctrl+alt+t")
        self._track_on(SECOND, after=0, count=RUN_FRAMES, title="tracking both")
        self._person.photograph("both paused")
        # Else the next run would be this one, of both objects.
        self._person.screen.press("ctrl+period")

    def review(self) -> None:
        self._person.screen.press("g")
        self._person.photograph("review queue")
        for key, mark in (("a", ReviewMark.ACCEPTED), ("x", ReviewMark.BAD)):
            self._person.screen.press(key)
            truth = self._file.wait_for(f"a span marked {mark.value}", _has_mark(mark))
            self._expect(replace(self._known, reviews=truth.human.reviews), truth, f"marked {mark.value}")
        self._person.photograph("reviewed")

    def look_at_dialogs(self) -> None:
        shown = (("F1", "keys"), ("ctrl+shift+p", "command palette"), ("ctrl+comma", "settings"), ("m", "merge"))
        for key, title in (*shown, ("Delete", "delete")):
            self._person.screen.press(key)
            self._person.photograph(title)
            self._person.screen.press("Escape")
        self._person.screen.press("shift+y")
        self._person.photograph("manual boxes")
        self._person.screen.press("shift+y")
        self._expect(self._known, self._file.read(), "after looking at dialogs")

    def close_while_tracking(self) -> Truth:
        """What must be there when the window is opened again."""
        self._person.screen.press("2", "t")
        before = max(self._file.read().tracked(SECOND))
        seen = self._wait_for_frames(SECOND, after=before, count=1)
        self._person.snap("closed while tracking")
        self._person.screen.press("alt+F4")
        return seen

    def check_closed(self, seen: Truth) -> Truth:
        """The project that a closed window has left, with at least what was seen in it before."""
        self._file.check_integrity()
        left = self._file.read()
        # A run takes back what was said of the boxes that it replaces.
        marks = {track: spans for track, spans in self._known.reviews.items() if track != SECOND}
        marks |= {track: spans for track, spans in left.human.reviews.items() if track == SECOND}
        self._expect(replace(self._known, reviews=marks), left, "closed while tracking")
        if lost := set(seen.tracked(SECOND)) - set(left.tracked(SECOND)):
            raise StepError(f"closed while tracking: tracked frames {sorted(lost)} are gone")
        return left

    def go_on(self, left: Truth) -> None:
        """After a start on the same project."""
        self._person.find_frame(0)
        self._person.photograph("started again")
        _check_same(left, self._file.read(), "started again")
        steps = 3  # the run, and both review marks
        self._move_in_history("ctrl+z", steps, lambda t: len(t.done) == len(left.done) - steps)
        self._person.photograph("undone after a restart")
        redone = self._move_in_history("ctrl+y", steps, lambda t: len(t.done) == len(left.done))
        _check_same(left, redone, "after undo and redo in a new window")
        self._person.photograph("redone after a restart")
        self._person.screen.press("ctrl+q")

    def _mark(self, frame: int, key: str, visibility: Visibility) -> Truth:
        self._person.screen.press(key)
        return self._take_keyframe(FIRST, frame, visibility.value, lambda k: k.visibility is visibility)

    def _track_on(self, track_id: int, *, after: int, count: int, title: str | None = None) -> None:
        """Let a run make some frames, half of which are seen before a picture is taken; then pause it.

        It may pause by itself where it loses its target, or end with the video.
        """
        self._wait_for_frames(track_id, after=after, count=1)
        self._watch(track_id, until_frame=after + count // 2)
        if title is not None:
            self._person.snap(title)
        is_running = self._watch(track_id, until_frame=after + count)
        for _ in range(PAUSE_TRIES):
            if is_running:
                self._person.screen.press("t")
                is_running = self._watch(track_id, most_s=PAUSING_S)

    def _watch(self, track_id: int, *, until_frame: int = LAST_FRAME, most_s: float = PATIENCE_S) -> bool:
        """Whether a run still goes on, at a frame or after long; False once its box can be grabbed.

        What can be grabbed is the last box in the project: nothing waits to be written then.
        """
        end_s = time.monotonic() + most_s
        while True:
            frame, box = self._last_tracked(track_id)
            if self._person.sees_handles(box):
                return False
            if frame >= until_frame or time.monotonic() > end_s:
                return True
            time.sleep(POLL_S)

    def _move_in_history(self, key: str, times: int, is_so: Callable[[Truth], bool]) -> Truth:
        self._person.screen.press(*[key] * times)
        return self._file.wait_for(f"{key} pressed {times} times to take effect", is_so)

    def _redo_to(self, earlier: Truth) -> Truth:
        return self._move_in_history("ctrl+y", 1, lambda t: len(t.done) == len(earlier.done))

    def _wait_for_frames(self, track_id: int, *, after: int, count: int) -> Truth:
        return self._file.wait_for(
            f"{count} tracked frames of track {track_id} after frame {after}",
            lambda t: sum(frame > after for frame in t.tracked(track_id)) >= count,
        )

    def _last_tracked(self, track_id: int) -> tuple[int, Box]:
        truth = self._file.read()
        frame = max(truth.tracked(track_id))
        prediction = truth.project.prediction(track_id, frame)
        if prediction is None:
            raise StepError(f"track {track_id} has no box on frame {frame}, which is said to be tracked")
        return frame, prediction.box

    def _last_found(self) -> int:
        """The last frame of the first track that the timeline shows as tracked."""
        project = self._file.read().project
        for frame in reversed(range(self._last_tracked(FIRST)[0] + 1)):
            prediction = project.prediction(FIRST, frame)
            if prediction is not None and prediction.is_found and project.keyframe(FIRST, frame) is None:
                return frame
        raise StepError("the tracker has found the first object nowhere")

    def _take_box(self, track_id: int, frame: int, box: Box, what: str) -> None:
        """Wait for a drawn box, and know it from now on."""
        most = self._person.precision
        self._take_keyframe(
            track_id,
            frame,
            f"{what}, {box} to {most:.2f} px on frame {frame}",
            lambda k: k.origin is BoxOrigin.DRAWN and likeness_of_boxes(k.box, box) <= most,
        )

    def _take_keyframe(self, track_id: int, frame: int, what: str, is_so: Callable[[Keyframe], bool]) -> Truth:
        key = (track_id, frame)

        def is_there(truth: Truth) -> bool:
            made = truth.human.keyframes.get(key)
            return made is not None and is_so(made)

        truth = self._file.wait_for(what, is_there)
        human = truth.human
        keyframes = {**self._known.keyframes, key: human.keyframes[key]}
        labels = {**self._known.labels, track_id: human.labels[track_id]}
        self._expect(replace(self._known, keyframes=keyframes, labels=labels), truth, what)
        return truth

    def _expect(self, known: HumanWork, truth: Truth, when: str) -> None:
        """All that is known must be in the project, and nothing else."""
        check_same_work(known, truth.human, when)
        self._known = known


def _at_least(distance: float) -> float:
    return distance if abs(distance) >= SMALLEST_MOVE else SMALLEST_MOVE


def _has_mark(mark: ReviewMark) -> Callable[[Truth], bool]:
    return lambda truth: any(span.mark is mark for spans in truth.human.reviews.values() for span in spans)


def _check_same(expected: Truth, found: Truth, when: str) -> None:
    """Work, steps and every bit of the predictions."""
    check_same_work(expected.human, found.human, when)
    if expected.done != found.done:
        raise StepError(f"{when}: expected the steps {expected.done}, got {found.done}")
    if expected.predictions() != found.predictions():
        raise StepError(f"{when}: the tracker's boxes are not what they were")
