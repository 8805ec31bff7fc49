"""The workers: processes of this machine, or those of any Dask cluster."""

from __future__ import annotations

import atexit
import importlib.util
import logging
import multiprocessing
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlst_gui.batch.batch_job import BatchError
from dlst_gui.settings.program_version import program_version
from dlst_gui.tracking.devices import core_count

if TYPE_CHECKING:
    from distributed import Client

GPU = "GPU"
"""The resource that a worker with a GPU offers, as Dask's documentation names it."""

SETUP = "dlst_gui.batch.worker_setup"
MISSING = 'batch needs Dask: pip install "dlst-studio[batch]"'
CONNECTING_S = 60
_SHARE_OF_MEMORY = 0.8
_LOG_LENGTH = 100
"""Ours: entries of what Dask notes for its developers, which would grow for an hour, or for a thousand tasks."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Workers that are ready.

    Attributes:
        resources: what a piece needs of its worker.
        link: where one can look at them; "" where there is nothing.
    """

    client: Client
    resources: Mapping[str, float]
    link: str

    def slots(self) -> int:
        """How many pieces of work are done at the same time, now; at least 1."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        fitting = (each for each in workers if all(name in each["resources"] for name in self.resources))
        counts = [min([int(each["nthreads"]), *map(int, self._share(each["resources"]))]) for each in fitting]
        return max(sum(counts), 1)

    def _share(self, offered: Mapping[str, float]) -> list[float]:
        return [offered[name] / needed for name, needed in self.resources.items()]


def check_dask() -> None:
    """Raises BatchError, with what to do, where Dask is not installed."""
    if importlib.util.find_spec("distributed") is None:  # where nothing is left to do, it need not be loaded
        raise BatchError(MISSING)


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
        # Who hears of a death tries it once more, alone.
        "distributed.scheduler.allowed-failures": 0,
        # A second task that only waits at a worker would count as one that has killed it.
        "distributed.scheduler.worker-saturation": 1.0,
        # What a tracker holds is not Dask's to spill, and a worker that is paused would wait for it for ever.
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        "distributed.admin.log-length": _LOG_LENGTH,
        "distributed.admin.low-level-log-length": _LOG_LENGTH,
        "distributed.admin.system-monitor.log-length": _LOG_LENGTH,
        # What nobody looks at here takes time from the trackers.
        "distributed.admin.system-monitor.interval": "5s",
        "distributed.admin.tick.interval": "1s",
        "distributed.worker.profile.enabled": False,
    }
    with quiet_dask(), dask.config.set(settings), ended_at_once_if_interrupted() as opened:
        cluster = opened.enter_context(
            LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                memory_limit=int(MEMORY_LIMIT * _SHARE_OF_MEMORY / count),
                resources={GPU: 1} if is_gpu else None,
                preload=[SETUP],
                silence_logs=logging.CRITICAL,
            )
        )
        client = opened.enter_context(Client(cluster))
        yield Crew(client, {GPU: 1} if is_gpu else {}, _page(cluster.dashboard_link))


@contextmanager
def ended_at_once_if_interrupted() -> Iterator[ExitStack]:
    """Closes what it is given, and waits for that, unless somebody has no time left: then processes are killed.

    Dask would wait for ten seconds at the program's end, too, and tell of workers that have never started.
    """
    from distributed.deploy.spec import close_clusters  # noqa: PLC0415 - an extra

    opened = ExitStack()
    try:
        try:
            yield opened
        except KeyboardInterrupt:
            raise
        except BaseException:
            opened.close()
            raise
        opened.close()
    except KeyboardInterrupt:
        atexit.unregister(close_clusters)
        for process in multiprocessing.active_children():
            process.kill()
        raise


@contextmanager
def remote_crew(address: str, *, device: str) -> Iterator[Crew]:
    """The workers of a cluster that is running; it goes on to run afterwards.

    Args:
        address: of its scheduler: "tcp://host:port".
        device: torch's name; for a GPU, workers are taken that offer one as a resource.

    Raises:
        BatchError: there is no scheduler, no worker comes, or they have another version of this program.
    """
    from distributed import Client  # noqa: PLC0415 - an extra

    try:
        with quiet_dask():
            client = Client(address, timeout=CONNECTING_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise BatchError(f"{address}: no scheduler answers ({' '.join(str(error).split())})") from error
    with quiet_dask(), client:
        try:
            client.wait_for_workers(1, timeout=CONNECTING_S)
        except TimeoutError as error:
            raise BatchError(f"{address}: the scheduler has no workers; start some with `dask worker`") from error
        _check_versions(client, address)
        offered = [each["resources"] for each in client.scheduler_info(n_workers=-1)["workers"].values()]
        if device != "cpu" and not any(GPU in each for each in offered):
            raise BatchError(f'{address}: no worker offers a GPU; start some with --resources "{GPU}=1"')
        yield Crew(client, {GPU: 1} if device != "cpu" else {}, _page(client.dashboard_link))


def _check_versions(client: Client, address: str) -> None:
    ours = program_version()
    try:
        theirs = client.run(program_version)
    except Exception as error:
        raise BatchError(
            f"{address}: workers cannot load this program ({type(error).__name__}: {error})"
        ) from error
    others = sorted({each for each in theirs.values() if each != ours})
    if others:
        raise BatchError(
            f"{address}: workers have version {others[0]} of this program, this is {ours}; update one"
        )


def _page(link: str) -> str:
    """Dask's status page needs a package of its own; without that, its page of workers is there."""
    has_bokeh = importlib.util.find_spec("bokeh") is not None
    return link if has_bokeh else f"{link.removesuffix('status')}info/main/workers.html"


@contextmanager
def quiet_dask() -> Iterator[None]:
    """Dask tells each lost connection with a traceback; what matters of that is told in a sentence."""
    import distributed  # noqa: F401, PLC0415 - an extra; gives loggers below its own, such as the client's, levels

    before = {name: logging.getLogger(name).level for name in ("distributed", *_loggers_below("distributed"))}
    for name in before:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")  # the boxes of a long video
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _loggers_below(name: str) -> list[str]:
    """Those with a level of their own, which that of the one above does not reach."""
    known = list(logging.root.manager.loggerDict.items())
    below = ((each, logger) for each, logger in known if each.startswith(f"{name}."))
    return [each for each, logger in below if isinstance(logger, logging.Logger) and logger.level]
