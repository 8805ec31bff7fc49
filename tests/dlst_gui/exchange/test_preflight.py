"""What is told before an export, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlst_gui.api import SavedProject, Selection, WriteOptions, open_project
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.preflight import Finding, FindingKind
from dlst_gui.formats.registry import format_named
from dlst_gui.formats.transfer.selection import FrameChoice
from dlst_gui.project import edits
from dlst_gui.project.changes import Edit, KeyframeChange, TrackChange
from dlst_gui.project.findings.review_findings import FindingRules
from dlst_gui.project.history import EditHistory
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import Keyframe
from tracker_core import Box

WHOLE = Selection()
Place = tuple[int | None, int | None, int | None]


def looked(
    project: SavedProject, format_name: str = "jsonl", selection: Selection = WHOLE, **options: bool
) -> tuple[Finding, ...]:
    plan = ExportPlan(format_named(format_name), Path("x"), selection, WriteOptions(**options))
    return project.preflight(plan)


def places(findings: tuple[Finding, ...], kind: FindingKind) -> list[Place]:
    return [(each.track_id, each.first, each.last) for each in findings if each.kind is kind]


@pytest.fixture
def changed(project_path: Path):
    """The project, changed by edits and opened anew."""
    opened = []

    def change(*make_edits) -> SavedProject:
        with ProjectStore.open(project_path) as store:
            project = store.read_project()
            history = EditHistory(project, store)
            for make_edit in make_edits:
                history.do(make_edit(project))
        opened.append(open_project(project_path))
        return opened[-1]

    yield change
    for each in opened:
        each.close()


def test_preflight_when_boxes_are_of_machines_then_says_which_nobody_has_seen_or_believed(
    project: SavedProject,
) -> None:
    findings = looked(project)
    assert places(findings, FindingKind.UNREVIEWED) == [(1, 4, 9), (1, 11, 14), (2, 3, 3)]
    assert places(findings, FindingKind.LOST) == [(2, 5, 5)]
    assert places(findings, FindingKind.GAP) == places(findings, FindingKind.LEFT_OUT) == []
    assert places(findings, FindingKind.NOT_HELD) == []


def test_preflight_when_frames_between_have_no_box_then_they_are_gaps_unless_said_to_be_outside(changed) -> None:
    def far(project):
        return edits.add_track(project, label="bird", color="#ffffff", keyframe=Keyframe(19, Box(1, 1, 5, 5)))

    def first_predictions(project):
        block = project.predictions(1, 1, 3)
        return edits.record_predictions(project, 3, block)

    project = changed(far, first_predictions)
    assert places(looked(project), FindingKind.GAP) == [(3, 4, 18)]
    words = next(each.words for each in looked(project) if each.kind is FindingKind.GAP)
    assert words.startswith("bird 3, frames 4 to 18: no box")


def test_preflight_when_the_video_goes_on_beyond_all_labels_then_says_which_frames_are_taken_for_empty(
    changed,
) -> None:
    def late(project):
        info = TrackInfo(9, "late", "#00ff00")
        boxes = [Keyframe(index, Box(5, 5, 20, 20)) for index in (7, 12)]
        return Edit("Late", 7, 9, (TrackChange(None, info), *(KeyframeChange(None, box, 9) for box in boxes)))

    project = changed(lambda p: edits.remove_track(p, 1), lambda p: edits.remove_track(p, 2), late)
    last = project.video.frame_count - 1
    gaps = [each for each in looked(project, "yolo") if each.kind is FindingKind.GAP]
    assert [(each.track_id, each.first, each.last) for each in gaps] == [(None, 0, 6), (None, 13, last)]
    assert [each.words.partition(":")[0] for each in gaps] == ["frames 0 to 6", f"frames 13 to {last}"]
    assert places(looked(project, "yolo", Selection(frames=FrameChoice.LABELLED)), FindingKind.GAP) == []


def test_preflight_when_the_choice_leaves_boxes_out_then_says_where(project: SavedProject) -> None:
    findings = looked(project, selection=Selection(interpolated=False))
    assert places(findings, FindingKind.LEFT_OUT) == [(1, 6, 9), (2, 3, 3)]
    reviewed = looked(project, selection=Selection(FrameChoice.REVIEWED))
    assert places(reviewed, FindingKind.UNREVIEWED) == []


def test_preflight_when_every_third_frame_is_wanted_then_spans_go_over_those(project: SavedProject) -> None:
    findings = looked(project, selection=Selection(every=3))
    assert places(findings, FindingKind.UNREVIEWED) == [(1, 6, 12), (2, 3, 3)]


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        (Box(-0.5, 5, 10, 10), FindingKind.PARTLY_OFF_IMAGE),
        (Box(90, 5, 6.01, 10), FindingKind.PARTLY_OFF_IMAGE),
        (Box(5, 60, 10, 10), FindingKind.PARTLY_OFF_IMAGE),
        (Box(96, 5, 10, 10), FindingKind.OFF_IMAGE),
        (Box(5, -10, 10, 10), FindingKind.OFF_IMAGE),
    ],
)
def test_preflight_when_a_box_is_off_the_image_then_says_how_and_where(
    changed, box: Box, kind: FindingKind
) -> None:
    project = changed(lambda project: edits.set_keyframe(project, 1, Keyframe(0, box)))
    off = {FindingKind.OFF_IMAGE, FindingKind.PARTLY_OFF_IMAGE}
    assert (1, 0) in [(each.track_id, each.first) for each in looked(project) if each.kind is kind]
    assert (1, 0) not in [(each.track_id, each.first) for each in looked(project) if each.kind in off - {kind}]


def test_preflight_when_a_box_fills_the_image_then_it_is_not_off(changed) -> None:
    whole = Keyframe(0, Box(0, 0, 96, 64))
    project = changed(lambda project: edits.set_keyframe(project, 1, whole))
    assert places(looked(project), FindingKind.PARTLY_OFF_IMAGE) == []


def test_preflight_when_a_box_is_smaller_than_a_pixel_then_whole_pixels_are_warned_of(changed) -> None:
    project = changed(lambda project: edits.set_keyframe(project, 2, Keyframe(2, Box(5, 5, 0.5, 9))))
    assert (2, 2, 2) in places(looked(project, sub_pixel=False), FindingKind.TINY)
    assert places(looked(project), FindingKind.TINY) == []


def test_preflight_when_boxes_are_marked_bad_then_says_so_and_not_that_nobody_looked(changed) -> None:
    project = changed(lambda project: edits.mark_reviewed(project, 1, first=6, last=8, mark=ReviewMark.BAD))
    assert places(looked(project), FindingKind.MARKED_BAD) == [(1, 6, 8)]
    assert (1, 4, 5) in places(looked(project), FindingKind.UNREVIEWED)


def test_preflight_when_findings_are_open_then_counts_them_by_object_and_reason(changed) -> None:
    project = changed(lambda project: edits.mark_reviewed(project, 1, first=6, last=8, mark=ReviewMark.BAD))
    plan = ExportPlan(format_named("jsonl"), Path("x"), rules=FindingRules(interpolated_frames=3))
    said = [each for each in project.preflight(plan) if each.kind is FindingKind.OPEN]
    assert [(each.track_id, each.first, each.last) for each in said] == [(1, 6, 8), (1, 9, 9), (2, 5, 5)]
    assert said[1].words == "dog 1, only interpolated: 2 findings, first look at frame 9"
    project.close()
    done = changed(lambda project: edits.mark_reviewed(project, 2, first=5, last=5, mark=ReviewMark.ACCEPTED))
    assert {each.track_id for each in done.preflight(plan) if each.kind is FindingKind.OPEN} == {1}


def test_preflight_when_the_format_cannot_hold_it_then_says_what_and_where(changed) -> None:
    info = TrackInfo(1, "dog", "#5cc8ff", {"breed": "collie"})
    project = changed(lambda project: edits.change_track(project, info))
    findings = looked(project, "otb")
    assert set(places(findings, FindingKind.NOT_HELD)) >= {(1, 15, 19), (2, 4, 5), (1, 0, 14), (None, None, None)}
    said = " ".join(each.words for each in findings)
    for word in ("labels", "occluded", "outside", "attributes", "score", "are manual"):
        assert word in said


def test_preflight_when_a_format_of_keyframes_gets_only_some_then_says_that_it_draws_lines(
    project: SavedProject,
) -> None:
    selection = Selection(FrameChoice.HUMAN)
    assert "readers interpolate" in " ".join(each.words for each in looked(project, "cvat", selection))
    assert "readers interpolate" not in " ".join(each.words for each in looked(project, "cvat"))


def test_findings_when_listed_then_come_by_kind_track_and_frame(project: SavedProject) -> None:
    kinds = list(FindingKind)
    keys = [(kinds.index(each.kind), each.track_id or 0, each.first or 0) for each in looked(project, "yolo")]
    assert keys == sorted(keys)
    assert len(keys) > 5
