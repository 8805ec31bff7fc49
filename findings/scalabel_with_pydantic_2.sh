#!/usr/bin/env bash
# What scalabel, the toolkit of the BDD100K data set and its label format, does with what pip installs beside it.
#
# Of: scalabel 0.3.1 with the pydantic that `pip install scalabel` takes, on Linux x86-64 with Python 3.11.
# Input: one made-up frame with one box, laid out as the documentation of the format has it. Nothing of this
# repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. The package asks for `pydantic` of any version, and pip takes 2.x.
#   2. `scalabel.label.io.load` then refuses the file: fields that the format calls optional (`poseSigmas`, a
#      category's `color`) are "required". In pydantic 1 an `Optional` without a default was None.
#   3. With `null` for each of these, in its head, each frame and each label, the same file is read.
#   4. With pydantic 1.10 the file is read as it is.
#
# Usage: bash findings/scalabel_with_pydantic_2.sh      (PYTHON=python3.12 chooses another; needs network; minutes)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scalabel==0.3.1

cat > "$folder/check.py" <<'PYTHON'
import json
import sys
from importlib.metadata import requires, version
from pathlib import Path

from pydantic import ValidationError
from scalabel.label.io import load

folder = Path(sys.argv[1])
box = {"x1": 10, "y1": 20, "x2": 39, "y2": 59}
frame = {"name": "a.jpg", "videoName": "a", "frameIndex": 0, "labels": [{"id": "1", "category": "car", "box2d": box}]}
made = folder / "made.json"
made.write_text(json.dumps({"frames": [frame], "config": {"categories": [{"name": "car"}]}}))
told = folder / "told.json"
unsaid = dict.fromkeys(("box3d", "poly2d", "rle", "graph"))
label = {"id": "1", "category": "car", "box2d": box, **unsaid}
whole = {**frame, "url": None, "labels": [label]}
head = {"imageSize": None, "attributes": None, "poseSigmas": None}
category = {"name": "car", "subcategories": None, "color": None}
told.write_text(json.dumps({"frames": [whole], "config": {**head, "categories": [category]}}))
failures = []


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


def answer(path):
    try:
        found = load(str(path)).frames[0].labels[0].box2d
        return [found.x1, found.y1, found.x2, found.y2]
    except ValidationError as error:
        return f"refused: {len(error.errors())} fields, such as {'.'.join(map(str, error.errors()[0]['loc']))}"


is_two = version("pydantic").startswith("2.")
print("scalabel", version("scalabel"), "pydantic", version("pydantic"), "Python", sys.version.split()[0])
if len(sys.argv) > 2:
    check("4. pydantic is 1.10", version("pydantic").startswith("1.10."), version("pydantic"))
    check("4. the file is read", answer(made) == [10, 20, 39, 59], answer(made))
else:
    asked = [each for each in requires("scalabel") if each.startswith("pydantic")]
    check("1. any pydantic is asked for, and 2 is there", asked == ["pydantic"] and is_two, asked)
    check("2. the file is refused", str(answer(made)).startswith("refused"), answer(made))
    check("3. with null for what is missing it is read", answer(told) == [10, 20, 39, 59], answer(told))
sys.exit(bool(failures))
PYTHON
"$folder/venv/bin/python" "$folder/check.py" "$folder"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "pydantic==1.10.24"
"$folder/venv/bin/python" "$folder/check.py" "$folder" one
