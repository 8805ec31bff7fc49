from __future__ import annotations

import logging
import multiprocessing
import time

import pytest

from dlst_gui.batch.cluster import ended_at_once_if_interrupted, quiet_dask


class Slow:
    """Notes that it was closed, which a person may interrupt."""

    def __init__(self, *, is_interrupted: bool) -> None:
        self.is_interrupted = is_interrupted
        self.is_closed = False

    def close(self) -> None:
        if self.is_interrupted:
            raise KeyboardInterrupt
        self.is_closed = True


@pytest.mark.parametrize("is_closing", [False, True], ids=["at work", "closing"])
def test_workers_when_a_person_has_no_time_then_they_are_killed_and_not_waited_for(is_closing: bool) -> None:
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    process.start()
    cluster = Slow(is_interrupted=is_closing)

    with pytest.raises(KeyboardInterrupt), ended_at_once_if_interrupted() as opened:  # noqa: PT012 - two moments
        opened.callback(cluster.close)
        if not is_closing:
            raise KeyboardInterrupt

    process.join(timeout=30)
    assert process.exitcode not in {None, 0}
    assert not cluster.is_closed


@pytest.mark.parametrize("error", [None, OSError])
def test_workers_when_nobody_is_in_a_hurry_then_they_are_closed(error: type[OSError] | None) -> None:
    cluster = Slow(is_interrupted=False)

    try:
        with ended_at_once_if_interrupted() as opened:
            opened.callback(cluster.close)
            if error is not None:
                raise error
    except OSError:
        assert error is not None

    assert cluster.is_closed


def test_quiet_when_dask_has_set_levels_for_single_loggers_then_these_are_silent_too_and_back_afterwards() -> None:
    client = logging.getLogger("distributed.client")
    client.setLevel(logging.WARNING)

    with quiet_dask():
        assert not client.isEnabledFor(logging.ERROR)
        assert not logging.getLogger("distributed.scheduler").isEnabledFor(logging.ERROR)

    assert client.level == logging.WARNING
