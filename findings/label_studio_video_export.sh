#!/usr/bin/env bash
# What Label Studio's own converter makes of video annotations (VideoRectangle) in COCO, YOLO and Pascal VOC.
#
# Of: label-studio-sdk 2.1.2 (`label_studio_sdk.converter`) on Linux x86-64 with Python 3.11.
# Input: one made-up task as Label Studio exports it, a dog on two keyframes of a video. Nothing of this repository
# is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. COCO: a well-formed result.json that names the category, with no image and no annotation in it. No error, no
#      warning, and `convert` returns as ever.
#   2. YOLO: classes.txt with the label, and an empty label file for the video, as if it had been looked through and
#      nothing were there.
#   3. Pascal VOC: no file at all; the message printed is about the channels of an image.
#   4. Only `supported_formats`, which nobody has to ask, says that these are not meant for video: JSON, JSON_MIN, CSV
#      and TSV are. JSON_MIN keeps the keyframes, in percent of the frame, counted from 1.
#
# Usage: bash findings/label_studio_video_export.sh      (PYTHON=python3.12 chooses another; needs network; minutes)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check label-studio-sdk==2.1.2

cat > "$folder/check.py" <<'PYTHON'
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from label_studio_sdk.converter import Converter
from label_studio_sdk.converter.converter import Format

CONFIG = """<View>
  <Labels name="videoLabels" toName="video"><Label value="dog"/></Labels>
  <Video name="video" value="$video"/>
  <VideoRectangle name="box" toName="video"/>
</View>"""
PLACE = {"width": 30, "height": 40, "rotation": 0}
SEQUENCE = [
    {"frame": 1, "x": 10, "y": 20, "enabled": True, "time": 0.04, **PLACE},
    {"frame": 5, "x": 20, "y": 20, "enabled": False, "time": 0.2, **PLACE},
]
VALUE = {"framesCount": 10, "duration": 0.4, "sequence": SEQUENCE, "labels": ["dog"]}
RESULT = {"type": "videorectangle", "from_name": "box", "to_name": "video", "id": "a", "value": VALUE}
TASKS = [{"id": 1, "data": {"video": "v.mp4"}, "annotations": [{"id": 1, "completed_by": 1, "result": [RESULT]}]}]
failures = []


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


def converted(label_format):
    out = folder / label_format.name
    returned = converter.convert(str(tasks), str(out), label_format, is_dir=False)
    check(f"{label_format.name}: convert raises nothing and returns nothing", returned is None, returned)
    return out


folder = Path(sys.argv[1])
tasks = folder / "tasks.json"
tasks.write_text(json.dumps(TASKS))
converter = Converter(CONFIG, project_dir=None, upload_dir=None)
print("Python", platform.python_version(), platform.machine(), "| label-studio-sdk", version("label-studio-sdk"))

supported = {str(getattr(each, "name", each)) for each in converter.supported_formats}
check("COCO, YOLO and VOC are not among supported_formats", not supported & {"COCO", "YOLO", "VOC"}, sorted(supported))

coco = json.loads((converted(Format.COCO) / "result.json").read_text())
names = [each["name"] for each in coco["categories"]]
seen = (names, coco["images"], coco["annotations"])
check("COCO: the category, no image, no annotation", seen == (["dog"], [], []), seen)

yolo = converted(Format.YOLO)
labels = {path.suffix: path.read_text() for path in (yolo / "labels").iterdir()}
seen = ((yolo / "classes.txt").read_text().split(), labels)
check("YOLO: the class, and one empty label file", seen == (["dog"], {".txt": ""}), seen)

voc = converted(Format.VOC)
files = [path.name for path in voc.rglob("*") if path.is_file()] if voc.exists() else []
check("VOC: no file", files == [], files)

kept = json.loads((converted(Format.JSON_MIN) / "result.json").read_text())[0]["box"][0]["sequence"]
check("JSON_MIN: both keyframes", [each["frame"] for each in kept] == [1, 5], [each["frame"] for each in kept])
sys.exit(f"{len(failures)} otherwise than stated" if failures else 0)
PYTHON
"$folder/venv/bin/python" "$folder/check.py" "$folder"
