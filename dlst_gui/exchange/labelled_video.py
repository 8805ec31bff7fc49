"""A video of the exported frames with boxes, labels and trails burnt in: H.264, each frame at its own time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlst_gui.exchange.content import ExportContent
from dlst_gui.exchange.errors import ExportError, disk_errors_named
from dlst_gui.exchange.export import OpenFrames
from dlst_gui.exchange.progress import UNWATCHED, Progress, Stage, Watch
from dlst_gui.exchange.targets import check_file
from dlst_gui.formats.labels.model import LabelledBox, ObjectTrack
from dlst_gui.project.tracks import Visibility
from dlst_gui.video.drawn import PALETTE, Color, DrawnBox, DrawnTrail


@dataclass(frozen=True, slots=True)
class VideoStyle:
    """What is drawn.

    Attributes:
        labels: each object's label and number above its box, and whether it is occluded.
        trail_frames: how many of the frames before a trail leads over; 0: no trails.
    """

    labels: bool = True
    trail_frames: int = 25


def export_video(
    target: Path,
    content: ExportContent,
    open_frames: OpenFrames,
    *,
    style: VideoStyle = VideoStyle(),
    watch: Watch = UNWATCHED,
    is_forced: bool = False,
) -> None:
    """Write an mp4; an earlier one at `target` is replaced once it is complete. Any thread.

    Args:
        target: of the mp4.
        content: what is drawn.
        open_frames: the project's video.
        style: how it is drawn.
        watch: is told how far it is, and asked whether to go on.
        is_forced: whether a file may be replaced that this program has not made.

    Raises:
        ExportError: there is no frame, it cannot be written, or it must not be replaced (`TargetError`).
        VideoError: the name does not end in .mp4, a frame cannot be read, or there is no encoder.
        ExportCancelled: the watch wanted so.
        In all these cases the file is as it was before.
    """
    from dlst_gui.video.annotated_video import (  # noqa: PLC0415 - loads a codec library
        AnnotatedVideoWriter,
        is_annotated_video,
    )

    inputs = (Path(content.video.path),) if content.video.path else ()
    check_file(target, inputs=inputs, is_made=is_annotated_video, is_forced=is_forced)
    labels = content.labels
    frames = labels.video.frames.tolist()
    if not frames:
        raise ExportError(target, "there are no frames to write; include more")
    begin_s = labels.video.timestamp_s(frames[0])
    with (
        disk_errors_named(target),
        open_frames() as source,
        AnnotatedVideoWriter(target, nominal_fps=source.nominal_fps) as writer,
    ):
        for done, (index, boxes) in enumerate(labels.by_frame()):
            watch.tell(Stage.VIDEO, done, len(frames))
            writer.add(
                source.read(index),
                labels.video.timestamp_s(index) - begin_s,
                [_drawn(track, box, style) for track, box in boxes],
                _trails([track for track, _ in boxes], index, style),
            )
    watch.on_progress(Progress(Stage.VIDEO, len(frames), len(frames)))


def _drawn(track: ObjectTrack, made: LabelledBox, style: VideoStyle) -> DrawnBox:
    text = f"{track.label} {track.track_id}" if style.labels else ""
    if style.labels and made.visibility is Visibility.OCCLUDED:
        text = f"{text} (occluded)"
    return DrawnBox(made.box, text, own_color=_color(track))


def _trails(tracks: Sequence[ObjectTrack], frame_index: int, style: VideoStyle) -> list[DrawnTrail]:
    trails = []
    for track in tracks:
        first, last = np.searchsorted(
            track.columns.frame_indices, [frame_index - style.trail_frames, frame_index + 1]
        ).tolist()
        present = track.columns.is_present[first:last]
        boxes = track.columns.boxes_xywh[first:last][present]
        if len(boxes) > 1:
            trails.append(DrawnTrail(boxes[:, :2] + boxes[:, 2:] / 2, _color(track)))
    return trails


def _color(track: ObjectTrack) -> Color:
    """The track's own, as the window shows it; one of the palette where it has none."""
    if not track.color:
        return PALETTE[track.track_id % len(PALETTE)]
    red, green, blue = bytes.fromhex(track.color.removeprefix("#"))
    return red, green, blue
