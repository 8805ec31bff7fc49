"""Which device is taken, and what is said where the GPU cannot be used."""

from __future__ import annotations

import pytest
import torch

from dlst_gui.tracking.devices import DeviceError, resolve_device


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
    with pytest.raises(DeviceError, match=r"only 0\.5 GiB.*--device cpu"):
        resolve_device("cuda")


def test_device_when_the_processor_is_asked_for_then_no_gpu_is_asked_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_gpu(monkeypatch, free_gib=20)
    assert resolve_device("cpu").name == "cpu"
