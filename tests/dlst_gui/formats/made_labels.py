"""Labels for tests: small, and with everything that formats stumble over."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import strategies as st

from dlst_gui.formats.labels.model import (
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelledBox,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

VIDEO = AnnotatedVideo.whole("Straße 7 – clip", size=(640, 480), frame_count=12, fps=25.0)
NAMES = ("dog", "Hund, groß", "犬 & <cat>", '"quoted"', "a:b # c")


def boxes_at(boxes: Mapping[int, Box], **said: object) -> BoxColumns:
    return BoxColumns.of(LabelledBox(index, box, **said) for index, box in boxes.items())


def label_set(
    *tracks: BoxColumns,
    video: AnnotatedVideo = VIDEO,
    labels: Sequence[str] = ("dog",) * 9,
    gaps: Gaps = Gaps.ABSENT,
) -> LabelSet:
    made = (
        ObjectTrack(number, label, columns)
        for number, (label, columns) in enumerate(zip(labels, tracks, strict=False), start=1)
    )
    return LabelSet(video, tuple(made), gaps)


def one_box(box: Box, frame_index: int = 0, *, label: str = "dog", **said: object) -> LabelSet:
    return label_set(boxes_at({frame_index: box}, **said), labels=(label,))


@st.composite
def _columns(draw: st.DrawFn, first: int) -> BoxColumns:
    """From frame `first`, with gaps, occluded boxes, boxes partly off the image, and a word on being outside."""
    made = []
    was_here = False
    for index in range(first, VIDEO.frame_count):
        state = draw(st.sampled_from(["here", "here", "here", "occluded", "gap", "outside"]))
        numbers = [draw(st.floats(low, high)) for low, high in ((-20, 600), (-20, 440), (1, 90), (1, 90))]
        if state in {"here", "occluded"}:
            visibility = Visibility.OCCLUDED if state == "occluded" else Visibility.VISIBLE
            source = draw(st.sampled_from([BoxSource.DRAWN, BoxSource.TRACKED, BoxSource.INTERPOLATED]))
            is_tracked = source is BoxSource.TRACKED
            score = draw(st.floats(-4, 4)) if is_tracked else math.nan
            made.append(LabelledBox(index, Box(*numbers), source, visibility, score, int(is_tracked)))
        elif state == "outside" and was_here:
            made.append(LabelledBox(index, made[-1].box, BoxSource.DRAWN, Visibility.OUTSIDE))
        was_here = state in {"here", "occluded"}
    if not any(each.is_present for each in made):
        made = [LabelledBox(first, Box(1.25, 2.5, 3.75, 4.5))]
    return BoxColumns.of(made)


@st.composite
def label_sets(draw: st.DrawFn) -> LabelSet:
    """Several tracks, unicode labels, a first frame that is not the video's."""
    count = draw(st.integers(1, 3))
    tracks = [draw(_columns(draw(st.integers(0, 6)))) for _ in range(count)]
    labels = [draw(st.sampled_from(NAMES)) for _ in range(count)]
    every = draw(st.sampled_from([1, 1, 3]))
    first = draw(st.sampled_from([0, 0, 2]))
    frames = np.arange(first, VIDEO.frame_count, every, dtype=np.int32)
    columns = [track.where(np.isin(track.frame_indices, frames)) for track in tracks]
    columns = [each if each.is_present.any() else boxes_at({first: Box(5, 6, 7, 8)}) for each in columns]
    video = AnnotatedVideo(VIDEO.name, 640, 480, VIDEO.frame_count, VIDEO.fps, None, frames)
    return label_set(*columns, video=video, labels=labels)
