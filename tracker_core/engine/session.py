"""Runs ONNX models on the processor."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

# From 1.29 on, the import alone would leave a device identifier behind and prepare to report on its use; its own
# switch comes too late (findings/onnxruntime_telemetry.sh). Whoever wants that sets the variable to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

Arrays = dict[str, NDArray[np.generic]]


class OnnxSession:
    """One model, planned and ready; may be run by several threads at once.

    Args:
        model: a whole ONNX file.
        threads: that share one run.
        plans_memory: lays all values out in one block, which the first runs pay for; not for what runs rarely.
    """

    def __init__(self, model: bytes, *, threads: int, plans_memory: bool = True) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = options.enable_cpu_mem_arena = plans_memory
        options.log_severity_level = 3  # errors; what is unusual about a model is no concern of a user's
        # As torch's threads (docs/tracker.md): with spinning ones, a busy machine takes many times as long.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, inputs: Mapping[str, NDArray[np.generic]]) -> Arrays:
        """All outputs by name."""
        return dict(zip(self._outputs, self._session.run(self._outputs, dict(inputs)), strict=True))
