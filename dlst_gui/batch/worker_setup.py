"""Loaded by Dask into each worker before anything else: `dask worker --preload dlst_gui.batch.worker_setup`."""

from __future__ import annotations

import atexit
import gc
import signal
import threading
from typing import TYPE_CHECKING

from dlst_gui.tracking.allocator import prepare_for_torch

if TYPE_CHECKING:
    from distributed import Worker


def dask_setup(worker: Worker) -> None:
    """Make tracking quick, and ending: called by Dask in the process of a worker."""
    prepare_for_torch()
    atexit.register(gc.freeze)  # else everything is looked through once more at the end, which takes seconds
    # A terminal tells Ctrl+C to all processes at once. Which work is still wanted is for the command to say.
    if threading.current_thread() is threading.main_thread() and not worker.scheduler.address.startswith("inproc"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
