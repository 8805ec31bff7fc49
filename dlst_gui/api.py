"""Tracking and projects for programs and notebooks, without a window. docs/api.md has examples.

A project is opened to read, which works while a window has it open; what it holds is that of the moment of
opening. Frame indices count from 0, boxes are pixels, 0-based: left, top, width, height.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from dlst_gui.evidence.kept_frame import TraceRow
from dlst_gui.evidence.trace import Trace
from dlst_gui.evidence.trace_facts import TraceError, TraceFacts
from dlst_gui.exchange.labelled_video import VideoStyle
from dlst_gui.exchange.plan import ExportPlan, ImageChoice, ImageKind
from dlst_gui.exchange.progress import UNWATCHED, Watch
from dlst_gui.formats.format import WriteOptions
from dlst_gui.formats.labels.model import SOURCES, AnnotatedVideo, BoxColumns, LabelledBox, LabelSet
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, Loose, ReadOptions
from dlst_gui.formats.transfer.described_video import described
from dlst_gui.formats.transfer.import_edit import ImportAs
from dlst_gui.formats.transfer.selection import FrameChoice, Selection, shown_columns
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.keyframe_block import VISIBILITY_CODES
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.opening import COMMANDS_WAIT_S, ProjectOpener, identity_of, projects_folder
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.project import Project
from dlst_gui.project.run_facts import RunFacts, known_runs
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import Keyframe
from dlst_gui.project.video_identity import MatchKind, compare
from dlst_gui.tracking.tracked_video import TrackedVideo, dataframe
from dlst_gui.video import InParts, VideoError, VideoSource, open_source
from dlst_gui.video import chosen_ranges as ranges
from dlst_gui.video.pixel_range import RangeChoice
from dlst_gui.video.video_source import ClosedOnExit, check_frame_index
from tracker_core import DEFAULT_PRESET, BoxLike, FieldValue, Speed, TrackResult, as_box

if TYPE_CHECKING:
    import pandas as pd

    from dlst_gui.exchange.content import ExportContent
    from dlst_gui.exchange.export import ExportReport
    from dlst_gui.exchange.importing import ImportReport
    from dlst_gui.exchange.preflight import Finding
    from dlst_gui.exchange.snapshot import ProjectSnapshot
    from dlst_gui.project.keyframing.making import SparseTrack
    from dlst_gui.tracking.tracker_factory import TrackerSettings
    from dlst_gui.tracking.tracking_run import FrameTracked
    from tracker_core.evidence import Comparison

__all__ = [
    "FrameChoice",
    "ImageChoice",
    "ImageKind",
    "ImportAs",
    "Loose",
    "ReadOptions",
    "SavedProject",
    "SavedTrack",
    "Selection",
    "Trace",
    "TraceError",
    "TraceFacts",
    "TraceRow",
    "TrackedVideo",
    "VideoStyle",
    "Watch",
    "WriteOptions",
    "choose_range",
    "import_labels",
    "make_keyframes",
    "open_project",
    "open_trace",
    "track",
    "what_if",
]


@dataclass(frozen=True, slots=True, eq=False)
class SavedTrack:
    """One object of a project.

    Attributes:
        keyframes: the boxes that a person gave, in order.
        columns: every box that is shown, human, tracked or interpolated, and where the object is said outside.
    """

    info: TrackInfo
    keyframes: tuple[Keyframe, ...]
    columns: BoxColumns

    @property
    def track_id(self) -> int:
        """Its number in the project, from 1."""
        return self.info.track_id

    @property
    def label(self) -> str:
        """What the object is called: "dog"."""
        return self.info.label

    @property
    def attributes(self) -> Mapping[str, str]:
        """What was noted of the whole track, by name."""
        return self.info.attributes

    def box(self, frame_index: int) -> LabelledBox | None:
        """The box on a frame; None where the object is not there or nobody labelled it."""
        return next(iter(self.columns_on(frame_index)), None)

    def columns_on(self, *frame_indices: int) -> BoxColumns:
        """The boxes on these frames; objects that are outside have none."""
        columns = self.columns
        return columns.where(np.isin(columns.frame_indices, frame_indices) & columns.is_present)


class SavedProject(ClosedOnExit):
    """A project as it was when it was opened. Belongs to one thread; see `open_project`."""

    def __init__(
        self,
        path: Path,
        store: ProjectStore,
        video_path: Path | None,
        open_frames: Callable[[Path], VideoSource] = open_source,
    ) -> None:
        self.path = path
        self.project: Project = store.read_project()
        self.runs: Mapping[int, RunFacts] = known_runs(store)
        self._store = store
        self._close_store = finalize(self, store.close)
        self._video_path = video_path
        self._open_source = open_frames
        self._source: VideoSource | None = None

    @property
    def name(self) -> str:
        """The video's, without folder and ending: what files made of the project are called."""
        return Path(self.path.name.removesuffix(SUFFIX)).stem

    @cached_property
    def tracks(self) -> tuple[SavedTrack, ...]:
        """By id; raises ProjectFileError where the project was closed before it was read."""
        self._check_open()
        count = self.project.video.frame_count or self.video.frame_count  # 0: the project was repaired
        frames = np.arange(count, dtype=np.int32)
        return tuple(
            SavedTrack(
                info,
                self.project.keyframes(info.track_id),
                shown_columns(self.project, info.track_id, frames),
            )
            for info in self.project.tracks()
        )

    def track(self, track_id: int) -> SavedTrack:
        """The track of this id; KeyError where there is none."""
        for track in self.tracks:
            if track.track_id == track_id:
                return track
        raise KeyError(f"no track {track_id}; there are {[track.track_id for track in self.tracks]}")

    @property
    def frames(self) -> VideoSource:
        """The video, of which `read(frame_index)` gives exactly the frame that was labelled.

        Raises:
            VideoError: it is not where it was, or it is another one.
        """
        if self._source is None:
            self._source = self.open_frames()
        return self._source

    def choose_range(self, values: str) -> None:
        """As the function `choose_range`, of this project's images, which are opened anew."""
        path = self.frames.path if self._video_path is None else self._video_path
        choose_range(path, values)
        source, self._source = self._source, None
        if source is not None:
            source.close()
        self.__dict__.pop("video", None)  # what `cached_property` keeps

    def open_frames(self) -> VideoSource:
        """The video once more, for another thread; raises as `frames`."""
        if self._video_path is None:
            known = self.project.video.path
            raise VideoError(f"{self.path}: its video is neither beside it nor at {known}; say where it is")
        source = self._open_source(self._video_path)
        match = compare(self.project.video, identity_of(source, self._video_path))
        if match.kind is MatchKind.DIFFERENT and self.project.video.path:
            source.close()
            differences = "; ".join(match.differences)
            raise VideoError(f"{self.path} was made for another video than {self._video_path}: {differences}")
        return source

    @cached_property
    def video(self) -> AnnotatedVideo:
        """Name, sizes and timestamps of the video; raises as `frames`."""
        return described(self.frames)

    @property
    def snapshot(self) -> ProjectSnapshot:
        """The project with what its export needs, for any thread; raises as `frames` and `tracks`."""
        from dlst_gui.exchange.snapshot import ProjectSnapshot

        self._check_open()
        return ProjectSnapshot(self.project.copied(), self.video, self.runs, self.open_frames)

    def content(
        self,
        selection: Selection = Selection(),  # noqa: B008 - cannot change
        watch: Watch = UNWATCHED,
    ) -> ExportContent:
        """What `export` writes, with what its receipt says."""
        return self.snapshot.content(selection, watch)

    def labels(self, selection: Selection = Selection()) -> LabelSet:  # noqa: B008 - cannot change
        """The labels as formats take them."""
        return self.content(selection).labels

    def to_dataframe(self, selection: Selection = Selection()) -> pd.DataFrame:  # noqa: B008 - cannot change
        """A row per exported box, with the columns of the format `csv`: docs/formats.md says what they hold.

        Raises:
            ImportError: pandas is not installed.
            VideoError: as `frames`.
        """
        from dlst_gui.formats.own.project_csv import COLUMNS

        labels = self.labels(selection)
        parts = [track.columns for track in labels.tracks]
        counts = [len(part) for part in parts]

        def joined(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(part, name) for part in parts] or [np.zeros(0, np.uint8)])

        frames = joined("frame_indices")
        columns = (
            frames,
            np.array([labels.video.timestamp_s(frame) for frame in frames.tolist()], dtype=np.float64),
            np.repeat([track.track_id for track in labels.tracks], counts),
            np.repeat([track.label for track in labels.tracks], counts),
            *joined("boxes_xywh").reshape(-1, 4).T,
            np.array([code.value for code in VISIBILITY_CODES])[joined("visibilities")],
            np.array([source.value for source in SOURCES])[joined("sources")],
            joined("scores"),
            joined("run_ids"),
        )
        return dataframe(dict(zip(COLUMNS, columns, strict=True)))

    def preflight(self, plan: ExportPlan) -> tuple[Finding, ...]:
        """What to know before an export, each with its place."""
        return self.snapshot.preflight(plan)

    def export(
        self,
        format_name: str,
        target: Path | str,
        selection: Selection = Selection(),  # noqa: B008 - cannot change
        *,
        images: ImageChoice | None = None,
        options: WriteOptions = WriteOptions(),  # noqa: B008 - cannot change
        watch: Watch = UNWATCHED,
        force: bool = False,
    ) -> ExportReport:
        """Write labels, read them back and compare; `dlst_gui.exchange.export.export` says what it raises.

        Args:
            format_name: as `formats` lists them; ValueError for others.
            target: a file, or a folder where the format has several files. An earlier export is replaced.
            selection: which labels.
            images: the exported frames as images beside the labels.
            options: what can be chosen about the format.
            watch: progress, and leaving early.
            force: whether a file may be replaced that this program has not made, or that was changed since; never
                a project or a video of one.
        """
        return self.snapshot.export_as(
            format_name, target, selection, images=images, options=options, watch=watch, force=force
        )

    def run(self, plan: ExportPlan, watch: Watch = UNWATCHED) -> ExportReport:
        """The export of a plan; see `export`."""
        return self.snapshot.export(plan, watch)

    def export_video(
        self,
        target: Path | str,
        selection: Selection = Selection(),  # noqa: B008 - cannot change
        *,
        style: VideoStyle = VideoStyle(),  # noqa: B008 - cannot change
        watch: Watch = UNWATCHED,
        force: bool = False,
    ) -> None:
        """Write an mp4 with the boxes burnt in; `dlst_gui.exchange.labelled_video` says what it raises."""
        self.snapshot.export_video(Path(target), selection, style, watch, force=force)

    def close(self) -> None:
        """Let go of the video and the project's file, of which nothing more can be read; may be called twice."""
        self._store.release(self.project)  # or all of it would be read now
        self._close_store()
        if self._source is not None:
            self._source.close()

    def _check_open(self) -> None:
        if not self._close_store.alive:
            raise ProjectFileError(self.path, "the project was closed before this was read of it")


def open_project(path: Path | str, *, video: Path | str | None = None) -> SavedProject:
    """Open a project to read it.

    Args:
        path: of the `.dlst` file.
        video: where its video is now; None: beside it, or where it was.

    Raises:
        ProjectFileError: there is no such project, or it cannot be read.
    """
    path = Path(path)
    if path.suffix != SUFFIX:
        raise ProjectFileError(path, f"expected a project, whose name ends in {SUFFIX}")
    store = ProjectStore.open(path, read_only=True)
    try:
        where = ProjectOpener(None).video_of(path) if video is None else Path(video)
        return SavedProject(path, store, where)
    except BaseException:
        store.close()
        raise


def open_trace(path: Path | str) -> Trace:
    """Open a file of evidence (`.dlsttrace`) to read it; the one beside a project, too, while a window writes it.

    Raises:
        TraceError: there is no such file, or it is something else.
    """
    return Trace(Path(path))


def track(
    video: Path | str,
    box: BoxLike,
    *,
    first_frame: int = 0,
    last_frame: int | None = None,
    preset: str = DEFAULT_PRESET,
    speed: Speed | None = None,
    backbone: str = "default",
    guide: str = "",
    device: Literal["auto", "cpu", "cuda"] = "auto",
    threads: int | None = None,
    seed: int = 0,
    on_frame: Callable[[int, TrackResult], None] | None = None,
) -> TrackedVideo:
    """Follow one object through a video; the same numbers as the command `track`.

    Calls may overlap in several threads: each gives what it gives alone.

    Args:
        video: a file, or a folder of images.
        box: x, y, width, height of the object on the first frame: pixels, 0-based.
        first_frame: where the box is; 0-based.
        last_frame: where it ends, inclusive; before the first one it is tracked backward. None: the video's last.
        preset: of `tracker_core.PRESETS`.
        speed: None: fast on a processor, exact on a GPU.
        backbone: name or weight file.
        guide: of `tracker_core.weights.GUIDE_NAMES`, proposes boxes to "dlst-studio", too; "" for none.
        device: "auto" takes a GPU where there is one.
        threads: None: one per core; results of another number may differ in the last bits. Threads wait as they
            should only where torch is first loaded here; import it later than this module is used, or set
            OMP_WAIT_POLICY=PASSIVE.
        seed: of all random draws.
        on_frame: told of every frame's number and result as it is finished.

    Raises:
        VideoError: the video cannot be opened, or has no such frame.
        ValueError: the box is none, there is no such speed, the preset follows no guide, the seed is below 0, or
            threads below 1.
        TypeError: a frame, the seed or the number of threads is no whole number.
        TrackerInputError: the box lies outside of the frame.
        KeyError, WeightsError, DeviceError: no such preset, backbone or guide, or device.
    """
    # torch is loaded here, not by who only reads labels
    from dlst_gui.tracking.allocator import prepare_for_torch

    prepare_for_torch()
    from dlst_gui.tracking.devices import cpu_threads
    from dlst_gui.tracking.headless_run import RunEnd, run_headless
    from dlst_gui.tracking.tracker_factory import make_tracker
    from dlst_gui.tracking.tracking_run import TrackingRun, TrackRequest

    first_frame = index(first_frame)
    last_frame = None if last_frame is None else index(last_frame)
    settings = _settings(
        preset, speed=speed, backbone=backbone, guide=guide, device=device, threads=threads, seed=seed
    )
    with open_source(video) as source, cpu_threads(settings.threads):
        last = source.frame_count - 1 if last_frame is None else last_frame
        for frame_index in (first_frame, last):
            check_frame_index(source.name, frame_index, source.frame_count)
        request = TrackRequest(1, {first_frame: as_box(box)}, first_frame, last)
        ended = run_headless(
            TrackingRun(request, InParts(source), make_tracker(settings)),
            on_frame=lambda each: None if on_frame is None else on_frame(each.frame_index, each.result),
            should_cancel=lambda: False,
        )
        if ended.end is RunEnd.SOURCE_DAMAGED and not ended.frames:
            raise VideoError(ended.message)
        return TrackedVideo.of(ended, source, settings)


def what_if(
    project: Path | str,
    track_id: int,
    frame_index: int = 0,
    *,
    last_frame: int | None = None,
    begins_here: bool = False,
    preset: str = DEFAULT_PRESET,
    speed: Speed | None = None,
    backbone: str = "default",
    guide: str = "",
    device: Literal["auto", "cpu", "cuda"] = "auto",
    threads: int | None = None,
    seed: int = 0,
    fields: Mapping[str, FieldValue] | None = None,
    video: Path | str | None = None,
    on_frame: Callable[[int, TrackResult], None] | None = None,
) -> Comparison:
    """Track an object of a project again, otherwise, and compare; the project stays as it is.

    It begins as a run of the window would, with all manual boxes that the object has, but does not pause where it
    loses the object.

    Args:
        project: path of the `.dlst` file.
        track_id: of the object.
        frame_index: begin with the manual box nearest before this frame; 0-based.
        last_frame: where it ends, inclusive. None: the video's last.
        begins_here: begin with the box that this very frame shows, as if a person had given it.
        preset: as for `track`, like those that follow.
        speed: None: fast on a processor, exact on a GPU.
        backbone: name or weight file.
        guide: proposes boxes, too; "" for none.
        device: "auto" takes a GPU where there is one.
        threads: None: one per core.
        seed: of all random draws.
        fields: constants that are to be other than the preset's, such as {"candidates.count": 512}; see
            `tracker_core.config_fields`.
        video: where the project's video is now; None: beside it, or where it was.
        on_frame: told of every frame's number and result as it is finished.

    Returns:
        The project's boxes (`first`) and the new ones (`second`) on the frames that both have.

    Raises:
        ProjectFileError, VideoError: the project or its video cannot be read.
        KeyError: there is no such object, preset, backbone or guide.
        PlanError: the object cannot be tracked so; the message says why.
        ValueError: as `track`, or a constant that there is not or that cannot be so.
        TypeError, TrackerInputError, WeightsError, DeviceError: as `track`.
    """
    from dlst_gui.tracking.allocator import prepare_for_torch

    prepare_for_torch()
    from dlst_gui.tracking.devices import cpu_threads
    from dlst_gui.tracking.tracker_factory import config_of, make_tracker
    from dlst_gui.tracking.what_if import Ghost, plan_what_if, shown_boxes, track_ghost
    from tracker_core.evidence import compare

    settings = _settings(
        preset, speed=speed, backbone=backbone, guide=guide, device=device, threads=threads, seed=seed
    )
    settings = replace(settings, fields=tuple((fields or {}).items()))
    config_of(settings)  # says what is wrong with a constant before anything is opened
    with open_project(project, video=video) as opened, opened.open_frames() as source:
        if not opened.project.has_track(track_id):
            raise KeyError(f"no track {track_id}; there are {[each.track_id for each in opened.project.tracks()]}")
        last = source.frame_count - 1 if last_frame is None else last_frame
        for each in (frame_index, last):
            check_frame_index(source.name, each, source.frame_count)
        plan = plan_what_if(opened.project, track_id, frame_index, last_frame=last, begins_here=begins_here)
        ghost = Ghost(plan, settings)

        def take(tracked: FrameTracked) -> None:
            ghost.add(tracked)
            if on_frame is not None:
                on_frame(tracked.frame_index, tracked.result)

        with cpu_threads(settings.threads):
            track_ghost(ghost, InParts(source), make_tracker, on_frame=take, should_cancel=lambda: False)
        real = shown_boxes(opened.project, track_id, ghost.first_frame, ghost.last_frame)
        return compare(real, ghost.boxes)


def choose_range(video: Path | str, values: str) -> None:
    """Choose which values of images with over 8 bits are black and white; remembered for the folder.

    Args:
        video: a folder of images, or one picture.
        values: "300..4200", percentiles as "1%..99%", "real" (lowest to highest), "full" (all of the type), or
            "auto", which forgets what was chosen.

    Raises:
        ValueError: it is none of these, or the images have no values that could be shown otherwise.
        VideoError: they cannot be opened.
        OSError: the choice cannot be kept.
    """
    choice = RangeChoice.parsed(values)
    with open_source(video) as source:
        if source.shown_range is None:
            raise ValueError(f"{video} has no images of over 8 bits whose range of values could be chosen")
    ranges.choose_range(Path(video), choice)


def import_labels(
    labels: Path | str,
    video: Path | str,
    *,
    format_name: str | None = None,
    project: Path | str | None = None,
    become: ImportAs = ImportAs.HUMAN,
    options: ReadOptions = AS_THE_FILE_SAYS,
    again: bool = False,
) -> ImportReport:
    """Add labels to a video's project, as one step of undo; `dlst_gui.exchange.importing` says what it raises.

    Args:
        labels: a file, a folder, or a zip of either.
        video: what they are about.
        format_name: None: by the file's content.
        project: another project than the video's own.
        become: what boxes become of which the file does not say that a tracker found them.
        options: what the file does not say: where it counts frames from, which of its videos this is.
        again: whether objects that the project has already, box for box, are added once more.
    """
    from dlst_gui.exchange.importing import import_labels as import_into
    from dlst_gui.formats.registry import reader_named

    return import_into(
        Path(labels),
        Path(video),
        ProjectOpener(projects_folder(), wait_s=COMMANDS_WAIT_S, asks=False),
        label_format=None if format_name is None else reader_named(format_name),
        project_path=None if project is None else Path(project),
        become=become,
        options=options,
        again=again,
    )


def make_keyframes(
    project: Path | str,
    *,
    within_px: float | None = None,
    least_iou: float | None = None,
    track_ids: Collection[int] | None = None,
    is_dry: bool = False,
) -> tuple[SparseTrack, ...]:
    """Turn tracked boxes of a project into few manual ones with straight lines between, as one step of undo.

    Args:
        project: path of the `.dlst` file.
        within_px: no edge of a tracked box is farther off the line that takes its place; or
        least_iou: each has at least this IoU with it, 0 to 1.
        track_ids: of these tracks only; None: of all that have tracked boxes and are not locked.
        is_dry: only find out what would come of it.

    Returns:
        What was made of each track, by its id.

    Raises:
        ValueError: neither or both of the tolerances are given, or one makes no sense.
        EditError: a track is missing, locked, or has no tracked boxes; or none has any.
        ProjectFileError: there is no such project, or it cannot be read or written.
    """
    from dlst_gui.exchange.sparse_projects import make_project_sparse
    from dlst_gui.project.keyframing.thinning import Measure, Tolerance

    if within_px is not None and least_iou is None:
        tolerance = Tolerance(Measure.PIXELS, within_px)
    elif least_iou is not None and within_px is None:
        tolerance = Tolerance(Measure.IOU, least_iou)
    else:
        raise ValueError("expected within_px or least_iou, one of them")
    return make_project_sparse(Path(project), tolerance, track_ids, is_dry=is_dry)


def _settings(
    preset: str,
    *,
    speed: Speed | None,
    backbone: str,
    guide: str,
    device: Literal["auto", "cpu", "cuda"],
    threads: int | None,
    seed: int,
) -> TrackerSettings:
    """What `track` and `what_if` are asked for; raises as `track`."""
    from dlst_gui.tracking.devices import core_count, default_speed, resolve_device
    from dlst_gui.tracking.tracker_factory import TrackerSettings, follows_guides

    if speed not in (None, "exact", "fast"):
        raise ValueError(f"expected a speed of exact or fast, got {speed!r}")
    if guide and not follows_guides(preset):
        raise ValueError(f"expected a preset that follows a guide, such as {DEFAULT_PRESET}, got {preset!r}")
    seed = index(seed)
    threads = core_count() if threads is None else index(threads)
    if seed < 0:
        raise ValueError(f"expected a seed of at least 0, got {seed}")
    if threads < 1:
        raise ValueError(f"expected at least 1 thread, got {threads}")
    device_name = resolve_device(device).name
    return TrackerSettings(
        preset,
        backbone=backbone,
        device=device_name,
        seed=seed,
        threads=threads,
        speed=speed or default_speed(device_name),
        guide=guide,
    )
