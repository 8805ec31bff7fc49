"""The frames that labels speak about as images, named as the format wants them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dlst_gui.exchange.errors import ExportError
from dlst_gui.exchange.plan import ExportPlan, ImageChoice, ImageKind
from dlst_gui.exchange.progress import Stage, Watch
from dlst_gui.formats.labels.model import LabelSet
from dlst_gui.video import VideoSource
from tracker_core import Frame


def image_names(plan: ExportPlan, labels: LabelSet) -> Iterator[tuple[str, ...]]:
    """For each exported frame where its image belongs, beside the labels; several where tracks have folders.

    Raises:
        ExportError: the format wants no images.
    """
    image_paths = plan.label_format.image_paths
    if image_paths is None:
        raise ExportError(plan.target, f"{plan.label_format.title} cannot include images; export without them")
    for position in range(len(labels.video.frames)):
        yield image_paths(labels, position, plan.write_options)


def write_images(
    plan: ExportPlan, labels: LabelSet, folder: Path, source: VideoSource, watch: Watch
) -> tuple[Path, ...]:
    """Write every exported frame into `folder`, exactly as the video has it; the paths relative to `folder`.

    Raises:
        ExportError: no place for images.
        VideoError: a frame cannot be read.
        ExportCancelled, OSError: as they say.
    """
    choice = plan.images
    if choice is None:
        return ()
    written = []
    frames = labels.video.frames.tolist()
    for done, (frame_index, names) in enumerate(zip(frames, image_names(plan, labels), strict=True)):
        watch.tell(Stage.IMAGES, done, len(frames))
        data = encoded(source.read(frame_index), choice)
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            written.append(Path(name))
    watch.tell(Stage.IMAGES, len(frames), len(frames))
    return tuple(written)


def encoded(frame: Frame, choice: ImageChoice) -> bytes:
    """An RGB frame as the bytes of an image file."""
    import cv2  # noqa: PLC0415 - labels alone do without it

    settings = [] if choice.kind is ImageKind.PNG else [cv2.IMWRITE_JPEG_QUALITY, choice.quality]
    is_done, data = cv2.imencode(choice.kind.suffix, cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), settings)
    if not is_done:
        raise RuntimeError(f"OpenCV could not encode a frame of {frame.shape} as {choice.kind.value}")
    return bytes(data)
