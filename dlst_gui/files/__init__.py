"""How everything is written: beside what it replaces, synced, and put in its place in one step.

`replaced_whole`: one file, which has its old content or all of the new. `published_new`: the same, but
FileExistsError where something has the name.
"""

from dlst_gui.files.new_file import published_new
from tracker_core.staging import replaced_whole

__all__ = ["published_new", "replaced_whole"]
