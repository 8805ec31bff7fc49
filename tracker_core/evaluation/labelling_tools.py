"""Tools that a simulated person labels with: the last box held, and any `Tracker`."""

from __future__ import annotations

from tracker_core.box import Box
from tracker_core.tracker import Frame, ShouldCancel, Tracker


class HeldBox:
    """Shows the last manual box until the next one: what a program without any tracker does."""

    def __init__(self) -> None:
        self._box: Box | None = None

    def start(self, frame: Frame, box: Box, should_cancel: ShouldCancel) -> None:
        """Show this box from now on."""
        self._box = box

    def show(self, frame: Frame, should_cancel: ShouldCancel) -> Box | None:
        """The last manual box; None after the target was said to be absent."""
        return self._box

    def correct(self, frame: Frame, box: Box, should_cancel: ShouldCancel) -> None:
        """Show this box from now on."""
        self._box = box

    def mark_absent(self) -> None:
        """Show nothing until the next manual box."""
        self._box = None


class TrackerTool:
    """A tracker that is corrected, or re-initialised, at each manual box.

    It shows its best guess on lost frames too, as the window does. Told that the target is absent, it shows
    nothing until it has lost the target and then found it again.
    """

    def __init__(self, tracker: Tracker, *, learns: bool) -> None:
        """`learns`: a correction is learned with `Tracker.correct`; else the tracker is initialized again."""
        self._tracker = tracker
        self._learns = learns
        self._is_marked_absent = False
        self._has_lost_since = False

    def start(self, frame: Frame, box: Box, should_cancel: ShouldCancel) -> None:
        """Initialize on the first manual box."""
        self._tracker.initialize(frame, box, should_cancel=should_cancel)
        self._is_marked_absent = False

    def show(self, frame: Frame, should_cancel: ShouldCancel) -> Box | None:
        """Track the next frame."""
        result = self._tracker.track(frame, should_cancel=should_cancel)
        if self._is_marked_absent:
            self._has_lost_since = self._has_lost_since or not result.is_found
            self._is_marked_absent = not (self._has_lost_since and result.is_found)
        return None if self._is_marked_absent else result.box

    def correct(self, frame: Frame, box: Box, should_cancel: ShouldCancel) -> None:
        """Go on from the manual box."""
        if self._learns:
            self._tracker.correct(frame, box, should_cancel=should_cancel)
        else:
            self._tracker.initialize(frame, box, should_cancel=should_cancel)
        self._is_marked_absent = False

    def mark_absent(self) -> None:
        """Show nothing until the target is found again."""
        self._is_marked_absent, self._has_lost_since = True, False
