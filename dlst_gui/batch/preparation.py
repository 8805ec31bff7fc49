"""From a job to what is to be tracked: opens the video, reads boxes from labels, a project or the video itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlst_gui.batch.batch_job import BatchError, BatchJob, BoxesTaken, Target
from dlst_gui.batch.units import BatchObject, ManualBox, PreparedVideo, manual_boxes, xywh_of
from dlst_gui.formats.labels.model import UNNAMED, BoxColumns
from dlst_gui.formats.registry import read_labels, reader_named
from dlst_gui.formats.transfer.described_video import described
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.opening import identity_of
from dlst_gui.project.project import Project
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import Visibility
from dlst_gui.project.video_identity import MatchKind, VideoIdentity, compare
from dlst_gui.tracking.run_snapshot import facts_of
from dlst_gui.video import VideoSource, open_source
from tracker_core import Box


def prepare_video(job: BatchJob) -> PreparedVideo:
    """Find the objects of a video.

    Raises:
        BatchError: there is nothing to track, or a box or frame cannot be.
        VideoError, FormatError, ProjectFileError, WeightsError: something cannot be read.
    """
    with open_source(job.video) as source:
        identity = identity_of(source, job.video)
        known = _project(job, identity)
        first_id = 1 if known is None else known.next_track_id()
        had = [] if known is None else _had(known)
        objects: list[BatchObject] = []
        for target in job.targets:
            last = _last_frame(source, target)
            if target.box is None and target.labels is None and known is not None:
                objects += _of_project(known, target, last)
                continue
            for label, boxes in _given(source, target, last):
                _check_within(source, target, boxes)
                there = _taken_from(had, boxes)
                if there is not None and known is not None:
                    objects += _of_track(known, there, target, last)
                    continue
                new = sum(each.is_new for each in objects)
                objects.append(BatchObject(first_id + new, label, boxes, last, target.settings, is_new=True))
    if not objects:
        raise BatchError(f"{job.project or job.video}: it has no object with a manual box to track from")
    settings = dict.fromkeys(each.settings for each in objects)
    return PreparedVideo(
        identity, tuple(objects), {each: facts_of(each) for each in settings}, source.notice or ""
    )


def _project(job: BatchJob, identity: VideoIdentity) -> Project | None:
    """What the project of a job holds; None where the job has none."""
    if job.project is None:
        return None
    with ProjectStore.open(job.project, read_only=True) as store:
        project = store.read_project()
        match = compare(project.video, identity)
        if match.kind is MatchKind.DIFFERENT and project.video.path:
            differences = "; ".join(match.differences)
            raise BatchError(f"{job.project} was made for another video than {job.video}: {differences}")
        return project.copied()


def _last_frame(source: VideoSource, target: Target) -> int:
    last = source.frame_count - 1
    for name, frame in (("first_frame", target.first_frame), ("last_frame", target.last_frame)):
        if frame is not None and frame > last:
            raise BatchError(f"{target.place}: {name} {frame}: {source.name} has frames 0 to {last}")
    return last if target.last_frame is None else target.last_frame


def _of_project(project: Project, target: Target, last: int) -> Iterator[BatchObject]:
    """Those that a person would track: neither locked nor interpolated only, with a box to start from."""
    for info in project.tracks():
        yield from _of_track(project, info, target, last)


def _of_track(project: Project, info: TrackInfo, target: Target, last: int) -> Iterator[BatchObject]:
    boxes = manual_boxes(project.keyframes(info.track_id, target.first_frame, last))
    is_tracked = not (info.is_locked or info.is_interpolated)
    if is_tracked and any(each.visibility is not Visibility.OUTSIDE for each in boxes):
        tracked = project.valid_predictions(info.track_id, target.first_frame, last)
        yield BatchObject(info.track_id, info.label, boxes, last, target.settings, is_new=False, tracked=tracked)


_Had = list[tuple[TrackInfo, frozenset[ManualBox]]]
"""Objects that a project had before, with their manual boxes."""


def _had(project: Project) -> _Had:
    return [(info, frozenset(manual_boxes(project.keyframes(info.track_id)))) for info in project.tracks()]


def _taken_from(had: _Had, boxes: Sequence[ManualBox]) -> TrackInfo | None:
    """The object that has all of these manual boxes, as after an earlier call; it is taken only once."""
    wanted = frozenset(boxes)
    for number, (info, theirs) in enumerate(had):
        if wanted <= theirs:
            del had[number]
            return info
    return None


def _given(source: VideoSource, target: Target, last: int) -> Sequence[tuple[str, tuple[ManualBox, ...]]]:
    """Labels and boxes of a row: its own box, those of its label file, or the video's true one."""
    if target.box is not None:
        return [(target.label or UNNAMED, (ManualBox(target.first_frame, xywh_of(Box(*target.box))),))]
    if target.labels is not None:
        return _of_labels(source, target, last)
    truth = source.ground_truth
    box = None if truth is None else truth[target.first_frame]
    if box is None:
        raise BatchError(
            f"{target.place}: no box for frame {target.first_frame} of {source.name}; give it, labels or a project"
        )
    return [(target.label or UNNAMED, (ManualBox(target.first_frame, xywh_of(box)),))]


def _of_labels(source: VideoSource, target: Target, last: int) -> Sequence[tuple[str, tuple[ManualBox, ...]]]:
    assert target.labels is not None
    reader = reader_named(target.labels_format) if target.labels_format else None
    labels = read_labels(target.labels, described(source), reader)
    found = []
    for track in labels.tracks:
        boxes = _taken(track.columns.between(target.first_frame, last), target.taken)
        if boxes:
            found.append((target.label or track.label or UNNAMED, boxes))
    if not found:
        raise BatchError(f"{target.labels}: it has no boxes on frames {target.first_frame} to {last}")
    return found


def _taken(columns: BoxColumns, taken: BoxesTaken) -> tuple[ManualBox, ...]:
    present = columns.where(columns.is_present)
    if taken is BoxesTaken.FIRST:
        present = present.rows(0, 1)
        columns = present
    elif not len(present):
        return ()
    return manual_boxes(columns)


def _check_within(source: VideoSource, target: Target, boxes: Sequence[ManualBox]) -> None:
    """BatchError where a box is out of sight, or is none."""
    for each in boxes:
        box = Box(*each.xywh)
        if not box.is_valid or not box.intersects_frame(frame_width=source.width, frame_height=source.height):
            raise BatchError(
                f"{target.place}: the box on frame {each.frame_index} must lie in the frame of {source.width} x "
                f"{source.height} pixels, got x {box.x:g}, y {box.y:g}, width {box.width:g}, height {box.height:g}"
            )
