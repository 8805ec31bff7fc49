"""`evaluate --paper-tables`: the paper's tables, printed and measured, as Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dlst_gui.commands.evaluate.supervised_run import SupervisedResults
from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence, FoundSequences
from tracker_core.evaluation.paper.tables import as_latex, as_markdown, otb_tables, vot_table
from tracker_core.evaluation.protocols.attribute_report import ByAttribute
from tracker_core.evaluation.result_files import replace_text
from tracker_core.evaluation.summary import TrackerResults

FILES = ("paper-tables.md", "paper-tables.tex")
VOT_RESULTS = "results-vot-supervised.json"


def split_by_benchmark(found: FoundSequences) -> tuple[FoundSequences, FoundSequences]:
    """Sequences in OTB's layout, and in VOT's; those that cannot be read are told with OTB's if there are any."""
    vot = tuple(sequence for sequence in found.sequences if is_vot(sequence))
    otb = tuple(sequence for sequence in found.sequences if not is_vot(sequence))
    return FoundSequences(otb, found.unreadable if otb else ()), FoundSequences(
        vot, () if otb else found.unreadable
    )


def is_vot(sequence: BenchmarkSequence) -> bool:
    """Whether a folder is laid out as VOT's: polygons in `groundtruth.txt`, images in `color`, or a `sequence`."""
    folder = sequence.path
    if any(folder.glob("groundtruth_rect*.txt")) or not (folder / "groundtruth.txt").is_file():
        return False
    has_polygons = len((folder / "groundtruth.txt").read_text(encoding="utf-8").split("\n", 1)[0].split(",")) > 4
    return has_polygons or (folder / "color").is_dir() or (folder / "sequence").is_file()


def write_paper_tables(
    folder: Path, trackers: Sequence[TrackerResults], by: ByAttribute, vot: Sequence[SupervisedResults]
) -> str:
    """Write both files; gives back the tables as Markdown."""
    tables = otb_tables(trackers, by)
    measured = [(result.name, result.measures) for result in vot if result.measures is not None]
    if measured:
        tables.append(vot_table(measured))
    text = as_markdown(tables)
    replace_text(folder / FILES[0], text)
    replace_text(folder / FILES[1], as_latex(tables))
    return text
