"""Where one was in a project when it was put away. No edit: nothing to undo."""

from __future__ import annotations

from dataclasses import dataclass

from dlst_gui.project.errors import contents_checked
from dlst_gui.project.rows import whole_number
from dlst_gui.project.store import IN_MEMORY, ProjectStore

_KEY = "view"


@dataclass(frozen=True, slots=True)
class LastView:
    """The frame that was shown and the track that was selected."""

    frame_index: int
    track_id: int | None


def keep_view(store: ProjectStore, view: LastView) -> None:
    """Write it; raises ProjectFileError."""
    store.set_meta(_KEY, {"frame": view.frame_index, "track": view.track_id}, durable=False)


def last_view(store: ProjectStore) -> LastView | None:
    """What was kept last; None where nothing was. Raises DamagedProjectError where it makes no sense."""
    with contents_checked(store.path or IN_MEMORY):
        value = store.meta(_KEY)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise ValueError(f"expected a frame and a track, got {value!r:.60}")
        track_id = value.get("track")
        return LastView(
            whole_number(value.get("frame"), "a frame index"),
            None if track_id is None else whole_number(track_id, "a track's id"),
        )
