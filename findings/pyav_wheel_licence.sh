#!/usr/bin/env bash
# Under which licence the FFmpeg in PyAV's wheel says that it is, and what lies beside it.
#
# Of: av 18.1.0's wheel on PyPI, Linux x86-64, Python 3.11. Input: black frames that are made here. Nothing of this
# repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. The package declares BSD-3-Clause and brings that licence's text alone; it is PyAV's own.
#   2. FFmpeg, asked by `avcodec_license()`, answers "LGPL version 3 or later". FFmpeg's own build refuses x264 and x265
#      unless it is configured with --enable-gpl; `avcodec_configuration()` has --enable-libx264 and --enable-libx265
#      without it.
#   3. x264 and x265 lie in the wheel as libraries of their own (av.libs), and are what `add_stream("h264")` gives: the
#      stream that was encoded carries x264's signature, "Copyleft". Both are under the GPL, version 2 or later, unless
#      a commercial licence was bought; no text of it is in the wheel.
#
# So neither the package's metadata, which tools that list licences read, nor FFmpeg's answer tells what somebody has
# to heed who passes the wheel on inside an installer.
#
# Usage: bash findings/pyav_wheel_licence.sh      (PYTHON=python3.12 chooses another; needs network)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: av==18.1.0 numpy==2.4.6

cat > "$folder/check.py" <<'PYTHON'
import ctypes
import io
import sys
from importlib.metadata import distribution
from pathlib import Path

import av
import numpy as np

failures = []


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


package = distribution("av")
texts = [str(path) for path in package.files if "LICEN" in path.name.upper() or "COPYING" in path.name.upper()]
declared = package.metadata["License-Expression"]
check("the package declares BSD-3-Clause", declared == "BSD-3-Clause", declared)
check("one licence's text, without the word GPL", len(texts) == 1 and "GPL" not in package.read_text(
    texts[0].split("dist-info/")[1]), texts)

libraries = Path(av.__file__).parents[1] / "av.libs"
codec = ctypes.CDLL(str(next(libraries.glob("libavcodec-*"))))
codec.avcodec_license.restype = codec.avcodec_configuration.restype = ctypes.c_char_p
licence, configuration = codec.avcodec_license().decode(), codec.avcodec_configuration().decode()
check("avcodec_license()", licence == "LGPL version 3 or later", licence)
flags = [flag for flag in configuration.split() if flag in ("--enable-libx264", "--enable-libx265", "--enable-gpl")]
check("configured with x264 and x265, without --enable-gpl", flags == ["--enable-libx264", "--enable-libx265"], flags)

beside = sorted(path.name.split("-")[0] for path in libraries.glob("libx26*"))
check("x264 and x265 lie in the wheel", beside == ["libx264", "libx265"], beside)
out = io.BytesIO()
with av.open(out, "w", format="h264") as container:
    stream = container.add_stream("h264", rate=25)
    stream.width = stream.height = 64
    for _ in range(3):
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
    container.mux(stream.encode(None))
encoder = stream.codec_context.codec.name
check('add_stream("h264") is x264', encoder == "libx264", encoder)
at = out.getvalue().find(b"x264 - core")
signature = out.getvalue()[at : at + 62].decode(errors="replace") if at >= 0 else "none"
check("the stream says so, with Copyleft", "Copyleft" in signature, signature)
sys.exit(bool(failures))
PYTHON
"$folder/venv/bin/python" "$folder/check.py"
