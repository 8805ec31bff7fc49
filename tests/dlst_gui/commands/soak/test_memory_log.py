"""What is said about the memory of a run, from made-up numbers."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path

import pytest

from dlst_gui.commands.soak import resident_memory
from dlst_gui.commands.soak.memory_log import MemorySample, memory_report, memory_trend, settled
from dlst_gui.commands.soak.resident_memory import resident_mib


def samples_of(sizes_mib: list[float], *, every: int = 100) -> list[MemorySample]:
    return [MemorySample(i * every, float(i), size) for i, size in enumerate(sizes_mib)]


def test_trend_when_memory_grows_evenly_then_is_that_growth() -> None:
    trend = memory_trend(samples_of([500 + 0.3 * i for i in range(50)]))
    assert trend is not None
    assert trend.slope_mib == pytest.approx(3.0)  # 0.3 MiB per 100 frames
    assert trend.at(2000) == pytest.approx(506.0)


def test_trend_when_memory_scatters_evenly_around_a_size_then_is_flat() -> None:
    trend = memory_trend(samples_of([500, 510, 510, 500]))
    assert trend is not None
    assert trend.slope_mib == pytest.approx(0, abs=1e-9)


def test_trend_when_there_is_one_sample_then_is_unknown() -> None:
    assert memory_trend(samples_of([500])) is None


def test_settled_when_asked_for_then_leaves_out_the_first_quarter() -> None:
    assert [sample.frame_count for sample in settled(samples_of([0] * 9))] == list(range(200, 900, 100))


def test_report_when_memory_first_rises_then_creeps_then_tells_sizes_and_the_creeping() -> None:
    report = memory_report(samples_of([100, 640, 620, *(600 + 0.1 * i for i in range(3, 13))]))
    assert report.splitlines() == [
        "resident memory: 100.0 MiB at the start, 601.0 after 1,000 frames, 601.2 at the end, "
        "640.0 at most (frame 100)",
        "over the last three quarters: +1.00 MiB per 1,000 frames",
    ]


def test_report_when_the_run_was_short_then_leaves_out_what_it_does_not_know() -> None:
    report = memory_report(samples_of([100]))
    assert "1,000 frames" not in report
    assert "too few samples" in report


def test_resident_size_when_memory_is_taken_then_grows_by_it() -> None:
    """Straight from the system: an allocator may hand out what was freed before."""
    before_mib = resident_mib()
    with mmap.mmap(-1, 64 * 2**20) as taken:
        taken.write(b"1" * len(taken))
        assert resident_mib() - before_mib > 0.9 * len(taken) / 2**20


def test_resident_size_when_linux_tells_it_then_is_read_in_mib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmHWM:\t  409600 kB\nVmRSS:\t  204800 kB\n")
    monkeypatch.setattr(resident_memory, "_STATUS", status)
    assert resident_mib() == 200


@pytest.mark.skipif(sys.platform == "win32", reason="tells no resident size")
def test_resident_size_when_the_system_is_not_linux_then_the_largest_so_far_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_mib = resident_mib()
    monkeypatch.setattr(resident_memory, "_STATUS", tmp_path / "none")
    assert resident_mib() >= 0.9 * now_mib
