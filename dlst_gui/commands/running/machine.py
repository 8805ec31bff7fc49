"""What a measurement of time must say about the machine it was made on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import cv2
import torch

from dlst_gui.tracking.devices import core_count
from tracker_core.evaluation.report import JsonValue


def machine_facts(device: str, threads: int) -> Mapping[str, JsonValue]:
    """For JSON; the keys are told in docs/evaluation.md."""
    return {
        "device": device,
        "device_name": cpu_name() if device == "cpu" else torch.cuda.get_device_name(device),
        "cpu": cpu_name(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "onednn_max_cpu_isa": os.environ.get("ONEDNN_MAX_CPU_ISA"),
        "cores": core_count(),
        "threads": threads,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "onnxruntime": version("onnxruntime"),
        "opencv": cv2.__version__,
    }


def machine_line(device: str, threads: int) -> str:
    """The same in short, for a terminal."""
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA")
    capability = torch.backends.cpu.get_cpu_capability() + (f" limited to {limit}" if limit else "")
    gpu = "" if device == "cpu" else f"{torch.cuda.get_device_name(device)}; "
    versions = f"torch {torch.__version__}, onnxruntime {version('onnxruntime')}"
    return f"{gpu}{cpu_name()}, {capability}, {threads} threads; {versions}"


def cpu_name() -> str:
    """The processor's model as the system names it; its architecture where it does not."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
