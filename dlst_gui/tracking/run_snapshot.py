"""What a run without a window has found, as a project: exported like any other. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from dlst_gui.exchange.snapshot import ProjectSnapshot
from dlst_gui.formats.labels.model import UNNAMED
from dlst_gui.formats.transfer.described_video import described
from dlst_gui.project.edits import add_track, set_keyframe
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.track_colors import next_color
from dlst_gui.project.tracks import Keyframe
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.settings.program_version import program_version
from dlst_gui.tracking.run_recorder import RunRecorder
from dlst_gui.tracking.tracker_factory import TrackerSettings, guide_sha256, weights_sha256
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.video import VideoSource, open_source

RUN_ID = 1


def facts_of(settings: TrackerSettings) -> RunFacts:
    """What a run is made with; raises WeightsError where the backbone's file is damaged."""
    return RunFacts(
        program_version(),
        settings.system,
        settings.weights,
        weights_sha256(settings.weights),
        settings.seed,
        settings.device,
        settings.guide,
        guide_sha256(settings.guide),
    )


def snapshot_of_run(
    source: VideoSource, identity: VideoIdentity, frames: Sequence[FrameTracked], settings: TrackerSettings
) -> ProjectSnapshot:
    """The boxes of one track, as the window would have recorded them.

    Args:
        source: the video; nothing is decoded.
        identity: its own; see `identity_of`.
        frames: at least one; the first has the manual box.
        settings: what they were made with.
    """
    opened = ProjectOpener(None).open_for(identity)
    with opened.store:
        opened.history.do(add_track(opened.project, label=UNNAMED, color=next_color(opened.project)))
        track_id = opened.project.tracks()[-1].track_id
        recorder = RunRecorder(
            opened.project, opened.history, title="Track", frame_index=frames[0].frame_index, run_id=RUN_ID
        )
        for tracked in frames:
            if tracked.is_human:
                keyframe = Keyframe(tracked.frame_index, tracked.result.box)
                opened.history.do(set_keyframe(opened.project, track_id, keyframe))
            recorder.add(replace(tracked, track_id=track_id))
        recorder.write()
        project = opened.project.copied()
    facts = {RUN_ID: facts_of(settings)}
    return ProjectSnapshot(project, described(source), facts, partial(open_source, source.path))
