"""Which run it is: what has to be the same for another call to finish it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dlst_gui.commands.track.run_outputs import RunOutputs
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.settings.program_version import program_version
from dlst_gui.tracking.tracker_factory import TrackerSettings, guide_sha256, weights_sha256
from dlst_gui.tracking.tracking_run import TrackRequest
from dlst_gui.video.video_source import ShownRange
from tracker_core.evaluation.report import JsonValue

_FORMAT, _VERSION = "dlst-track", 1


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run is made of.

    Attributes:
        same: what two calls have to have in common, by the words in which a user is told that it differs.
        threads: they change the last bits, so that a run is finished with those it was begun with.
        source: where the video was; it may have been moved since.
        has_given_threads: a user has asked for as many.
    """

    same: Mapping[str, JsonValue]
    threads: int
    source: str
    has_given_threads: bool = False

    @classmethod
    def of(
        cls,
        video: VideoIdentity,
        request: TrackRequest,
        settings: TrackerSettings,
        outputs: RunOutputs,
        *,
        has_given_threads: bool,
        shown_range: ShownRange | None = None,
    ) -> RunFacts:
        """Those of a run; raises WeightsError where the backbone's file is damaged."""
        prints = [f"{each.frame_index} {each.digest}" for each in video.fingerprints]
        beside = {name: _relative(path, outputs) for name, path in outputs.written()}
        # Hashes of frames do not tell in which range of values they are seen.
        is_chosen = shown_range is not None and shown_range.usual_digests is not None
        shown = {"range of values": [shown_range.black, shown_range.white]} if shown_range and is_chosen else {}
        guide = {"guide": [settings.guide, guide_sha256(settings.guide)]} if settings.guide else {}
        return cls(
            {
                "video": [video.frame_count, video.width, video.height, *prints],
                "first box": list(map(float, request.keyframes[request.start_frame].xywh)),
                "frames": [request.start_frame, request.stop_frame],
                "system": [settings.system, settings.preset, settings.details, settings.speed, *settings.without],
                "weights": [settings.weights, weights_sha256(settings.weights)],
                **guide,
                **shown,
                "seed": settings.seed,
                "device": settings.device,
                "program version": program_version(),
                "files": {**beside, "format": "" if outputs.labels is None else outputs.labels.label_format.name},
            },
            settings.threads,
            video.path,
            has_given_threads,
        )

    def line(self) -> str:
        """As JSON."""
        content = {"format": _FORMAT, "version": _VERSION, "source": self.source, "threads": self.threads}
        return json.dumps({**content, "run": self.same})

    @classmethod
    def read(cls, line: bytes) -> RunFacts | None:
        """Those of a line; None where it is not one of them."""
        try:
            content: object = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(content, dict) or (content.get("format"), content.get("version")) != (_FORMAT, _VERSION):
            return None
        same, threads, source = content.get("run"), content.get("threads"), content.get("source")
        if isinstance(same, dict) and isinstance(threads, int) and isinstance(source, str) and threads > 0:
            return cls(same, threads, source)
        return None

    def differences(self, other: RunFacts) -> tuple[str, ...]:
        """What differs; nothing where one call can finish what the other has begun."""
        # As they read from a file: a tuple is a list there.
        ours, theirs = json.loads(json.dumps(self.same)), json.loads(json.dumps(other.same))
        differing = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
        if self.has_given_threads and self.threads != other.threads:
            differing.append("threads")
        return tuple(differing)


def _relative(path: Path, outputs: RunOutputs) -> str:
    """Beside the first of the files, so that a folder can be moved."""
    try:
        return os.path.relpath(path.resolve(), outputs.written()[0][1].resolve().parent)
    except ValueError:  # another drive
        return str(path.resolve())
