"""Nothing of a video and its project is left when another one is open."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit
from pytestqt.qtbot import QtBot

from dlst_gui.project.attributes import Attribute, AttributeScope
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.labels import Label
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.store import ProjectStore
from dlst_gui.session.reviewing import FindingOrder, FindingView
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.tracking.run_recorder import RunRecorder
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import UserSettings
from tests.dlst_gui.window_fakes import Workshop
from tests.fakes import SyntheticVideo
from tracker_core import Box

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

BOX = Box(20, 40, 24, 24)
SHORT, LONG = SyntheticVideo(frame_count=30), SyntheticVideo(frame_count=60, width=200)


class Clips:
    """Opens made-up clips in a window whose projects are kept."""

    def __init__(self, qtbot: QtBot, workshop: Workshop, window: MainWindow, folder: Path) -> None:
        self.qtbot = qtbot
        self.workshop = workshop
        self.window = window
        self.folder = folder

    @property
    def session(self) -> Session:
        return self.window.session

    def open(self, name: str, video: SyntheticVideo) -> None:
        self.workshop.video = video
        with self.qtbot.waitSignal(self.session.playhead.source_changed):
            self.session.open(self.folder / name)
        self.qtbot.waitUntil(
            lambda: self.window.workspace.drawn_frame == self.session.playhead.frame_index, timeout=5000
        )

    def track_to_the_end(self) -> None:
        self.session.set_box(0, BOX)
        self.session.tracking.track()
        self.qtbot.waitUntil(lambda: self.session.state is RunState.FINISHED, timeout=5000)


@pytest.fixture
def clips(qtbot: QtBot, workshop: Workshop, tmp_path: Path) -> Iterator[Clips]:
    opener = ProjectOpener(tmp_path / "projects")
    session = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), opener)
    user = UserSettings(tmp_path / "settings")
    window = MainWindow(session, user, backbones=("default",), demo_clip=None, log_folder=tmp_path)
    window.show()
    qtbot.waitExposed(window)
    yield Clips(qtbot, workshop, window, tmp_path)
    window.close()
    window.deleteLater()


def test_switch_when_another_project_was_counted_then_effort_and_pace_are_the_new_ones(clips: Clips) -> None:
    clips.open("one.mp4", SHORT)
    clips.track_to_the_end()
    clips.qtbot.waitUntil(lambda: "1 box" in clips.window.status.effort)
    assert clips.session.run.frames_per_second is not None
    clips.open("two.mp4", LONG)
    clips.window.status.refresh()
    assert clips.window.status.effort == ""
    assert clips.window.status.texts[0] == "", "the pace is that of a run of this video"
    assert clips.session.run.latest_frame is None
    clips.session.set_box(0, BOX)
    clips.session.set_box(59, BOX)
    assert clips.window.status.effort.startswith("2 boxes"), "not those of the other project's object 1 as well"


def test_switch_when_a_run_is_at_work_then_its_boxes_are_kept_and_nothing_asks_beyond_its_video(
    clips: Clips,
) -> None:
    clips.open("one.mp4", SHORT)
    clips.workshop.frame_delay_s = 0.02
    clips.session.set_box(0, BOX)
    clips.session.tracking.track()
    clips.qtbot.waitUntil(lambda: (clips.session.run.latest_frame or 0) >= 3, timeout=5000)
    clips.open("two.mp4", LONG)
    assert clips.session.project is not None
    assert clips.session.project.tracks() == ()
    clips.open("one.mp4", SHORT)
    assert clips.session.project.tracks() != ()
    assert len(clips.session.project.predictions(1, 0, 29)) >= 3


def refuse_to_write(_: RunRecorder) -> frozenset[int]:
    raise ProjectFileError(Path("one.mp4.dlst"), "the disk is full")


def test_track_when_the_boxes_of_the_run_before_cannot_be_written_then_it_waits_until_they_are(
    clips: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips.open("one.mp4", SHORT)
    with monkeypatch.context() as full:
        full.setattr(RunRecorder, "write", refuse_to_write)
        clips.track_to_the_end()
        clips.session.tracking.track()
        assert not clips.session.state.is_busy
    clips.session.tracking.track()
    clips.qtbot.waitUntil(lambda: clips.session.state is RunState.FINISHED, timeout=5000)
    assert clips.session.project is not None
    assert set(clips.session.project.predictions(1, 0, 29).rows["run_id"].tolist()) == {2}
    history = clips.session.current_project.history
    assert history is not None
    assert [step.title for step in history.steps()][-2:] == ["Track", "Track"]


def test_switch_when_the_boxes_of_a_run_could_not_be_written_then_the_next_project_gets_its_own(
    clips: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips.open("one.mp4", SHORT)
    with monkeypatch.context() as full:
        full.setattr(RunRecorder, "write", refuse_to_write)
        clips.track_to_the_end()
        assert clips.session.run.unwritten(1, 29) is not None
        clips.open("two.mp4", LONG)
    assert clips.session.run.unwritten(1, 29) is None, "what belongs to the other video is not shown in this one"
    clips.track_to_the_end()
    assert clips.session.project is not None
    assert len(clips.session.project.predictions(1, 0, 59)) == 59


def test_switch_when_findings_of_one_object_were_listed_then_those_of_all_are(clips: Clips) -> None:
    for name in ("two.mp4", "one.mp4"):
        clips.open(name, SHORT)
        clips.session.set_box(0, BOX)
    reviewing = clips.window.reviewing
    reviewing.set_view(FindingView(FindingOrder.FRAMES, track_id=1))
    clips.open("two.mp4", SHORT)
    assert reviewing.view == FindingView(FindingOrder.FRAMES), "its object 1 is another one"


def test_switch_when_a_box_is_just_being_nudged_then_it_is_kept_as_it_is_by_then(clips: Clips) -> None:
    clips.open("one.mp4", SHORT)
    clips.session.set_box(0, BOX)
    clips.qtbot.waitUntil(lambda: clips.window.workspace.scene().box == BOX)
    clips.qtbot.wait(100)  # it is drawn, and can be changed
    clips.window.workspace.frame_view.editor.nudge(1, 0)
    clips.open("two.mp4", LONG)
    clips.open("one.mp4", SHORT)
    assert clips.session.project is not None
    assert clips.session.project.manual_boxes(1) == {0: BOX.shifted(1, 0)}


def test_switch_when_the_other_project_cannot_be_opened_then_the_menu_names_no_edit_of_the_first(
    clips: Clips,
) -> None:
    clips.open("one.mp4", SHORT)
    clips.session.set_box(0, BOX)
    assert clips.window.action_set["undo"].text() != "&Undo"
    (clips.folder / "two.mp4.dlst").write_bytes(b"no project" * 500)
    clips.open("two.mp4", LONG)
    assert clips.session.project is None
    assert clips.window.action_set["undo"].text() == "&Undo"


def test_switch_when_one_comes_back_then_frame_and_object_are_those_one_left(clips: Clips) -> None:
    clips.open("one.mp4", SHORT)
    clips.session.set_box(0, BOX)
    clips.session.seek(17)
    clips.open("two.mp4", LONG)
    assert clips.session.playhead.frame_index == 0
    clips.open("one.mp4", SHORT)
    assert clips.session.playhead.frame_index == 17


def test_switch_when_a_project_was_open_then_nothing_holds_it_or_its_frames(clips: Clips) -> None:
    clips.open("one.mp4", SHORT)
    clips.track_to_the_end()
    former = weakref.ref(clips.session.project)
    clips.open("two.mp4", LONG)

    def are_gone() -> bool:
        gc.collect()
        paths = {path.name for path, _ in clips.session.run._tracker._thread._worker._cache._frames}
        return former() is None and paths <= {"two.mp4"}

    # Once slow views have drawn, and the tracker's thread has opened the video.
    clips.qtbot.waitUntil(are_gone, timeout=5000)


NOTE, HERE = Attribute(8, "note"), Attribute(9, "here", scope=AttributeScope.FRAME)


def draw_two(clips: Clips) -> None:
    """Two objects on the first frame; the first is selected."""
    for box in (BOX, BOX.shifted(60, 0)):
        clips.session.selection.begin_new_track()
        clips.session.set_box(0, box)
    clips.session.selection.select(1)


def asked(window: MainWindow) -> list[QDialog]:
    return [each for each in window.findChildren(QDialog) if each.isVisible()]


@pytest.mark.parametrize(
    "ask",
    [
        lambda window: window.dialogs.merge_objects(),
        lambda window: window.dialogs.swap_objects(),
        lambda window: window.dialogs.choose_label(),
        lambda window: window.dialogs.choose_color(),
        lambda window: window.dialogs.choose_copy(),
        lambda window: window.dialogs.choose_attributes(of_frame=False),
        lambda window: window.dialogs.choose_attributes(of_frame=True),
        lambda window: window.dialogs.choose_frame_to_track_to(),
        lambda window: window.dialogs.choose_keyframes(),
        lambda window: window.dialogs.choose_earlier_state(),
        lambda window: window.dialogs.delete_boxes(),
        lambda window: window.label_set.choose_to_take(),
        lambda window: window.label_set.choose_to_write(),
        lambda window: window.labels._on_add_label(),
        lambda window: window.labels._on_add_attribute(),
    ],
)
def test_switch_when_a_question_about_a_project_is_open_then_it_goes_with_the_project(
    clips: Clips, ask: Callable[[MainWindow], None]
) -> None:
    clips.open("one.mp4", SHORT)
    draw_two(clips)
    ask(clips.window)
    assert len(asked(clips.window)) == 1
    clips.open("two.mp4", LONG)
    clips.qtbot.waitUntil(lambda: not asked(clips.window))


def test_switch_when_a_damaged_project_is_asked_about_then_the_answer_cannot_go_to_another_video(
    clips: Clips,
) -> None:
    (clips.folder / "one.mp4.dlst").write_bytes(b"no project" * 500)
    clips.open("one.mp4", SHORT)
    assert len(asked(clips.window)) == 1
    clips.open("two.mp4", LONG)
    clips.qtbot.waitUntil(lambda: not asked(clips.window))


def written(clips: Clips, attribute: Attribute, text: str) -> QLineEdit:
    """The field of an attribute, with a text that nobody has taken yet."""
    clips.window.labelling.offer_attribute(attribute)
    clips.window.labelling.field_wanted.emit(attribute.attribute_id)
    field = clips.window.labels.form.field(attribute.attribute_id)
    assert field is not None
    (line,) = field.findChildren(QLineEdit)
    QTest.keyClicks(line, text)
    return line


def said(clips: Clips) -> dict[int, dict[str, str]]:
    """Of whole objects."""
    assert clips.session.project is not None
    return {track.track_id: dict(track.attributes) for track in clips.session.project.tracks()}


def test_write_when_another_object_is_selected_meanwhile_then_it_is_said_of_the_one_that_was_meant(
    clips: Clips,
) -> None:
    clips.open("one.mp4", SHORT)
    draw_two(clips)
    written(clips, NOTE, "red")
    clips.session.selection.select(2)
    clips.qtbot.waitUntil(lambda: said(clips) == {1: {"note": "red"}, 2: {}})
    clips.session.selection.select(1)
    line = written(clips, NOTE, "der")
    clips.session.selection.select(2)
    QTest.keyClick(line, Qt.Key.Key_Return)  # before the panel has shown the other one
    assert said(clips) == {1: {"note": "redder"}, 2: {}}


def test_write_when_the_frame_changes_meanwhile_then_it_is_said_of_the_frame_that_was_meant(clips: Clips) -> None:
    clips.open("one.mp4", SHORT)
    draw_two(clips)
    clips.session.set_box(20, BOX)
    written(clips, HERE, "rain")
    clips.session.seek(20)
    project = clips.session.project
    assert project is not None
    clips.qtbot.waitUntil(lambda: project.keyframe_block(1).attributes == {0: {"here": "rain"}})
    line = written(clips, NOTE, "ta")
    clips.session.seek(5)
    clips.qtbot.wait(300)
    QTest.keyClicks(line, "ll")
    assert line.text() == "tall", "what holds on all frames is written on"
    assert said(clips)[1] == {}


def test_write_when_an_object_that_is_being_tracked_is_selected_then_it_is_said_of_the_one_before(
    clips: Clips,
) -> None:
    clips.open("one.mp4", SHORT)
    draw_two(clips)
    clips.workshop.frame_delay_s = 0.05
    clips.session.selection.select(2)
    clips.session.tracking.continue_track()
    clips.qtbot.waitUntil(lambda: clips.session.run.latest_frame is not None, timeout=5000)
    clips.session.selection.select(1)
    written(clips, NOTE, "red")
    clips.session.selection.select(2)
    clips.qtbot.waitUntil(lambda: said(clips) == {1: {"note": "red"}, 2: {}})
    assert clips.session.state is RunState.TRACKING


def test_write_when_another_video_comes_then_it_is_kept_where_it_belongs(clips: Clips) -> None:
    clips.open("one.mp4", SHORT)
    draw_two(clips)
    written(clips, NOTE, "red")
    clips.open("two.mp4", LONG)
    clips.session.set_box(0, BOX)
    clips.qtbot.wait(300)
    assert said(clips) == {1: {}}
    clips.open("one.mp4", SHORT)
    assert said(clips) == {1: {"note": "red"}, 2: {}}


def test_describe_when_it_is_not_taken_then_the_dialog_says_why_and_keeps_what_was_written(clips: Clips) -> None:
    clips.open("one.mp4", SHORT)
    clips.window.labelling.offer_label(Label("car", "#ff0000"))
    clips.window.labelling.offer_attribute(NOTE)
    for describe, name in (
        (clips.window.labels._on_add_label, "car"),
        (clips.window.labels._on_add_attribute, "note"),
    ):
        describe()
        (dialog,) = asked(clips.window)
        dialog.findChildren(QLineEdit)[0].setText(name)
        (buttons,) = dialog.findChildren(QDialogButtonBox)
        buttons.button(QDialogButtonBox.StandardButton.Ok).click()
        assert asked(clips.window) == [dialog]
        dialog.reject()
        clips.qtbot.waitUntil(lambda: not asked(clips.window))
    assert [label.color for label in clips.window.labelling.offered.labels] == ["#ff0000"]


def test_describe_when_the_project_is_read_only_then_it_says_so(clips: Clips) -> None:
    clips.open("one.mp4", SHORT)
    draw_two(clips)
    path = clips.session.current_project.path
    assert path is not None
    clips.open("two.mp4", LONG)
    with ProjectStore.open(path):
        clips.open("one.mp4", SHORT)
        assert "read-only" in clips.window.labelling.offer_label(Label("car", "#ff0000"))


def test_switch_when_a_note_is_shown_then_it_goes_with_its_video(clips: Clips) -> None:
    clips.open("one.mp4", SHORT)
    draw_two(clips)
    clips.session.undo()
    assert "Undone" in clips.window.workspace.frame_view.note
    clips.open("two.mp4", LONG)
    assert clips.window.workspace.frame_view.note == ""


def test_switch_when_zoomed_to_the_object_then_the_next_videos_object_is_large_too(clips: Clips) -> None:
    def across() -> float:
        return float(clips.window.workspace.frame_view._view_box.viewRect().width())

    clips.open("two.mp4", LONG)
    whole = across()
    clips.session.set_box(0, BOX)
    clips.open("one.mp4", SHORT)
    clips.window.action_set["zoom-object"].setChecked(True)  # there is no object yet
    clips.session.set_box(0, BOX)
    clips.qtbot.waitUntil(lambda: across() < whole / 1.5)
    clips.open("two.mp4", LONG)
    clips.qtbot.waitUntil(lambda: across() < whole / 1.5)
