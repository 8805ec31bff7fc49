import platform
import subprocess
import sys
from pathlib import Path

import pytest

from dlst_gui.tracking.allocator import keep_freed_memory

REPOSITORY = Path(__file__).resolve().parents[3]
PAGES = (120 << 20) // 4096
PROGRAM = """
import resource, threading
from dlst_gui.tracking.allocator import keep_freed_memory
keep_freed_memory()

def work():
    bytearray(120 << 20)  # written to its last page
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        bytearray(120 << 20)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

work()
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_large_blocks_when_freed_and_taken_again_then_are_not_faulted_in_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    )
    # Untuned, each of the five costs every one of its pages.
    assert [int(faults) < PAGES for faults in done.stdout.split()] == [True, True]


def test_keep_when_the_c_library_is_another_then_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.libc_ver", lambda: ("", ""))
    monkeypatch.setattr("ctypes.CDLL", lambda name: pytest.fail("asked another C library for glibc's function"))
    keep_freed_memory()
