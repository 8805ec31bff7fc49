"""Which device is taken, and what is said where the GPU cannot be used."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import pytest
import torch

from dlst_gui.tracking import devices
from dlst_gui.tracking.devices import DeviceError, cpu_threads, resolve_device


def with_gpu(monkeypatch: pytest.MonkeyPatch, *, free_gib: float) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A Card")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (int(free_gib * 2**30), 80 * 2**30))


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_device_when_a_gpu_has_room_then_is_taken(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    with_gpu(monkeypatch, free_gib=20)
    assert str(resolve_device("auto" if wanted == "auto" else "cuda")) == "cuda (A Card)"


def test_device_when_the_gpu_is_full_then_the_processor_is_taken_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_gpu(monkeypatch, free_gib=0.5)
    assert str(resolve_device("auto")) == "cpu (A Card has only 0.5 GiB of free memory, 2 GiB are needed)"


def test_device_when_a_full_gpu_is_insisted_on_then_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpu(monkeypatch, free_gib=0.5)
    with pytest.raises(DeviceError, match=r"only 0\.5 GiB.*the device cpu"):
        resolve_device("cuda")


def test_device_when_the_processor_is_asked_for_then_no_gpu_is_asked_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_gpu(monkeypatch, free_gib=20)
    assert resolve_device("cpu").name == "cpu"


@pytest.mark.parametrize(
    ("build", "has_driver", "reason"),
    [
        ({"cuda": None}, True, "torch 9.8 is built without CUDA"),
        ({"cuda": "12.8"}, False, "torch 9.8 finds no CUDA device"),
        ({"cuda": "12.8"}, True, ""),
        ({"cuda": None, "hip": "6.4"}, False, ""),
    ],
    ids=["built without", "no driver", "a driver", "another make of cards"],
)
def test_gpu_when_torch_is_not_loaded_then_only_what_is_certain_is_told_without_it(
    monkeypatch: pytest.MonkeyPatch, build: dict[str, str | None], has_driver: bool, reason: str
) -> None:
    def load(_name: str) -> None:
        if not has_driver:
            raise OSError("no such library")

    monkeypatch.setattr(devices, "_torch_build", lambda: SimpleNamespace(__version__="9.8", **build))
    monkeypatch.setattr(devices.ctypes, "CDLL", load)
    assert devices._why_no_gpu() == reason


def test_build_of_torch_when_it_is_read_from_its_file_then_is_what_torch_says() -> None:
    build = devices._torch_build()
    assert build is not None
    assert (build.__version__, build.cuda) == (torch.__version__, torch.version.cuda)


def test_threads_when_times_overlap_then_opencv_has_its_own_number_again_once_all_are_over() -> None:
    before = cv2.getNumThreads()
    first, second = cpu_threads(1), cpu_threads(2)
    try:
        cv2.setNumThreads(4)
        first.__enter__()
        second.__enter__()
        assert cv2.getNumThreads() == 2
        first.__exit__(None, None, None)
        assert cv2.getNumThreads() == 2, "the other one is still at work"
        second.__exit__(None, None, None)
        assert cv2.getNumThreads() == 4
    finally:
        cv2.setNumThreads(before)
