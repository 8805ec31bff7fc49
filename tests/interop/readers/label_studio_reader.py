"""Prints the boxes of Label Studio's JSON as its SDK's converter has them, on every frame. Argument: path, folder.

Percent of the image, frames from 1. Runs in the SDK's environment.
"""

import json
import sys
from pathlib import Path

from label_studio_sdk._extensions.label_studio_tools.postprocessing.video import extract_key_frames
from label_studio_sdk.converter import Converter

CONFIG = """<View>
  <Video name="video" value="$video" frameRate="$fps"/>
  <VideoRectangle name="box" toName="video"/>
  <Labels name="labels" toName="video"><Label value="any"/></Labels>
</View>"""

path, out = Path(sys.argv[1]), Path(sys.argv[2])
converter = Converter(config=CONFIG, project_dir=str(out))
converter.convert_to_json(str(path), str(out), is_dir=False)
(task,) = json.loads((out / "result.json").read_text("utf-8"))
boxes = []
for each in extract_key_frames(task["annotations"][0]["result"]):
    track = int(each["id"].removeprefix("track_"))
    (label,) = each["value"]["labels"]
    for row in each["value"]["sequence"]:
        boxes.append([row["frame"], track, label, row["x"], row["y"], row["width"], row["height"], None])
sys.stdout.write("\n")
json.dump({"boxes": boxes}, sys.stdout)
