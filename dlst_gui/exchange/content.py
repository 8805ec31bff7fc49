"""A snapshot of everything an export needs of a project, which any thread may then write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from dlst_gui.exchange.progress import UNWATCHED, Stage, Watch
from dlst_gui.formats.labels.model import AnnotatedVideo, BoxSource, LabelSet
from dlst_gui.formats.labels.tally import Tally, tallies
from dlst_gui.formats.labels.windows import share_of
from dlst_gui.formats.transfer.selection import Selection, selected_labels
from dlst_gui.project.effort_meter import Effort, effort_of
from dlst_gui.project.project import Project
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.video_identity import VideoIdentity

_PASSES = 3
NO_RUNS: Mapping[int, RunFacts] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class ExportContent:
    """What is exported, and what the receipt says of it.

    Attributes:
        labels: the selected ones, without tracks that have no box among them; the project gives their boxes.
        tallies: what they hold, by track id.
        tally: what all of them hold.
        shown: boxes of the whole project by source, before the selection; those of objects on their frames.
        effort: of the whole project.
        runs: what is known of tracking runs, by run id.
    """

    video: VideoIdentity
    selection: Selection
    labels: LabelSet
    tallies: Mapping[int, Tally]
    tally: Tally
    shown: Mapping[BoxSource, int]
    effort: Effort
    runs: Mapping[int, RunFacts]


def content_of(
    project: Project,
    video: AnnotatedVideo,
    selection: Selection,
    runs: Mapping[int, RunFacts] = NO_RUNS,
    watch: Watch = UNWATCHED,
) -> ExportContent:
    """Count what an export needs; in the project's thread, in which its labels are to be used, too.

    Args:
        project: read only, and not changed as long as the content is used.
        video: the project's, with all its frames; see `described`.
        selection: what of it.
        runs: see `known_runs`.
        watch: is told how far it is, and asked whether to go on.
    """
    labels = selected_labels(project, video, selection)
    tick = watch.ticking(Stage.LOOKING_THROUGH)
    counts = tallies(labels, share_of(tick, 0, _PASSES))
    shown = counts
    if selection != Selection():
        everything = selected_labels(project, video, Selection())
        shown = tallies(everything, share_of(tick, 1, _PASSES))
    effort = Effort()
    tracks = project.tracks()
    for number, track in enumerate(tracks):
        share_of(tick, 2, _PASSES)(number, len(tracks))
        effort += effort_of(project, track.track_id, video.frame_count)
    kept = tuple(track for track in labels.tracks if counts[track.track_id].boxes)
    of_kept = {track.track_id: counts[track.track_id] for track in kept}
    return ExportContent(
        project.video,
        selection,
        replace(labels, tracks=kept),
        of_kept,
        Tally.of_all(of_kept.values()),
        Tally.of_all(shown.values()).by_source,
        effort,
        runs,
    )
