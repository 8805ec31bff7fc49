"""Models that declare one size and take any."""

from __future__ import annotations

import numpy as np
import pytest

from tracker_core import WeightsError
from tracker_core.engine.declared_sizes import without_declared_sizes
from tracker_core.engine.onnx_encoding import OnnxFile
from tracker_core.engine.session import OnnxSession


def model() -> bytes:
    """A convolution that declares pictures of 9 x 9."""
    file = OnnxFile()
    file.read("pixels", "float32", (1, 2, 9, 9))
    file.hold("kernel", np.arange(54, dtype=np.float32).reshape(3, 2, 3, 3))
    file.add("Conv", ("pixels", "kernel"), "maps", strides=(2, 2))
    file.give("maps", "float32", (1, 3, 4, 4))
    return file.data()


def test_model_when_it_declares_a_size_then_no_other_is_taken() -> None:
    with pytest.raises(Exception, match="Got: 21 Expected: 9"):
        OnnxSession(model(), threads=1).run({"pixels": np.zeros((1, 2, 21, 21), np.float32)})


def test_model_when_freed_then_takes_any_size_and_gives_the_same() -> None:
    freed = OnnxSession(without_declared_sizes(model()), threads=1)
    pixels = np.random.default_rng(0).normal(size=(1, 2, 21, 21)).astype(np.float32)
    maps = freed.run({"pixels": pixels})["maps"]
    assert maps.shape == (1, 3, 10, 10)
    small = OnnxSession(model(), threads=1).run({"pixels": pixels[:, :, :9, :9].copy()})["maps"]
    assert maps[:, :, :4, :4] == pytest.approx(small)


@pytest.mark.parametrize("length", [10, 40, 100])
def test_model_when_cut_off_then_is_refused(length: int) -> None:
    with pytest.raises(WeightsError, match="damaged ONNX file"):
        without_declared_sizes(model()[:length])
