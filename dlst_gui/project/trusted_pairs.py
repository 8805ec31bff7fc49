"""Objects that a person said are two, however alike they look. No edit: nothing to undo."""

from __future__ import annotations

from collections.abc import Collection

from dlst_gui.project.errors import contents_checked
from dlst_gui.project.rows import Json, whole_number
from dlst_gui.project.store import IN_MEMORY, ProjectStore

Pairs = frozenset[frozenset[int]]

_KEY = "two objects"


def trust_pair(store: ProjectStore, track_id: int, other_id: int) -> None:
    """Remember it; raises ProjectFileError."""
    _keep(store, trusted_pairs(store) | {frozenset((track_id, other_id))})


def forget_pairs_of(store: ProjectStore, track_ids: Collection[int]) -> None:
    """Forget what was remembered of tracks whose ids are those of new ones now; raises ProjectFileError."""
    known = trusted_pairs(store)
    kept = frozenset(pair for pair in known if pair.isdisjoint(track_ids))
    if kept != known:
        _keep(store, kept)


def _keep(store: ProjectStore, pairs: Pairs) -> None:
    store.set_meta(_KEY, [list(pair) for pair in sorted(map(sorted, pairs))])


def trusted_pairs(store: ProjectStore) -> Pairs:
    """All that were remembered; raises DamagedProjectError where they make no sense."""
    with contents_checked(store.path or IN_MEMORY):
        value = store.meta(_KEY)
        if value is None:
            return frozenset()
        if not isinstance(value, list):
            raise ValueError(f"expected pairs of tracks, got {value!r:.60}")
        return frozenset(map(_pair, value))


def _pair(value: Json) -> frozenset[int]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"expected a pair of tracks, got {value!r:.60}")
    return frozenset(whole_number(each, "a track's id") for each in value)
