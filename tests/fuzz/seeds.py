"""Sound files to begin from: videos, pictures, projects, labels in every format, weights, all made here."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import torch

from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.registry import FORMATS
from dlst_gui.formats.transfer.described_video import described
from dlst_gui.formats.transfer.selection import Selection, selected_labels
from dlst_gui.project.edits import add_track, mark_reviewed, record_predictions, set_label, set_visibility
from dlst_gui.project.history import EditHistory
from dlst_gui.project.labels import Label
from dlst_gui.project.opening import identity_of
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import Visibility
from dlst_gui.video import open_source
from tests.dlst_gui.project.random_edits import block, keyframe
from tests.made_videos import GROUP_OF_12, VIDEO_KINDS, painted_frame, write_video
from tests.tracker_core.weights.onnx_samples import efficientnet_onnx
from tests.tracker_core.weights.test_onnx_file import from_state
from tests.tracker_core.weights.weight_samples import matconvnet_layers, pymdnet_state, sample_weights, write_mat
from tracker_core.weights import save_backbone

CLIP = "clip.mp4"
"""The sound video that projects and labels of the seeds are about."""


def make_seeds(folder: Path) -> None:
    """Fill a folder with one folder of seeds per kind, and with `CLIP`."""
    write_video(folder / CLIP, options={"x264-params": GROUP_OF_12})
    for make in (_videos, _pictures, _projects, _labels, _weights):
        kind = folder / make.__name__.removeprefix("_")
        kind.mkdir()
        make(kind, folder / CLIP)


def seeds_of(folder: Path, kind: str) -> list[Path]:
    """The seeds of one kind: files, and folders of files."""
    return sorted((folder / kind).iterdir())


def _videos(folder: Path, clip: Path) -> None:
    del clip
    for number, make in enumerate(VIDEO_KINDS.values()):
        inner = folder / "making"
        inner.mkdir()
        made = make(inner)
        made.replace(folder / f"{number}{made.suffix}")
        shutil.rmtree(inner)


def _pictures(folder: Path, clip: Path) -> None:
    del clip
    for suffix in ("png", "jpg", "bmp", "tiff", "webp"):
        inner = folder / suffix
        inner.mkdir()
        for index in range(3):
            cv2.imwrite(str(inner / f"{index:03}.{suffix}"), painted_frame(index))


def _projects(folder: Path, clip: Path) -> None:
    with (
        open_source(clip) as source,
        ProjectStore.create(folder / "clip.dlst", identity_of(source, clip)) as store,
    ):
        fill(store.read_project(), store)


def fill(project: Project, store: ProjectStore) -> None:
    """Two tracks with everything that a track can have, and a step that is undone."""
    history = EditHistory(project, store)
    for label, color in (("dog", "#ff0000"), ("Hund & <犬>", "#00ff00")):
        history.do(set_label(project, Label(label, color, "1" if label == "dog" else "2")))
        history.do(add_track(project, label=label, color=color, keyframe=keyframe(0)))
    for track in project.tracks():
        history.do(record_predictions(project, track.track_id, block(1, 50, run_id=track.track_id)))
        history.do(mark_reviewed(project, track.track_id, first=3, last=9, mark=ReviewMark.ACCEPTED))
    history.do(set_visibility(project, 2, 40, Visibility.OUTSIDE))
    history.do(set_visibility(project, 1, 20, Visibility.OCCLUDED))
    history.undo()
    store.set_meta("run 1", {"system": "made up"})


def _labels(folder: Path, clip: Path) -> None:
    with open_source(clip) as source:
        video = described(source)
        with ProjectStore.in_memory(identity_of(source, clip)) as store:
            project = store.read_project()
            fill(project, store)
    labels = selected_labels(project, video, Selection())
    for each in FORMATS:
        target = folder / f"{each.name}{each.suffix}"
        each.write(labels, target, WriteOptions())
        if target.is_dir():
            shutil.make_archive(str(folder / f"{each.name}-zipped"), "zip", target)


def _weights(folder: Path, clip: Path) -> None:
    del clip
    weights = sample_weights()
    save_backbone(weights, folder / "sample.safetensors")
    write_mat(folder / "plain.mat", matconvnet_layers(weights))
    write_mat(folder / "packed.mat", matconvnet_layers(weights), compressed=True)
    torch.save(pymdnet_state(weights), folder / "mdnet.pth")
    (folder / "sample.onnx").write_bytes(efficientnet_onnx(from_state()).data())
