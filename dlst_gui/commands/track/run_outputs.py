"""The files one run leaves behind: boxes, trace and annotated video."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.format_choice import known_format
from dlst_gui.commands.running.writable_files import check_writable
from dlst_gui.commands.track.command import TrackOptions
from dlst_gui.commands.track.evidence_trace import is_evidence_name
from dlst_gui.commands.track.trace_file import is_trace
from dlst_gui.evidence.sidecar_name import WHOSE_NAME, is_sidecar_name
from dlst_gui.evidence.trace_database import is_trace_of_a_person
from dlst_gui.exchange.errors import TargetError
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.targets import check_export, check_file
from dlst_gui.formats.format import Format
from dlst_gui.formats.registry import FORMATS
from dlst_gui.formats.transfer.selection import FrameChoice, Selection
from dlst_gui.project.placement import SUFFIX
from dlst_gui.video.annotated_video import is_annotated_video
from dlst_gui.video.ground_truth import truth_files_beside

_FORMAT_OF_ENDING = {".csv": "csv", ".jsonl": "jsonl", ".txt": "otb"}
"""Of endings that several formats have."""


@dataclass(frozen=True, slots=True)
class RunOutputs:
    """Which files to write; None where one is not wanted."""

    labels: ExportPlan | None = None
    trace: Path | None = None
    video: Path | None = None

    @classmethod
    def wanted(cls, options: TrackOptions) -> RunOutputs:
        """Those that were asked for, and can be written as far as that is known before the source is open.

        Raises:
            CommandError: a name or a format will not do, or a file cannot be written.
            TargetError: a file must not be written.
        """
        if options.video is not None and options.video.suffix.lower() != ".mp4":
            raise CommandError(f"--video {options.video}: the name must end in .mp4")
        if options.out is None and options.format is not None:
            raise CommandError(f"--format {options.format}: give the file with --out")
        labels = None
        if options.out is not None:
            label_format = _label_format(options.out, options.format)
            if label_format.is_folder_at(options.out) and not options.out.name:
                raise CommandError(f"--out {options.out}: expected the name of a file or folder to write")
            selection = Selection(frames=FrameChoice.LABELLED)
            labels = ExportPlan(label_format, options.out, selection, is_forced=options.force)
            check_writable(labels.receipt if label_format.is_folder_at(options.out) else options.out)
        for path in (options.trace, options.video):
            if path is not None:
                check_writable(path)
        outputs = cls(labels, options.trace, options.video)
        places = [path.resolve() for _, path in outputs.written()]
        if len(set(places)) < len(places):
            raise CommandError("--out, --video and --trace must be different files")
        outputs._check_targets(options)
        return outputs

    @property
    def has_evidence(self) -> bool:
        """Whether the trace is a file of evidence, and not lines of JSON."""
        return is_evidence_name(self.trace)

    def _check_targets(self, options: TrackOptions) -> None:
        """See `exchange.targets`: whether the files may be written."""
        weights = [path for path in (Path(options.backbone),) if path.is_file()]
        inputs = (options.source, *truth_files_beside(options.source), *weights)
        if self.labels is not None:
            check_export(self.labels, inputs)
        if self.video is not None:
            check_file(self.video, inputs=inputs, is_made=is_annotated_video, is_forced=options.force)
        if self.trace is not None:
            if is_sidecar_name(self.trace):
                raise TargetError(self.trace, WHOSE_NAME)
            is_made = is_trace_of_a_person if self.has_evidence else is_trace
            check_file(self.trace, inputs=inputs, is_made=is_made, is_forced=options.force)

    def written(self) -> tuple[tuple[str, Path], ...]:
        """What each file is, and where."""
        labels = () if self.labels is None else (("boxes", self.labels.target), ("receipt", self.labels.receipt))
        others = (("video", self.video), ("trace", self.trace))
        return (*labels, *((name, path) for name, path in others if path is not None))


def _label_format(path: Path, name: str | None) -> Format:
    """The one that was named, else that of the file's ending."""
    if path.suffix.lower() == SUFFIX:
        raise CommandError(f"--out {path}: a project is not written by this command; write a .csv and `import` it")
    ending = path.suffix.lower()
    if name is not None or ending in _FORMAT_OF_ENDING:
        return known_format(name or _FORMAT_OF_ENDING[ending])
    fitting = [each for each in FORMATS if ending and each.suffix == ending]
    if len(fitting) != 1:
        names = ", ".join(each.name for each in fitting or FORMATS)
        raise CommandError(f"--out {path}: several formats have this ending; give --format, one of {names}")
    return fitting[0]
