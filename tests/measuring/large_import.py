"""How long reading large label files takes, and how much memory: `python -m tests.measuring.large_import FILE...`.

    python -m tests.measuring.large_import --make FOLDER             # first: 100,000 frames with 48 objects each
    python -m tests.measuring.large_import FOLDER/* --against OTHER  # then: this checkout and another one in turn

Each file is read in a process of its own, which says how far its memory rose over what the program itself takes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

WIDTH, HEIGHT, FRAMES, OBJECTS = 1280, 720, 100_000, 48
LONGEST_S = 3600

# In the checkout that is measured, which may be an older one: nothing here is from ours.
READING = """
import sys, time
from pathlib import Path
from dlst_gui.formats.labels.model import AnnotatedVideo
from dlst_gui.formats.registry import detected, read_labels

def memory_mb(name):
    text = Path("/proc/self/status").read_text()
    return int(text.split(name + ":")[1].split()[0]) / 1024

path, (width, height, frames) = Path(sys.argv[1]), map(int, sys.argv[2:5])
video = AnnotatedVideo.whole("large", size=(width, height), frame_count=frames, fps=25.0)
Path("/proc/self/clear_refs").write_text("5")
start_mb, start_s = memory_mb("VmRSS"), time.monotonic()
label_format = detected(path)
found_s, busy_s = time.monotonic() - start_s, time.process_time()
labels = read_labels(path, video, label_format)
seconds = found_s, time.process_time() - busy_s, time.monotonic() - start_s
print(label_format.name, labels.box_count(), *seconds, memory_mb("VmHWM") - start_mb)
"""


@dataclass(frozen=True, slots=True)
class Clip:
    """What the made files are about: every object drifts, each box has four decimals."""

    frames: int
    objects: int

    def rows(self) -> Iterator[tuple[int, list[tuple[int, float, float, float, float]]]]:
        """Each frame with the boxes on it: track, left, top, width, height."""
        random = np.random.default_rng(1)
        starts = random.uniform(50, 600, (self.objects, 2))
        for frame in range(self.frames):
            at = starts + 40 * np.sin(frame / 50 + np.arange(self.objects))[:, None]
            places = np.round(at, 4).tolist()
            yield frame, [(n, x, y, 40.5 + n, 30.25 + n) for n, (x, y) in enumerate(places, start=1)]


def _csv(clip: Clip, path: Path) -> None:
    with path.open("w") as file:
        file.write("frame,timestamp_s,track,label,x,y,width,height,visibility,source,score,run\n")
        for frame, boxes in clip.rows():
            file.writelines(
                f"{frame},{frame / 25:.2f},{n},dog,{x},{y},{w},{h},visible,drawn,,\n" for n, x, y, w, h in boxes
            )


def _jsonl(clip: Clip, path: Path) -> None:
    said = {"name": "large", "width": WIDTH, "height": HEIGHT, "frame_count": clip.frames, "fps": 25.0}
    with path.open("w") as file:
        file.write(json.dumps({"format": "dlst-labels", "version": 1, "gaps": "unsaid", "video": said}) + "\n")
        file.writelines(f'{{"track": {n}, "label": "dog"}}\n' for n in range(1, clip.objects + 1))
        for frame, boxes in clip.rows():
            file.writelines(
                f'{{"frame": {frame}, "track": {n}, "box": [{x}, {y}, {w}, {h}], "visibility": "visible", '
                '"source": "drawn"}\n'
                for n, x, y, w, h in boxes
            )


def _mot(clip: Clip, path: Path) -> None:
    (path / "gt").mkdir(parents=True)
    (path / "gt" / "labels.txt").write_text("dog\n")
    with (path / "gt" / "gt.txt").open("w") as file:
        for frame, boxes in clip.rows():
            file.writelines(f"{frame + 1},{n},{x},{y},{w},{h},1,1,1\n" for n, x, y, w, h in boxes)


def _coco(clip: Clip, path: Path) -> None:
    with path.open("w") as file:
        file.write('{"info": {}, "images": [')
        file.write(
            ",\n".join(
                f'{{"id": {n + 1}, "file_name": "large_{n:06d}.jpg", "width": {WIDTH}, "height": {HEIGHT}}}'
                for n in range(clip.frames)
            )
        )
        file.write('],\n"annotations": [')
        for frame, boxes in clip.rows():
            file.write("" if frame == 0 else ",")
            file.write(
                ",\n".join(
                    f'{{"id": {frame * clip.objects + n}, "image_id": {frame + 1}, "category_id": 1, '
                    f'"bbox": [{x}, {y}, {w}, {h}], "area": {w * h}, "iscrowd": 0, "segmentation": [], '
                    f'"attributes": {{"occluded": false, "track_id": {n}}}}}'
                    for n, x, y, w, h in boxes
                )
            )
        file.write('],\n"categories": [{"id": 1, "name": "dog", "supercategory": ""}]}\n')


def _cvat(clip: Clip, path: Path) -> None:
    rows = np.array([[box[1:] for box in boxes] for _, boxes in clip.rows()])
    with path.open("w") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n')
        for n in range(clip.objects):
            file.write(f'  <track id="{n}" label="dog" source="manual">\n')
            file.writelines(
                f'    <box frame="{frame}" outside="0" occluded="0" keyframe="1" xtl="{x:.2f}" ytl="{y:.2f}" '
                f'xbr="{x + w:.2f}" ybr="{y + h:.2f}" z_order="0"></box>\n'
                for frame, (x, y, w, h) in enumerate(rows[:, n].tolist())
            )
            file.write("  </track>\n")
        file.write("</annotations>\n")


def _yolo(clip: Clip, path: Path) -> None:
    (path / "labels" / "train").mkdir(parents=True)
    (path / "data.yaml").write_text("path: .\nnames:\n  0: dog\n")
    for frame, boxes in clip.rows():
        (path / "labels" / "train" / f"large_{frame:06d}.txt").write_text(
            "".join(
                f"0 {(x + w / 2) / WIDTH:.9f} {(y + h / 2) / HEIGHT:.9f} {w / WIDTH:.9f} {h / HEIGHT:.9f}\n"
                for _, x, y, w, h in boxes
            )
        )


MAKERS: dict[str, Callable[[Clip, Path], None]] = {
    "labels.csv": _csv,
    "labels.jsonl": _jsonl,
    "mot": _mot,
    "labels.json": _coco,
    "labels.xml": _cvat,
    "yolo": _yolo,
}


def measured(path: Path, checkout: Path, frames: int) -> str:
    """One row of the table."""
    command = [sys.executable, "-c", READING, str(path.absolute()), str(WIDTH), str(HEIGHT), str(frames)]
    try:
        done = subprocess.run(command, cwd=checkout, env={"PYTHONPATH": str(checkout)}, capture_output=True,
                              text=True, timeout=LONGEST_S, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"| {path.name} | {checkout.name} | more than {LONGEST_S} s | | | | |"
    if done.returncode:
        return f"| {path.name} | {checkout.name} | {done.stderr.strip().splitlines()[-1]} | | | | |"
    name, boxes, *seconds, memory_mb = done.stdout.split()
    times = " | ".join(f"{float(each):.1f}" for each in seconds)
    return f"| {name} | {checkout.name} | {int(boxes):,} | {times} | {float(memory_mb):.0f} |"


def main() -> None:
    """Make files, or measure reading them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--make", type=Path, metavar="FOLDER")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="measure this checkout too")
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--objects", type=int, default=OBJECTS)
    options = parser.parse_args()
    if options.make:
        options.make.mkdir(parents=True, exist_ok=True)
        for name, make in MAKERS.items():
            make(Clip(options.frames, options.objects), options.make / name)
    sys.stdout.write(
        "| format | checkout | boxes | found, s | processor, s | found and read, s | memory over the start, MB |\n"
    )
    sys.stdout.write("|---|---|---|---|---|---|---|\n")
    for path in options.files:
        for checkout in (options.against, Path.cwd()):
            if checkout is not None:
                sys.stdout.write(f"{measured(path, checkout.absolute(), options.frames)}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
