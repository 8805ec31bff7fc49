"""What was seen on frames of which nothing is kept: the object is tracked again, as the project says it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.progress import progress_bar, show_learning
from dlst_gui.commands.running.terminal import say, warn
from dlst_gui.project.project import Project
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.tracks import Prediction
from dlst_gui.tracking.devices import DeviceError, core_count, cpu_threads, resolve_device
from dlst_gui.tracking.headless_run import RunEnd, run_headless
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings, weights_sha256
from dlst_gui.tracking.tracking_run import Direction, FrameTracked, TrackingRun, TrackRequest
from dlst_gui.video import InParts, VideoSource
from tracker_core import DEFAULT_PRESET, PRESETS, Details, ShouldCancel
from tracker_core.evidence import FrameEvidence


@dataclass(frozen=True, slots=True)
class TrackedAgain:
    """What came of it.

    Attributes:
        evidence: by frame.
        end: INTERRUPTED after Ctrl+C: frames may be missing.
    """

    evidence: Mapping[int, FrameEvidence]
    end: RunEnd


def request_for(project: Project, track_id: int, frames: Collection[int]) -> TrackRequest:
    """From the nearest manual box before the frames, or else after them, to the last of them.

    Manual boxes on the frames themselves are left out: what is asked is what the tracker would find there.

    Raises:
        CommandError: there is no such box.
    """
    boxes = {at: box for at, box in project.manual_boxes(track_id).items() if at not in frames}
    first, last = min(frames), max(frames)
    before, after = [at for at in boxes if at < first], [at for at in boxes if at > last]
    if before:
        return TrackRequest(0, boxes, max(before), last, track_id)
    if after:
        return TrackRequest(0, boxes, min(after), first, track_id)
    raise CommandError("the object has no manual box but on the frames asked for, so that nothing can be tracked")


def settings_of(facts: RunFacts | None, threads: int | None) -> TrackerSettings:
    """The tracker that a run was made with; the default one where that is not known."""
    threads = threads or core_count()
    if facts is None:
        warn(f"the project does not say what it was tracked with; tracking with {DEFAULT_PRESET}, fast")
        return TrackerSettings(threads=threads, speed="fast")
    preset, details, words = _named(facts.system)
    device = "cpu"
    if facts.device != device:
        try:
            device = resolve_device("cuda").name
        except DeviceError as error:
            warn(f"tracked on {facts.device} then, and on the processor now, where boxes differ a little: {error}")
    if facts.weights_sha256 and weights_sha256(facts.weights) not in ("", facts.weights_sha256):
        warn(f"the weights {facts.weights} are others than it was tracked with")
    return TrackerSettings(
        preset,
        details,
        facts.weights,
        device,
        facts.seed,
        threads,
        "fast" if "fast" in words else "exact",
        tuple(word[1:] for word in words if word.startswith("-")),
        guide=facts.guide,
    )


@dataclass(frozen=True, slots=True)
class Again:
    """What is to be tracked again, and the frames whose evidence is wanted."""

    request: TrackRequest
    frames: Collection[int]
    source: VideoSource
    settings: TrackerSettings

    def track(self, make_tracker: MakeTracker, should_cancel: ShouldCancel) -> TrackedAgain:
        """Track, and keep what was seen; CommandError where the source is damaged on the way."""
        request, settings, source = self.request, self.settings, self.source
        say(
            f"nothing is kept of it: tracking again from the manual box on frame {request.start_frame}, with "
            f"{settings.system}, seed {settings.seed}"
        )
        found: dict[int, FrameEvidence] = {}

        def on_frame(tracked: FrameTracked) -> None:
            if tracked.frame_index in self.frames:
                found[tracked.frame_index] = FrameEvidence(
                    tracked.frame_index,
                    request.track_id,
                    tracked.result,
                    is_backward=request.direction is Direction.BACKWARD,
                    system=settings.system,
                    elapsed_s=tracked.elapsed_s,
                    timestamp_s=source.timestamp_s(tracked.frame_index),
                )
            bar.update()

        with cpu_threads(settings.threads), progress_bar(request.frame_count, source.name) as bar:
            run = TrackingRun(request, InParts(source), make_tracker(settings))
            ended = run_headless(
                run,
                on_frame=on_frame,
                should_cancel=should_cancel,
                on_progress=lambda fraction: show_learning(bar, fraction),
                with_diagnostics=True,
            )
        if ended.end is RunEnd.SOURCE_DAMAGED:
            raise CommandError(ended.message)
        return TrackedAgain(found, ended.end)


def compared(found: FrameEvidence, prediction: Prediction | None) -> str:
    """Whether what was found now is what the project has, for people."""
    if prediction is None:
        return "the project has no tracked box there to compare with"
    if found.box == prediction.box and np.float32(found.score) == np.float32(prediction.score):
        return "box and score equal the project's, bit for bit"
    farthest = float(np.abs(found.box.xywh - prediction.box.xywh).max())
    overlap = found.box.iou(prediction.box)
    return (
        f"the box differs from the project's by up to {farthest:.3g} px (overlap {overlap:.3f}), "
        f"the score by {abs(found.score - prediction.score):.3g}: it was tracked from another box, with other "
        "manual boxes, or with another number of threads"
    )


def _named(system: str) -> tuple[str, Details, list[str]]:
    """Preset and details of a system's name, and what follows them; CommandError where it is unknown."""
    name, *words = system.split() or [""]
    if name in PRESETS:
        return name, "code", words
    for details in get_args(Details):
        if (preset := name.removesuffix(f"-{details}")) in PRESETS:
            return preset, details, words
    raise CommandError(f"it was tracked with {system!r}, which this program does not know")
