#!/usr/bin/env bash
# What two converters of data sets that read "CVAT" make of CVAT's format for videos.
#
# Of: labelformat 0.1.17 (of Lightly) and globox 2.9.0, on Linux x86-64 with Python 3.11. Input: one file in "CVAT for
# video 1.1" with one object on three frames, and the same in "CVAT for images 1.1", both as CVAT's documentation has
# them. Nothing of this repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. Both read the file of images with its three boxes.
#   2. Of the file of the video labelformat reads the names of the labels and no image; converted, it is a well-formed
#      COCO file with categories, and without an image and a box. No error or warning says so.
#   3. So does globox, whose COCO file has no categories either.
#
# Usage: bash findings/cvat_video_read_as_images.sh      (PYTHON=python3.12 chooses another; needs network; a minute)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check labelformat==0.1.17 globox==2.9.0

cat > "$folder/check.py" <<'PYTHON'
import json
import logging
import sys
import warnings
from pathlib import Path

from globox import AnnotationSet
from labelformat.formats.coco import COCOObjectDetectionOutput
from labelformat.formats.cvat import CVATObjectDetectionInput

warnings.simplefilter("error")
folder = Path(sys.argv[1])
told = []
listener = logging.Handler(logging.WARNING)
listener.emit = lambda record: told.append(record.getMessage())
logging.getLogger().addHandler(listener)
failures = []


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


size = "<original_size><width>64</width><height>48</height></original_size>"
labels = "<labels><label><name>car</name><attributes></attributes></label></labels>"
meta = f"<meta><task><id>1</id><name>a</name><size>3</size><mode>interpolation</mode>{labels}{size}</task></meta>"
edges = [f'xtl="{10 + frame}.50" ytl="5.25" xbr="{30 + frame}.50" ybr="25.75"' for frame in range(3)]
flags = 'outside="0" occluded="0" keyframe="1"'
boxes = "".join(f'<box frame="{frame}" {flags} {each} z_order="0"></box>' for frame, each in enumerate(edges))
images = "".join(
    f'<image id="{frame}" name="frame_{frame:06d}" width="64" height="48">'
    f'<box label="car" occluded="0" source="manual" {each} z_order="0"></box></image>'
    for frame, each in enumerate(edges)
)
bodies = {"video": f'<track id="0" label="car" source="manual">{boxes}</track>', "images": images}
for name, body in bodies.items():
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>{meta}{body}</annotations>\n'
    (folder / f"{name}.xml").write_text(text)


def by_labelformat(name):
    COCOObjectDetectionOutput(folder / f"{name}.json").save(CVATObjectDetectionInput(folder / f"{name}.xml"))
    return counted(name)


def by_globox(name):
    AnnotationSet.from_cvat(folder / f"{name}.xml").save_coco(folder / f"{name}.json", auto_ids=True)
    return counted(name)


def counted(name):
    made = json.loads((folder / f"{name}.json").read_text())
    return [len(made[key]) for key in ("categories", "images", "annotations")]


found = [by_labelformat("images"), by_globox("images")]
check("1. categories, images and boxes of the file of images", found == [[1, 3, 3]] * 2, found)
found = by_labelformat("video")
check("2. of the video's by labelformat", found == [1, 0, 0], found)
found = by_globox("video")
check("3. of the video's by globox", found == [0, 0, 0], found)
check("2, 3. no word about it", not told, told)
sys.exit(bool(failures))
PYTHON
"$folder/venv/bin/python" "$folder/check.py" "$folder"
