"""How everything is written: beside what it replaces, synced, and put in its place in one step.

`replaced_whole`: one file, which has its old content or all of the new. `published_new`: the same, but
FileExistsError where something has the name; `rename_new` is such a rename. `staged_set`: several files and
folders that change together; `settle` completes or drops those of writers that were killed. `WriterLock` tells
whether a writer lives.
"""

from dlst_gui.files.file_sets import StagedSet, settle, staged_set
from dlst_gui.files.new_file import published_new
from dlst_gui.files.renames import rename_new
from tracker_core.staging import WriterLock, followed, replaced_whole

__all__ = [
    "StagedSet",
    "WriterLock",
    "followed",
    "published_new",
    "rename_new",
    "replaced_whole",
    "settle",
    "staged_set",
]
