"""From the results of a video's units to its project, its labels and what is told of it."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from dlst_gui.batch.batch_job import BatchError, BatchJob
from dlst_gui.batch.picture_strip import picture_strip
from dlst_gui.batch.unit_result import UnitResult
from dlst_gui.batch.units import BatchObject, PreparedVideo, Unit, manual_boxes
from dlst_gui.exchange.snapshot import ProjectSnapshot
from dlst_gui.formats.format import Format
from dlst_gui.formats.registry import format_named
from dlst_gui.formats.transfer.described_video import described
from dlst_gui.formats.transfer.selection import FrameChoice, Selection
from dlst_gui.project.changes import Change, KeyframesChange, LongEdit
from dlst_gui.project.edits import add_track, record_predictions
from dlst_gui.project.findings.finding import Reason, finding_at
from dlst_gui.project.findings.review_findings import review_findings
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.opening import COMMANDS_WAIT_S, OpenProject, ProjectOpener, projects_folder
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.prediction_block import PredictionBlock, RowFlag
from dlst_gui.project.prediction_pages import spans_of
from dlst_gui.project.project import Project
from dlst_gui.project.run_facts import keep_run_facts, known_runs, next_run_id
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.track_colors import color_for
from dlst_gui.project.tracks import BoxOrigin, Keyframe, Prediction
from dlst_gui.tracking.fusion import fuse
from dlst_gui.tracking.tracking_run import Direction
from dlst_gui.video import open_source
from tracker_core import Box, TrackResult, UpdateKind

WORST_SPANS = 10
LOOK_S = 4.0
"""Ours: how long a person takes to find a span and to judge it, besides watching it."""


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """What is told of one object.

    Attributes:
        track_id: in the project.
        frames: that the tracker gave a box for.
        found: of these, with the target found.
        lost_spans: stretches of frames without.
        mean_score: of the found ones; NaN where there is none.
        frames_per_s: of the tracker alone, over both passes where there were two; NaN where nothing was tracked.
        to_review: spans of frames that a review would lead through.
        review_s: seconds that looking through these takes: each is found and judged in `LOOK_S`, and watched.
        sha256: of all its boxes.
    """

    track_id: int
    label: str
    frames: int
    found: int
    lost_spans: int
    mean_score: float
    frames_per_s: float
    to_review: int
    review_s: float
    sha256: str


@dataclass(frozen=True, slots=True)
class WorstSpan:
    """Frames that are most likely wrong, worst first.

    Attributes:
        track_id, label: of the object.
        first, last: frames, both included.
        worst: the frame to look at first.
        xywh: the box there; None where there is none.
    """

    track_id: int
    label: str
    first: int
    last: int
    worst: int
    suspicion: float
    reason: str
    xywh: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class AssembledVideo:
    """All that is made of one video.

    Attributes:
        project: the file; empty where the boxes went into a project that was there.
        project_path: of that one; "" where there was none.
        picture: JPEG of the video and its worst spans; see `picture_strip`.
        labels: files by their path relative to the labels' folder; none where none are wanted.
        problem: why it is not all that was asked for, such as damage; "" where it is.
    """

    project: bytes
    project_path: str
    labels: tuple[tuple[str, bytes], ...]
    objects: tuple[ObjectSummary, ...]
    worst: tuple[WorstSpan, ...]
    picture: bytes
    frame_count: int
    fps: float
    problem: str
    notice: str


@dataclass(frozen=True, slots=True)
class Tracked:
    """What was found of one object.

    Attributes:
        predictions: without run ids.
        seconds: that the tracker computed for `steps` frames.
    """

    predictions: tuple[Prediction, ...]
    seconds: float
    steps: int


def assemble(
    job: BatchJob, prepared: PreparedVideo, results: Sequence[UnitResult], *, format_name: str, scratch: Path
) -> AssembledVideo:
    """Make a video's project, or write into the one that is there, and its labels.

    Args:
        job: of the video.
        prepared: what was to be tracked.
        results: of its units, in their order.
        format_name: of the labels; "": none are wanted.
        scratch: folder to work in.

    Raises:
        ProjectFileError, UndecidedProjectError, ExportError, VideoError, OSError: something cannot be written.
    """
    units = prepared.units()
    done = list(zip(units, results, strict=True))
    found = {
        each.track_id: _tracked([(unit, result) for unit, result in done if unit.track_id == each.track_id])
        for each in prepared.objects
    }
    problems = [f"{unit.words}: {result.problem}" for unit, result in done if result.problem]
    with (
        tempfile.TemporaryDirectory(prefix="dlst-batch-", dir=scratch) as folder,
        open_source(job.video) as source,
    ):
        path = Path(folder) / f"{job.name}{SUFFIX}"
        with closing(_opened(job, prepared, path)) as opened:
            _write(opened, prepared, found)
            project, runs = opened.project.copied(), known_runs(opened.store)
            place = opened.store.path
        snapshot = ProjectSnapshot(project, described(source), runs, partial(open_source, job.video))
        labels = _labels(snapshot, job.name, format_name, Path(folder)) if format_name else ()
        fps = source.nominal_fps
        summaries = tuple(
            _summary(project, each, found[each.track_id], source.frame_count, fps) for each in prepared.objects
        )
        worst = _worst(project, prepared.objects, source.frame_count)
        return AssembledVideo(
            b"" if job.is_in_place else path.read_bytes(),
            str(place) if job.is_in_place else "",
            labels,
            summaries,
            worst,
            picture_strip(source, [(each.worst, each.xywh) for each in worst]),
            source.frame_count,
            fps,
            "; ".join(problems),
            prepared.notice,
        )


def labels_of(
    job: BatchJob, project: bytes | None, *, format_name: str, scratch: Path
) -> tuple[tuple[str, bytes], ...]:
    """Labels of a video that is tracked, in another format; as `AssembledVideo.labels`.

    Args:
        job: of the video.
        project: the file that was made of it; None: the boxes are in the job's own.
        format_name: of the labels.
        scratch: folder to work in.

    Raises:
        ProjectFileError, ExportError, VideoError, OSError: something cannot be read or written.
    """
    with (
        tempfile.TemporaryDirectory(prefix="dlst-batch-", dir=scratch) as folder,
        open_source(job.video) as source,
    ):
        path = Path(folder) / f"{job.name}{SUFFIX}"
        if project is not None:
            path.write_bytes(project)
        elif job.project is not None:
            path = job.project
        with ProjectStore.open(path, read_only=True) as store:
            read, runs = store.read_project().copied(), known_runs(store)
        snapshot = ProjectSnapshot(read, described(source), runs, partial(open_source, job.video))
        return _labels(snapshot, job.name, format_name, Path(folder))


def _opened(job: BatchJob, prepared: PreparedVideo, path: Path) -> OpenProject:
    """The project to write into: the video's own, a copy of the one to go on with, or a new one at `path`."""
    if job.is_in_place:
        opened = ProjectOpener(projects_folder(), wait_s=COMMANDS_WAIT_S, asks=False).open_for(
            prepared.identity, path=job.project
        )
        if opened.store.is_read_only or opened.store.path is None:
            opened.close()
            raise BatchError(f"{job.project or job.video}: {opened.notice}")
        return opened
    if job.project is not None:
        with ProjectStore.open(job.project, read_only=True) as store:
            store.save_copy(path)
    return ProjectOpener(path.parent, asks=False).open_for(prepared.identity, path=path)


def _tracked(done: Sequence[tuple[Unit, UnitResult]]) -> Tracked:
    """One object's predictions: passes over the same frames are fused, where both have come so far."""
    backward = {
        unit.request.stop_frame: result for unit, result in done if unit.request.direction is Direction.BACKWARD
    }
    predictions: list[Prediction] = []
    for unit, result in done:
        if unit.request.direction is Direction.BACKWARD:
            continue
        left = unit.request.start_frame
        other = backward.get(left + 1)
        if other is None:
            predictions += [_prediction(frame, each) for frame, each in result.results().items()]
        else:
            predictions += _joined(result.results(), other.results(), left, unit.request.stop_frame + 1)
    ordered = sorted(predictions, key=lambda each: each.frame_index)
    return Tracked(
        tuple(ordered),
        math.fsum(result.seconds for _, result in done),
        sum(len(result.rows) for _, result in done),
    )


def _joined(
    forward: Mapping[int, TrackResult], backward: Mapping[int, TrackResult], left: int, right: int
) -> Iterator[Prediction]:
    """Both passes between two manual boxes as one; where a damaged video has ended one, the other's frames."""
    frames = range(left + 1, right)
    if all(frame in forward and frame in backward for frame in frames):
        for fused in fuse(forward, backward, left=left, right=right):
            yield Prediction(
                fused.frame_index,
                fused.box,
                fused.score,
                fused.is_found,
                1,
                UpdateKind.NONE,
                disagreement=min(max(fused.disagreement, 0.0), 1.0),
            )
        return
    for frame in frames:
        result = forward.get(frame) or backward.get(frame)
        if result is not None:
            yield _prediction(frame, result)


def _prediction(frame_index: int, result: TrackResult) -> Prediction:
    return Prediction(frame_index, result.box, result.score, result.is_found, 1, result.update)


def _write(opened: OpenProject, prepared: PreparedVideo, found: Mapping[int, Tracked]) -> None:
    """New objects, and what was found of all, as one step of undo; nothing where it is all there already."""
    run_id = next_run_id(opened.store)
    runs = {facts: run_id + number for number, facts in enumerate(dict.fromkeys(prepared.facts.values()))}
    by_id = {each.track_id: each for each in prepared.objects}

    def parts() -> Iterator[tuple[Change, ...]]:
        project = opened.project
        for each in prepared.objects:
            if each.is_new and not _has_object(project, each):
                yield _new_track(project, each)
        for track_id, tracked in found.items():
            run = runs[prepared.facts[by_id[track_id].settings]]
            block = PredictionBlock.of(replace(made, run_id=run) for made in tracked.predictions)
            if not _has(project, track_id, block):
                yield record_predictions(project, track_id, block).changes

    count = sum(each.is_new for each in prepared.objects) + len(found)
    opened.history.do_long(LongEdit("Track in batch", None, count, parts()))
    used = opened.store.last_run_id()
    for facts, number in runs.items():
        if number <= used:
            keep_run_facts(opened.store, number, facts)


def _new_track(project: Project, each: BatchObject) -> tuple[Change, ...]:
    if each.track_id != project.next_track_id():
        raise BatchError(f"{project.video.path}: it has got other objects meanwhile; try again")
    keyframes = KeyframeBlock.of(
        Keyframe(box.frame_index, Box(*box.xywh), box.visibility, BoxOrigin.IMPORTED) for box in each.boxes
    )
    track = add_track(project, label=each.label, color=color_for(project, each.label))
    return (*track.changes, KeyframesChange(None, keyframes, each.track_id))


def _has_object(project: Project, each: BatchObject) -> bool:
    """Whether a new object is there: a worker that died may have written it already."""
    return project.has_track(each.track_id) and manual_boxes(project.keyframes(each.track_id)) == each.boxes


def _has(project: Project, track_id: int, block: PredictionBlock) -> bool:
    """Whether these boxes are there, of whichever run: a worker that died may have written them already."""
    known = project.predictions_at(track_id, block.frame_indices)
    if len(known) != len(block):
        return False
    return all(
        np.array_equal(known.rows[name], block.rows[name], equal_nan=name == "disagreement")
        for name in ("box", "score", "disagreement", "flags", "update")
    )


def _labels(snapshot: ProjectSnapshot, name: str, format_name: str, folder: Path) -> tuple[tuple[str, bytes], ...]:
    label_format: Format = format_named(format_name)
    below = folder / "labels"
    below.mkdir()
    target = below / f"{name}{label_format.suffix}"
    snapshot.export_as(format_name, target, Selection(frames=FrameChoice.LABELLED))
    files = sorted(each for each in below.rglob("*") if each.is_file())
    return tuple((each.relative_to(below).as_posix(), each.read_bytes()) for each in files)


def _summary(project: Project, each: BatchObject, tracked: Tracked, frame_count: int, fps: float) -> ObjectSummary:
    block = project.predictions(each.track_id)
    is_valid = (block.rows["flags"] & RowFlag.SUPERSEDED) == 0
    rows = block.rows[is_valid]
    is_found = (rows["flags"] & RowFlag.FOUND) > 0
    scores = rows["score"][is_found].tolist()
    findings = review_findings(project, each.track_id, frame_count)
    watched = int((findings["last"] - findings["first"] + 1).sum()) if len(findings) else 0
    return ObjectSummary(
        each.track_id,
        each.label,
        len(is_found),
        int(is_found.sum()),
        len(spans_of(block.frame_indices[is_valid][~is_found])),
        math.fsum(scores) / len(scores) if scores else math.nan,
        tracked.steps / tracked.seconds if tracked.seconds > 0 else math.nan,
        len(findings),
        len(findings) * LOOK_S + watched / fps,
        boxes_sha256(project, each.track_id),
    )


def boxes_sha256(project: Project, track_id: int) -> str:
    """Of all boxes of a track, manual and tracked, bit for bit; whichever run has found them."""
    digest = sha256(project.keyframe_block(track_id).to_bytes())
    block = project.predictions(track_id)
    for name in ("box", "score", "disagreement", "flags", "update"):
        digest.update(np.ascontiguousarray(block.rows[name]).tobytes())
    digest.update(block.frame_indices.tobytes())
    return digest.hexdigest()


def _worst(project: Project, objects: Sequence[BatchObject], frame_count: int) -> tuple[WorstSpan, ...]:
    labels = {each.track_id: each.label for each in objects}
    spans = []
    for track_id, label in labels.items():
        findings = review_findings(project, track_id, frame_count)
        for position in range(min(len(findings), WORST_SPANS)):
            finding = finding_at(findings, position)
            if finding.reason is Reason.MARKED_BAD:
                continue
            shown = project.shown(track_id, finding.worst)
            xywh = None if shown is None else tuple(map(float, shown.box.xywh))
            spans.append(
                WorstSpan(
                    track_id,
                    label,
                    finding.first,
                    finding.last,
                    finding.worst,
                    finding.suspicion,
                    finding.reason.value,
                    xywh,  # type: ignore[arg-type]
                )
            )
    spans.sort(key=lambda each: (-each.suspicion, each.first, each.track_id))
    return tuple(spans[:WORST_SPANS])
