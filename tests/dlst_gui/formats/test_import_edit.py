"""From files into projects, in one step of undo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlst_gui.formats.format import Format, WriteOptions
from dlst_gui.formats.labels.model import BoxColumns, BoxSource, Gaps, LabelledBox
from dlst_gui.formats.own.project_csv import CSV
from dlst_gui.formats.own.project_jsonl import JSONL
from dlst_gui.formats.sequences.otb import OTB
from dlst_gui.formats.tools.cvat import CVAT
from dlst_gui.formats.tools.label_studio import LABEL_STUDIO
from dlst_gui.formats.transfer.import_edit import ImportAs, import_edit
from dlst_gui.formats.transfer.selection import Selection, selected_labels
from dlst_gui.project.changes import Change, LongEdit
from dlst_gui.project.edits import set_label
from dlst_gui.project.history import EditHistory
from dlst_gui.project.labels import Label
from dlst_gui.project.project import Project
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import BoxOrigin, ShownKind, Visibility
from tests.dlst_gui.formats.made_labels import boxes_at, label_set
from tests.dlst_gui.formats.test_selection import WHOLE
from tests.dlst_gui.project.random_edits import FRAME_COUNT, VIDEO, RandomEdits, contents, opened
from tracker_core import Box

BOX = Box(10, 20, 30, 40)


def imported(labels: object, *, become: ImportAs = ImportAs.HUMAN) -> tuple[Project, EditHistory]:
    project, history = opened()
    history.do_long(import_edit(project, labels, run_id=5, become=become))
    return project, history


def shown_frames(project: Project, track_id: int = 1) -> list[int]:
    shown = ((index, project.shown(track_id, index)) for index in range(40))
    return [index for index, each in shown if each is not None and each.visibility is not Visibility.OUTSIDE]


def test_import_when_undone_then_the_project_is_as_before() -> None:
    project, history = opened()
    edits = RandomEdits(project, history, 3)
    for _ in range(40):
        edits.step()
    before = contents(project)
    history.do_long(import_edit(project, label_set(boxes_at({0: BOX, 7: BOX}), boxes_at({3: BOX})), run_id=99))
    assert contents(project) != before
    history.undo()
    assert contents(project) == before


def test_import_when_a_file_has_gaps_that_mean_absence_then_nothing_is_interpolated_over_them() -> None:
    labels = label_set(boxes_at(dict.fromkeys((2, 3, 4, 9, 10), BOX)), video=WHOLE)
    assert shown_frames(imported(labels)[0]) == [2, 3, 4, 9, 10]


def test_import_when_gaps_say_nothing_then_lines_lead_over_them() -> None:
    labels = label_set(boxes_at({2: BOX, 6: BOX}), gaps=Gaps.UNSAID, video=WHOLE)
    assert shown_frames(imported(labels)[0]) == [2, 3, 4, 5, 6]


def test_import_when_every_fifth_frame_is_labelled_then_only_missing_ones_of_those_are_gaps() -> None:
    video = replace(WHOLE, frames=np.arange(0, 40, 5, dtype=np.int32))
    labels = label_set(boxes_at({5: BOX, 10: BOX, 20: BOX}), video=video)
    assert shown_frames(imported(labels)[0]) == [*range(5, 15), 20]


def test_import_when_the_file_knows_keyframes_then_the_others_follow_from_them() -> None:
    boxes = [LabelledBox(0, BOX), LabelledBox(2, BOX.shifted(4, 0))]
    line = LabelledBox(1, BOX.shifted(2.005, 0), BoxSource.INTERPOLATED)
    project, _ = imported(label_set(BoxColumns.of([*boxes, line]), video=WHOLE))
    assert [each.frame_index for each in project.keyframes(1)] == [0, 2]
    assert len(project.predictions(1)) == 0
    assert all(each.origin is BoxOrigin.IMPORTED for each in project.keyframes(1))


def test_import_when_an_interpolated_box_is_on_no_line_then_becomes_a_prediction() -> None:
    boxes = [LabelledBox(0, BOX), LabelledBox(1, BOX.shifted(9, 0), BoxSource.INTERPOLATED), LabelledBox(2, BOX)]
    project, _ = imported(label_set(BoxColumns.of(boxes), video=WHOLE))
    shown = project.shown(1, 1)
    assert shown is not None
    assert (shown.kind, shown.box.x) == (ShownKind.TRACKED, 19)


def test_import_when_boxes_were_tracked_then_they_become_predictions_of_a_run_of_their_own() -> None:
    tracked = LabelledBox(1, BOX, BoxSource.TRACKED, score=-2.0, run_id=3)
    project, _ = imported(label_set(BoxColumns.of([LabelledBox(0, BOX), tracked]), video=WHOLE))
    prediction = project.prediction(1, 1)
    assert prediction is not None
    assert (prediction.score, prediction.is_found, prediction.run_id) == (-2.0, False, 5)


def test_import_when_to_be_looked_through_then_nothing_becomes_a_manual_box() -> None:
    labels = label_set(boxes_at({2: BOX, 3: BOX, 9: BOX}), video=WHOLE)
    project, _ = imported(labels, become=ImportAs.PREDICTIONS)
    assert project.keyframes(1) == ()
    assert shown_frames(project) == [2, 3, 9]


def test_import_when_ids_are_taken_or_huge_then_gives_free_ones_and_offers_new_labels_once() -> None:
    project, history = imported(label_set(boxes_at({0: BOX}), video=WHOLE))
    labels = label_set(boxes_at({0: BOX}), boxes_at({0: BOX}), labels=("dog", "cat"), video=WHOLE)
    huge = replace(labels.tracks[1], track_id=2**31 - 1)
    history.do_long(import_edit(project, replace(labels, tracks=(labels.tracks[0], huge)), run_id=6))
    assert [(track.track_id, track.label) for track in project.tracks()] == [(1, "dog"), (2, "dog"), (3, "cat")]
    assert [label.name for label in project.labels()] == ["cat", "dog"]


def test_import_when_there_is_nothing_in_the_file_then_there_is_nothing_to_undo() -> None:
    _, history = imported(label_set(boxes_at({})))
    assert history.steps() == ()


def test_import_when_it_fails_on_the_way_then_the_project_is_as_before(tmp_path: Path) -> None:
    labels = label_set(boxes_at({0: BOX, 7: BOX}), boxes_at({3: BOX}), labels=("dog", "cat"), video=WHOLE)

    def cut_short(edit: LongEdit) -> LongEdit:
        def parts() -> Iterator[tuple[Change, ...]]:
            yield next(iter(edit.parts))
            raise InterruptedError

        return replace(edit, parts=parts())

    path = tmp_path / "clip.dlst"
    with ProjectStore.create(path, VIDEO) as store:
        project = store.read_project()
        history = EditHistory(project, store)
        history.do(set_label(project, Label("bird", "#00ff00")))
        history.undo()
        before, steps = contents(project), history.steps()
        with pytest.raises(InterruptedError):
            history.do_long(cut_short(import_edit(project, labels, run_id=1)))
        assert (contents(project), history.steps(), store.steps()) == (before, steps, steps)
        history.do_long(import_edit(project, labels, run_id=1))
        after = contents(project)
    with ProjectStore.open(path) as store:
        assert contents(store.read_project()) == after
        assert [step.title for step in store.steps()] == ["Import labels"]


@pytest.mark.parametrize("label_format", [JSONL, CSV, CVAT, LABEL_STUDIO, OTB], ids=lambda each: each.name)
def test_import_when_a_project_was_exported_then_shows_the_same_boxes(
    label_format: Format, tmp_path: Path
) -> None:
    project, history = opened()
    edits = RandomEdits(project, history, 11)
    for _ in range(150):
        edits.step()
    labels = selected_labels(project, WHOLE, Selection())
    path = tmp_path / f"labels{label_format.suffix}"
    label_format.write(labels, path, WriteOptions())
    other, _ = imported(label_format.read(path, labels.video))
    assert len(other.tracks()) == len([track for track in labels.tracks if len(track.columns)])
    kept = [track for track in labels.tracks if len(track.columns)]
    for one, same in zip(kept, other.tracks(), strict=True):
        for index in range(FRAME_COUNT):
            before, after = project.shown(one.track_id, index), other.shown(same.track_id, index)
            is_present = before is not None and before.visibility is not Visibility.OUTSIDE
            assert is_present == (after is not None and after.visibility is not Visibility.OUTSIDE), index
            if is_present and after is not None and before is not None:
                assert after.box.xywh == pytest.approx(before.box.xywh, abs=0.03)
                if label_format in {JSONL, CSV}:
                    assert after.visibility is before.visibility
                    assert after.kind is before.kind
