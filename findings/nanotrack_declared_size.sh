#!/usr/bin/env bash
# NanoTrack's published backbones cannot be run as their authors' tracker does by onnxruntime, and can by OpenCV.
#
# Of: nanotrack_backbone.onnx of NanoTrack v3 in its authors' repository (commit 248663f) with onnxruntime 1.32.0, onnx 1.22.0 and
# opencv-python-headless 5.0.0.93, on Linux x86-64 with Python 3.11. Nothing of this repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. The tracker shows one backbone a template of 127 x 127 and a search region of 255 x 255. The one file that is published for both
#      declares (1, 3, 255, 255): onnxruntime refuses the template with INVALID_ARGUMENT. There is no second file.
#   2. OpenCV's dnn takes both sizes from the same file without a word, and gives 8 x 8 and 16 x 16 features.
#   3. With nothing changed but the declared sizes, made symbolic, onnxruntime takes both, and its features are OpenCV's to a
#      hundred-thousandth of the largest.
#
# Usage: bash findings/nanotrack_declared_size.sh     (PYTHON=python3.12 chooses another; WEIGHTS=FOLDER has the file already, else
#        network; a minute)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
repository=https://raw.githubusercontent.com/HonglinChu/SiamTrackers/248663fde6bf7c40190cf10ee396d5662919ecd3
backbone=${WEIGHTS:-$folder}/nanotrack_v3_backbone.onnx
if [ -z "${WEIGHTS:-}" ]; then
    curl -sSfL -o "$backbone" "$repository/NanoTrack/models/nanotrackv3/nanotrack_backbone.onnx"
fi
echo "50be1320abf9384fd3479ea829f95e244cf3f3838190c5ab60c750fb8c1ce828  $backbone" | sha256sum --check --quiet
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    onnxruntime==1.32.0 onnx==1.22.0 opencv-python-headless==5.0.0.93 numpy==2.4.6

cat > "$folder/check.py" <<'PYTHON'
import platform
import sys

import cv2
import numpy as np
import onnx
import onnxruntime

failures = []


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


def freed(model):
    for value in (*model.graph.input, *model.graph.output):
        for side in value.type.tensor_type.shape.dim[2:]:
            side.dim_param = "any"
    del model.graph.value_info[:]
    return model.SerializeToString()


print("Python", platform.python_version(), platform.machine(), "| onnxruntime", onnxruntime.__version__,
      "| cv2", cv2.__version__, "| onnx", onnx.__version__)
published = onnx.load(sys.argv[1])
declared = [side.dim_value for side in published.graph.input[0].type.tensor_type.shape.dim]
check("it declares one size", declared == [1, 3, 255, 255], declared)
pictures = {side: np.random.default_rng(0).uniform(0, 255, (1, 3, side, side)).astype(np.float32) for side in (127, 255)}
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
try:
    seen = session.run(None, {"input": pictures[127]})[0].shape
except Exception as error:
    seen = " ".join(str(error).split())
check("onnxruntime refuses the template", "INVALID_ARGUMENT" in str(seen), str(seen)[:120])
network = cv2.dnn.readNet(sys.argv[1])
theirs = {}
for side, picture in pictures.items():
    network.setInput(picture)
    theirs[side] = network.forward()
shapes = {side: features.shape[2:] for side, features in theirs.items()}
check("OpenCV takes both", shapes == {127: (8, 8), 255: (16, 16)}, shapes)
session = onnxruntime.InferenceSession(freed(published), providers=["CPUExecutionProvider"])
for side, picture in pictures.items():
    found = session.run(None, {"input": picture})[0]
    difference = float(abs(found - theirs[side]).max() / abs(theirs[side]).max())
    check(f"without declared sizes onnxruntime takes {side} x {side} and agrees", difference < 1e-5, difference)
sys.exit(f"{len(failures)} otherwise than stated" if failures else 0)
PYTHON
"$folder/venv/bin/python" "$folder/check.py" "$backbone"
