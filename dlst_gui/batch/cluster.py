"""The workers: processes of this machine, or those of any Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlst_gui.batch.batch_job import BatchError
from dlst_gui.tracking.devices import core_count

if TYPE_CHECKING:
    from distributed import Client

GPU = "GPU"
"""The resource that a worker with a GPU offers, as Dask's documentation names it."""

MISSING = 'batch needs Dask: pip install "dlst-studio[batch]"'
CONNECTING_S = 20
_SHARE_OF_MEMORY = 0.8
_MOST_DEATHS = 2
"""Ours: of workers that did the same piece of work; the first may have had another reason."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Workers that are ready.

    Attributes:
        slots: how many pieces of work are done at the same time.
        resources: what a piece needs of its worker.
        link: where one can look at them; "" where there is nothing.
    """

    client: Client
    slots: int
    resources: dict[str, float]
    link: str


def check_dask() -> None:
    """Raises BatchError, with what to do, where Dask is not installed."""
    try:
        import distributed  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise BatchError(MISSING) from error


@contextmanager
def local_crew(workers: int | None, *, threads: int, device: str) -> Iterator[Crew]:
    """Processes of this machine that end with this one.

    Args:
        workers: None: as many as the cores allow, on a GPU one.
        threads: that each piece of work computes with.
        device: torch's name.
    """
    import dask  # noqa: PLC0415 - an extra
    from distributed import Client, LocalCluster  # noqa: PLC0415
    from distributed.system import MEMORY_LIMIT  # noqa: PLC0415

    is_gpu = device != "cpu"
    count = workers or (1 if is_gpu else max(core_count() // threads, 1))
    settings: dict[str, Any] = {
        "distributed.scheduler.allowed-failures": _MOST_DEATHS - 1,
        # A second task that only waits at a worker would count as one that has killed it.
        "distributed.scheduler.worker-saturation": 1.0,
        # What was freed stays with a process (tracking/allocator.py): Dask would take it for full, and only wait.
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=int(MEMORY_LIMIT * _SHARE_OF_MEMORY / count),
            resources={GPU: 1} if is_gpu else None,
            silence_logs="ERROR",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield Crew(client, count, {GPU: 1} if is_gpu else {}, cluster.dashboard_link)
