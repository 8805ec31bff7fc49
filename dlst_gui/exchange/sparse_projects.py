"""Tracked boxes of a project file as few manual ones, without the window."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from dlst_gui.exchange.progress import UNWATCHED, Stage, Watch
from dlst_gui.project.changes import Change, LongEdit
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.keyframing.making import SparseTrack, make_keyframes, sparse_track
from dlst_gui.project.keyframing.thinning import Tolerance
from dlst_gui.project.opening import COMMANDS_WAIT_S
from dlst_gui.project.pages import FRAMES_PER_PAGE
from dlst_gui.project.project import Project
from dlst_gui.project.store import ProjectStore


def make_project_sparse(
    path: Path,
    tolerance: Tolerance,
    track_ids: Collection[int] | None = None,
    *,
    is_dry: bool = False,
    watch: Watch = UNWATCHED,
) -> tuple[SparseTrack, ...]:
    """Turn tracked boxes into manual ones with straight lines between, as one step of undo.

    Args:
        path: of the project; a window may have it open, but only to be read.
        tolerance: how far a tracked box may be off the line that takes its place.
        track_ids: of these tracks only; None: of all that have tracked boxes and are not locked.
        is_dry: only find out what would come of it.
        watch: hears how far it is, and may end it; the project is as it was then.

    Returns:
        What was made of each track, by its id.

    Raises:
        EditError: a track is missing, locked, or has no tracked boxes; or none has any.
        ProjectFileError: the project cannot be read or written.
    """
    with ProjectStore.open(path, read_only=is_dry, wait_s=COMMANDS_WAIT_S) as store:
        project = store.read_project()
        found = []
        wanted = _wanted(project, track_ids)
        for number, track_id in enumerate(wanted):
            watch.tell(Stage.LOOKING_THROUGH, number, len(wanted))
            last = _last_frame(project, track_id)
            found.append(sparse_track(project, track_id, 0, last, tolerance))
        if not is_dry:
            first = min(sparse.first for sparse in found)
            edit = LongEdit("Make keyframes", first, len(found), _parts(project, found))
            EditHistory(project, store).do_long(edit)
    return tuple(found)


def _parts(project: Project, found: Collection[SparseTrack]) -> Iterator[tuple[Change, ...]]:
    for sparse in found:
        yield make_keyframes(project, sparse).changes


def _wanted(project: Project, track_ids: Collection[int] | None) -> list[int]:
    known = {track.track_id: track for track in project.tracks()}
    for track_id in track_ids or ():
        if track_id not in known:
            raise EditError(f"there is no object {track_id}; there are {', '.join(map(str, known)) or 'none'}")
        if known[track_id].is_locked:
            raise EditError(f"object {track_id} is locked: unlock it in the window to change it")
    if track_ids is not None:
        return sorted(set(track_ids))
    wanted = [each for each in known if not known[each].is_locked and _is_tracked(project, each)]
    if not wanted:
        raise EditError("no object has tracked boxes that could become keyframes")
    return wanted


def _is_tracked(project: Project, track_id: int) -> bool:
    """Whether a tracker's box is shown of a track: it counts, and no manual box hides it."""
    spans = project.valid_predictions(track_id, 0)
    return any(last - first + 1 > len(project.keyframe_block(track_id, first, last)) for first, last in spans)


def _last_frame(project: Project, track_id: int) -> int:
    """Of the video, or of what is known of the track where a repaired project does not say."""
    count = project.video.frame_count or (max(project.page_numbers(track_id)) + 1) * FRAMES_PER_PAGE
    return count - 1
