"""A job in words, for its row, its tooltip and who does not see the row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dlst_gui.counting import counted
from dlst_gui.jobs.job import JobProgress, JobState
from dlst_gui.jobs.thumbnail_frame import Thumbnail


def length_words(progress: JobProgress | None, picture: Thumbnail | None) -> tuple[str, ...]:
    """How long a video is, as far as that is known: "0:39", "1,189 frames"."""
    frames = 0 if progress is None or progress.counts is None else progress.counts.frame_count
    frames = frames or (0 if picture is None else picture.frame_count)
    length_ms = 0 if picture is None else picture.length_ms
    parts = [_clock(length_ms)] if length_ms else []
    return (*parts, counted(frames, "frame")) if frames else tuple(parts)


def progress_words(progress: JobProgress | None) -> str:
    """How far it is, in a sentence; empty where nobody has looked or there is nothing to say."""
    if progress is None:
        return ""
    if progress.problem:
        return progress.problem
    counts = progress.counts
    if counts is None or not counts.objects:
        return "Nothing is labelled yet."
    labelled = counted(counts.labelled, "frame")
    if counts.frame_count:
        labelled = f"{counts.labelled:,} of {counted(counts.frame_count, 'frame')}"
    return (
        f"{labelled} labelled, {counts.reviewed:,} reviewed, "
        f"{counts.to_review:,} unreviewed; {counted(counts.objects, 'object')}."
    )


def total_words(progresses: Iterable[JobProgress | None]) -> str:
    """All jobs together: how many are done, and what is still to be reviewed."""
    looked = [progress for progress in progresses if progress is not None]
    states = Counter(progress.state for progress in looked)
    counts = [progress.counts for progress in looked if progress.counts is not None]
    parts = [f"{states[JobState.DONE]:,} of {len(looked):,} done"]
    parts += [
        f"{states[state]:,} {state.value}" for state in (JobState.MISSING, JobState.DAMAGED) if states[state]
    ]
    parts.append(f"{counted(sum(each.labelled for each in counts), 'frame')} labelled")
    to_review = sum(each.to_review for each in counts)
    if to_review:
        parts.append(f"{to_review:,} unreviewed")
    return " · ".join(parts)


def _clock(length_ms: int) -> str:
    minutes, seconds = divmod(max(round(length_ms / 1000), 1), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
