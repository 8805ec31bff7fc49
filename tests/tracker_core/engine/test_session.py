"""Running ONNX models."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_session_when_imported_then_nothing_is_left_in_the_home_folder(tmp_path: Path) -> None:
    """onnxruntime's builds leave a device identifier there unless they are told not to."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    environment |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    code = "import tracker_core.engine.session, onnxruntime, sys; sys.exit('onnxruntime' not in sys.modules)"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []
