"""The command `import`: labels of another program into a video's project."""

from __future__ import annotations

from dlst_gui.commands.export_command import known_format
from dlst_gui.commands.options import ImportOptions
from dlst_gui.commands.terminal import answer, answer_json, say
from dlst_gui.exchange.importing import import_labels
from dlst_gui.formats.import_edit import ImportAs
from dlst_gui.project.opening import ProjectOpener, projects_folder


def run_import(options: ImportOptions) -> int:
    """Import, say what came; returns the exit status. `exchange.importing` says what it raises."""
    report = import_labels(
        options.file,
        options.video,
        ProjectOpener(projects_folder()),
        label_format=None if options.format == "auto" else known_format(options.format),
        project_path=options.project,
        become=ImportAs(options.become),
    )
    for notice in report.notices:
        say(notice)
    if options.json:
        answer_json(
            {
                "project": str(report.project),
                "tracks": report.track_count,
                "boxes": report.box_count,
                "notices": list(report.notices),
            }
        )
    else:
        answer(
            f"{report.project}: {report.box_count} boxes in {report.track_count} tracks; one Undo takes them back"
        )
    return 0
