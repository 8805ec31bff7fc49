#!/usr/bin/env bash
# What sleap-io, the reader and writer of SLEAP's animal tracking, makes of videos and tracks in a COCO file.
#
# Of: sleap-io 0.9.5 on Linux x86-64 with Python 3.11. Input: two made-up videos of three frames with two objects, in
# the COCO of videos that TAO and others use: `videos`, `video_id`, `frame_index`, and `track_id`, which sleap-io reads.
# Nothing of this repository is run.
#
# Seen there, and checked below (exit status 1 where something is otherwise):
#
#   1. The object whose `track_id` is 0 has no track; its boxes are there. 1 and above are tracks.
#   2. Two videos with pictures of the same size become one: a track id that both use is one track through both.
#      With pictures of other sizes they are two.
#   3. `frame_index` is not read: frames are numbered by their place among `images`. Where these are not in order,
#      neither are the frames, and 0, 10, 20 become 0, 1, 2.
#
# Usage: bash findings/sleap_io_coco_of_videos.sh      (PYTHON=python3.12 chooses another; needs network; minutes)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sleap-io==0.9.5

cat > "$folder/check.py" <<'PYTHON'
import json
import sys
import warnings
from itertools import count
from pathlib import Path

from PIL import Image
from sleap_io.io.coco import read_labels

warnings.simplefilter("error")
folder = Path(sys.argv[1])
failures = []


def check(what, is_so, seen):
    print("as stated" if is_so else "OTHERWISE", "|", what, "|", seen)
    if not is_so:
        failures.append(what)


def read(name, sizes, is_reversed=False):
    """Videos a, b of `sizes`; their frames 0, 10, 20; objects 0 and 1 in each."""
    images, annotations, ids = [], [], count(1)
    videos = [{"id": number, "name": letter} for number, letter in enumerate("ab", 1)]
    for video, (width, height) in zip(videos, sizes, strict=True):
        for frame in (0, 10, 20):
            path = folder / name / video["name"] / f"{frame:06d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (width, height)).save(path)
            where = {"file_name": f"{video['name']}/{path.name}", "video_id": video["id"], "frame_index": frame}
            images.append({"id": len(images) + 1, "width": width, "height": height, **where})
            for track in (0, 1):
                box = {"bbox": [20.25 * track, 2, 10.5, 8], "area": 84, "iscrowd": 0, "category_id": 1}
                whose = {"image_id": len(images), "video_id": video["id"], "track_id": track}
                annotations.append({"id": next(ids), **whose, **box})
    if is_reversed:
        images.reverse()
    made = {"videos": videos, "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "car"}]}
    (folder / name / "labels.json").write_text(json.dumps(made))
    return read_labels(folder / name / "labels.json")


def places(labels):
    """Which file each frame is of."""
    frames = ((each.frame_idx, Path(each.video.filename[each.frame_idx])) for each in labels.labeled_frames)
    return [f"{index}: {path.parent.name}/{int(path.stem)}" for index, path in frames]


same = read("same", [(64, 48), (64, 48)])
boxes = [box for frame in same.labeled_frames for box in frame.bboxes]
found = {box.xywh[0]: box.track and box.track.name for box in boxes}
check("1. all boxes are read", len(boxes) == 12, len(boxes))
check("1. tracks by the boxes' left edges", found == {0: None, 20.25: "track_1"}, found)
check("2. two videos of one size", len(same.videos) == 1, len(same.videos))
found = [sum(box.track is track for box in boxes) for track in same.tracks]
check("2. one track with the boxes of both", found == [6], found)
other = read("other", [(64, 48), (66, 48)])
check("2. two videos of two sizes", len(other.videos) == 2, len(other.videos))

found = places(same)
check("3. frames by their place", found == ["0: a/0", "1: a/10", "2: a/20", "3: b/0", "4: b/10", "5: b/20"], found)
found = places(read("reversed", [(64, 48), (66, 48)], is_reversed=True))
check("3. in the order of the file", found == ["0: b/20", "1: b/10", "2: b/0", "0: a/20", "1: a/10", "2: a/0"], found)
sys.exit(bool(failures))
PYTHON
"$folder/venv/bin/python" "$folder/check.py" "$folder"
