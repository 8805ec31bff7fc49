"""A snapshot of everything an export needs of a project, which any thread may then write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from dlst_gui.formats.model import SOURCES, AnnotatedVideo, BoxSource, LabelSet
from dlst_gui.formats.selection import Selection, selected_labels
from dlst_gui.project.effort_meter import Effort, effort_of
from dlst_gui.project.project import Project
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.video_identity import VideoIdentity

NO_RUNS: Mapping[int, RunFacts] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class ExportContent:
    """What is exported, and what the receipt says of it.

    Attributes:
        labels: the selected ones, without tracks that have no box among them.
        shown: boxes of the whole project by source, before the selection; those of objects on their frames.
        effort: of the whole project.
        runs: what is known of tracking runs, by run id.
    """

    video: VideoIdentity
    selection: Selection
    labels: LabelSet
    shown: Mapping[BoxSource, int]
    effort: Effort
    runs: Mapping[int, RunFacts]


def content_of(
    project: Project, video: AnnotatedVideo, selection: Selection, runs: Mapping[int, RunFacts] = NO_RUNS
) -> ExportContent:
    """Take what an export needs; in the project's thread.

    Args:
        project: read only.
        video: the project's, with all its frames; see `described`.
        selection: what of it.
        runs: see `known_runs`.
    """
    labels = selected_labels(project, video, selection)
    kept = tuple(track for track in labels.tracks if track.columns.is_present.any())
    effort = (effort_of(project, track.track_id, video.frame_count) for track in project.tracks())
    return ExportContent(
        project.video,
        selection,
        replace(labels, tracks=kept),
        counts_by_source(selected_labels(project, video, Selection())),
        sum(effort, Effort()),
        runs,
    )


def counts_by_source(labels: LabelSet) -> Mapping[BoxSource, int]:
    """Boxes of objects that are on their frames, by where they come from."""
    counts: Counter[BoxSource] = Counter()
    for track in labels.tracks:
        codes = track.columns.sources[track.columns.is_present]
        for source, count in zip(SOURCES, np.bincount(codes, minlength=len(SOURCES)).tolist(), strict=True):
            counts[source] += count
    return {source: counts[source] for source in SOURCES if counts[source]}


def boxes_by_run(labels: LabelSet) -> Mapping[int, int]:
    """How many exported boxes each tracking run found, by run id."""
    counts: Counter[int] = Counter()
    for track in labels.tracks:
        columns = track.columns.where(track.columns.is_present)
        ids, times = np.unique(columns.run_ids[columns.run_ids > 0], return_counts=True)
        counts.update(dict(zip(ids.tolist(), times.tolist(), strict=True)))
    return dict(sorted(counts.items()))
