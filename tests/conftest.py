"""What every test shares: no screen, one compute thread, the real sequences, and no unexpected log warning."""

from __future__ import annotations

import gc
import logging
import os
import signal
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

OUR_PACKAGES = ("dlst_gui", "tracker_core")
REPOSITORY = Path(__file__).resolve().parents[1]
PATIENCE_MS = 30_000  # less than pytest-timeout's, so that a test says what it has waited for


# Set before Qt, torch and numpy read them; what the caller has set already stays.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# A second OpenMP thread waits for a core that is busy elsewhere, and changes sums in the last bit.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["LC_ALL"] = "C.UTF-8"  # Qt warns about any locale that is not UTF-8
# A shell that begins the tests in the background lets them, and all that they start, ignore Ctrl+C.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: one more than there are cores, since a third of the time tests wait for other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Collect in this thread alone, as the window does, and no module again and again."""
    gc.disable()
    gc.collect()
    gc.freeze()


def pytest_runtest_logfinish() -> None:
    """Collect between tests, by Python's own thresholds."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    for generation in (2, 1, 0):
        if counts[generation] > thresholds[generation]:
            gc.collect(generation)
            return


@pytest.fixture(scope="session", autouse=True)
def _folders_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings, weights and logs of whoever runs the tests are neither read nor touched."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture(scope="session", autouse=True)
def _patience() -> Iterator[None]:
    """What is waited for comes late on a slow machine: no test fails for that before half a minute."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("waitUntil", "waitSignal", "waitSignals"):
            patch.setattr(QtBot, name, _patient(getattr(QtBot, name)))
        yield


def _patient(wait: Callable[..., object]) -> Callable[..., object]:
    @wraps(wait)
    def patient(*given: object, timeout: int = PATIENCE_MS, **named: object) -> object:
        return wait(*given, timeout=max(timeout, PATIENCE_MS), **named)

    return patient


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Folder of the test data: `DLST_DATA`, else `../shared/data`; skips where there is none."""
    named = os.environ.get("DLST_DATA")
    root = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if root.is_dir():
        return root
    if named:
        pytest.fail(f"DLST_DATA names {named}, which is no folder; unset it or name the folder with sequences/")
    pytest.skip(f"no test data: DLST_DATA is not set and {root} does not exist")


@pytest.fixture(scope="session")
def sequences(data_root: Path) -> Path:
    """Folder with one OTB sequence folder per name; skips where there is none."""
    return _existing(data_root / "sequences")


@pytest.fixture(scope="session")
def videos(data_root: Path) -> Path:
    """Folder with easy and broken video files; skips where there is none."""
    return _existing(data_root / "videos")


@pytest.fixture(autouse=True)
def _log_warnings_fail(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    if request.node.get_closest_marker("logs_warnings"):
        return
    unexpected = [
        f"{record.levelname} {record.name}: {record.getMessage()}"
        for when in ("setup", "call")
        for record in caplog.get_records(when)
        if record.levelno >= logging.WARNING and record.name.split(".")[0] in OUR_PACKAGES
    ]
    if unexpected:
        pytest.fail(
            "unexpected log warnings (a test that wants them is marked logs_warnings):\n" + "\n".join(unexpected)
        )


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        pytest.skip(f"no test data: {folder} does not exist")
    return folder
