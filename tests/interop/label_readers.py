"""Readers that nobody here wrote read what `export` writes; their boxes are compared with those of the project.

    python -m tests.interop.label_readers OUT [--only NAME]

OUT gets an environment for each reader, a project with gaps, occlusion, spans outside, boxes off the image and
labels of all scripts, its exports with images (all frames, and every third), and what the readers printed. Each
box is compared by frame, by track and label where the reader knows them, and by its four edges; a reader that
refuses, misses a box or differs by more than the format's resolution and its own is an error.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlst_gui.api import ImageChoice, ImageKind, SavedProject, Selection, open_project
from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.registry import format_named
from tests.interop.box_comparison import BoxDifference, ReadBox, compared, exported_boxes
from tests.interop.known_scores import check_scores, write_trackers
from tests.interop.labelled_project import labelled_project
from tests.interop.own_environment import InteropError, environment, run, say
from tests.interop.vot_toolkit import REQUIREMENTS as VOT_REQUIREMENTS

READERS = Path(__file__).with_name("readers")
REQUIREMENTS = {
    "datumaro": ("datumaro==1.13.12",),
    "pycocotools": ("pycocotools==2.0.11",),
    "trackeval": ("trackeval==1.3.0",),
    "motmetrics": ("motmetrics==1.4.0",),
    "kwcoco": ("kwcoco==0.9.1",),
    "vot": VOT_REQUIREMENTS,
    "label_studio": ("label-studio-sdk==2.1.2",),
    "got10k": ("got10k==0.1.3", "six==1.17.0"),
    "scalabel": ("scalabel==0.3.1",),
}

SELECTIONS = (Selection(), Selection(every=3))

FROM_ONE = ReadBox.moved_by(-1)
HUNDREDTH = 0.0051
"""datumaro keeps two decimals of what it reads, as floats of 32 bits."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One format through one reader.

    Attributes:
        place: where below the folder of the export the labels go, as the reader wants them.
        arguments: of the reader's script; `{labels}` and `{folder}` stand for what was written.
        convert: the reader's convention to ours: frames from 0, pixels from 0.
        precision_px: of the reader, on top of the format's.
        note: what is to be known of the reader.
    """

    reader: str
    format_name: str
    place: str
    arguments: tuple[str, ...]
    convert: Callable[[ReadBox], ReadBox] = ReadBox.unchanged
    precision_px: float = 1e-9
    note: str = ""

    @property
    def name(self) -> str:
        return f"{self.reader}-{self.format_name}"


READINGS = (
    Reading(
        "datumaro",
        "coco",
        "annotations/instances_default.json",
        ("coco_instances", "{labels}", "{}"),
        precision_px=HUNDREDTH,
        note="ids and occlusion from `attributes`; rounds to 0.01",
    ),
    Reading(
        "datumaro",
        "voc",
        "voc",
        ("voc", "{labels}", '{"coordinate_mode": "voc-one-based"}'),
        note="in its mode `voc-one-based`; without, it is one pixel off with the challenge's own files too",
    ),
    Reading(
        "datumaro",
        "cvat",
        "cvat.xml",
        ("cvat", "{labels}", "{}"),
        precision_px=HUNDREDTH,
        note="boxes as written, no interpolation; rounds to 0.01",
    ),
    Reading(
        "datumaro",
        "mot",
        "mot",
        ("mot_seq", "{labels}", '{"occlusion_threshold": 0.5}'),
        convert=ReadBox.moved_by(-1, frames=-1),
        precision_px=HUNDREDTH,
        note="leaves frames and pixels counted from 1; needs `occlusion_threshold=0.5`; rounds to 0.01",
    ),
    Reading("datumaro", "yolo", "yolo", ("yolo", "{labels}", "{}"), precision_px=HUNDREDTH, note="rounds to 0.01"),
    Reading(
        "datumaro",
        "datumaro",
        "annotations/default.json",
        ("datumaro", "{folder}", "{}"),
        precision_px=HUNDREDTH,
        note="rounds to 0.01",
    ),
    Reading("scalabel", "scalabel", "labels.json", ("{labels}",), note="edges by its own `box2d_to_xyxy`"),
    Reading(
        "pycocotools",
        "coco",
        "labels.json",
        ("{labels}",),
        note="evaluates the labels against themselves: AP 1",
    ),
    Reading(
        "trackeval",
        "mot",
        "gt/clip",
        ("{folder}", "mot"),
        convert=ReadBox.moved_by(-1, frames=-1),
        note="HOTA, MOTA and IDF1 of the labels against themselves 1; of known errors as they must be",
    ),
    Reading(
        "trackeval", "tao", "gt/tao.json", ("{folder}", "tao"), note="HOTA of the labels against themselves 1"
    ),
    Reading(
        "motmetrics",
        "mot",
        "clip",
        ("{labels}",),
        convert=ReadBox.moved_by(0, frames=-1),
        note="leaves frames counted from 1, not pixels; MOTA and IDF1 of the labels against themselves 1",
    ),
    Reading("kwcoco", "coco", "labels.json", ("{labels}",)),
    Reading("kwcoco", "tao", "labels.json", ("{labels}",), note="frames by `frame_index`"),
    Reading("vot", "vot", "clip", ("{labels}",), precision_px=5e-5, note="floats of 32 bits; four objects"),
    Reading(
        "label_studio",
        "label-studio",
        "labels.json",
        ("{labels}", "{folder}/converted"),
        convert=ReadBox.of_percent,
        precision_px=1e-4,
        note="the converter's own interpolation between our keyframes",
    ),
    Reading(
        "got10k",
        "got10k",
        "val",
        ("{folder}",),
        convert=FROM_ONE,
        note="a sequence per object; absence and cover too",
    ),
)


def read_by_others(reading: Reading, project: SavedProject, selection: Selection, out: Path) -> BoxDifference:
    """Export, have it read, and compare; InteropError where it is not as it must be."""
    folder = out / "exports" / f"{reading.name}-every-{selection.every}"
    shutil.rmtree(folder, ignore_errors=True)
    labels = folder / reading.place
    labels.parent.mkdir(parents=True)
    label_format = format_named(reading.format_name)
    images = ImageChoice(ImageKind.JPEG) if label_format.wants_images else None
    receipt = project.export(reading.format_name, labels, selection, images=images).receipt
    # TrackEval and datumaro take every .json of a folder for labels.
    receipt.rename(folder / "receipt.json")
    if labels.parent.name == "annotations":
        # COCO's own layout has images beside the folder of annotations, not in it.
        (labels.parent / "images").rename(folder / "images")
    if reading.name == "trackeval-mot":
        write_trackers(project, selection, folder, out)
    programs = environment(out / "environments" / reading.reader, REQUIREMENTS[reading.reader])
    words = [word.replace("{labels}", str(labels)).replace("{folder}", str(folder)) for word in reading.arguments]
    script = READERS / f"{reading.reader}_reader.py"
    said = run([programs / "python", script, *words], is_told=False)
    (folder / "said.txt").write_text(said, "utf-8")
    answer = json.loads(said.splitlines()[-1])
    exported = project.labels(selection)
    boxes = exported_boxes(exported, is_renumbered=label_format.convention.is_renumbered)
    read = [reading.convert(ReadBox(*row)) for row in answer["boxes"]]
    # Label Studio draws lines over frames that were left out; they are nobody's labels.
    spoken = set(exported.video.frames.tolist())
    if not label_format.convention.is_renumbered:
        read = [box for box in read if box.frame in spoken]
    difference = compared(boxes, read)
    allowed = label_format.resolution_px(project.video, WriteOptions()) + reading.precision_px
    if difference.problems or difference.largest_px > allowed:
        told = "\n".join(difference.problems)
        raise InteropError(f"expected all boxes within {allowed:g} px, got {difference.largest_px:g}\n{told}")
    check_scores(reading.name, answer.get("said", {}), exported)
    return difference


def table_row(reading: Reading, found: Sequence[BoxDifference]) -> str:
    """Of all exports together."""
    reader = REQUIREMENTS[reading.reader][0].replace("==", " ")
    counts = sum(each.count for each in found), sum(each.expected for each in found)
    largest = max(each.largest_px for each in found)
    numbers = f"{found[0].known()} | {counts[0]} of {counts[1]} | {largest:.6f}"
    return f"| {reader} | `{reading.format_name}` | {numbers} | {reading.note} |"


def main(words: Sequence[str] | None = None) -> None:
    """Do all of it and print the table; ends with an error where a reader refused or differed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--only", help="a reader, or a reader and a format: " + ", ".join(r.name for r in READINGS)
    )
    arguments = parser.parse_args(words)
    out = arguments.out.resolve()
    chosen = [each for each in READINGS if arguments.only in (None, each.reader, each.name)]
    if not chosen:
        parser.error(f"no reader {arguments.only}")
    shutil.rmtree(out / "project", ignore_errors=True)
    rows, failed = [], []
    with open_project(labelled_project(out / "project")) as project:
        for reading in chosen:
            try:
                found = [read_by_others(reading, project, selection, out) for selection in SELECTIONS]
            except InteropError as error:
                failed.append(f"{reading.name}: {error}")
                continue
            rows.append(table_row(reading, found))
    say("| reader | format | compared by | boxes | largest difference, px | notes |")
    say("|---|---|---|---|---|---|")
    for row in rows:
        say(row)
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
