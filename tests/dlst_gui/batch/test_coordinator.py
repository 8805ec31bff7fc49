from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from distributed import Future
from distributed.scheduler import KilledWorker

from dlst_gui.api import open_project
from dlst_gui.batch import assembly, coordinator
from dlst_gui.batch.ledger import Entry
from dlst_gui.project.tracks import BoxOrigin, Visibility
from dlst_gui.project.writer_lock import lock_file
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.batch.batch_fakes import (
    falling_tracker,
    losing_tracker,
    lost_tracker,
    never_tracker,
    write_clips,
)
from tests.dlst_gui.batch.conftest import Batch, WriteTable
from tests.dlst_gui.exchange.made_projects import made_video


def hashes(entries: dict[str, Entry]) -> dict[str, list[object]]:
    return {name: [each["sha256"] for each in entry.report["objects"]] for name, entry in entries.items()}


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    return write_clips(tmp_path / "clips", 3)


def test_run_when_clips_have_true_boxes_then_each_becomes_a_project(
    batch: Batch, clips: list[Path], tmp_path: Path
) -> None:
    batch.format_name = "csv"

    entries = batch.run(tmp_path / "clips")

    assert sorted(entries) == ["clip0", "clip1", "clip2"]
    assert all(entry.is_done and not entry.problem for entry in entries.values())
    assert batch.frames == batch.prepared == 33
    for name, clip in zip(sorted(entries), clips, strict=True):
        with open_project(batch.out / "projects" / f"{name}.dlst") as project:
            (track,) = project.tracks
            assert project.project.video.path == str(clip)
            assert len(project.project.predictions(1)) == 11
            assert track.info.label == "object"
            assert project.runs[1].system == "dlst-studio"
        lines = (batch.out / "labels" / f"{name}.csv").read_text().splitlines()
        assert len(lines) == 13
    assert not list((batch.out / "batch").glob("units/*"))


def test_run_when_it_is_called_again_then_nothing_is_done_again(
    batch: Batch, clips: list[Path], tmp_path: Path
) -> None:
    before = batch.run(tmp_path / "clips")

    after = batch.run(tmp_path / "clips")

    assert after == before
    assert batch.entries == []


def test_run_when_rows_give_boxes_then_a_video_has_their_objects(
    batch: Batch, clips: list[Path], write_table: WriteTable
) -> None:
    table = write_table(
        [
            "source,box,first_frame,last_frame,label,seed",
            'clips/clip0,"20,40,20,20",,,dog,',
            'clips/clip0,"24,40,20,20",2,8,cat,2',
            'clips/clip1,"20,40,20,20",,,dog,',
        ]
    )

    entries = batch.run(table)

    dog, cat = entries["clip0"].report["objects"]
    assert (dog["label"], dog["frames"], cat["label"], cat["frames"]) == ("dog", 11, "cat", 6)
    with open_project(batch.out / "projects" / "clip0.dlst") as project:
        assert {number: facts.seed for number, facts in project.runs.items()} == {1: 0, 2: 2}
        assert project.project.prediction(2, 8).box.y == pytest.approx(40 + 6 * 0.5)


@pytest.mark.logs_warnings
def test_run_when_a_job_fails_then_the_others_are_done_and_it_is_tried_again(
    batch: Batch, clips: list[Path], write_table: WriteTable, tmp_path: Path
) -> None:
    table = write_table(
        ["source,seed,box", "clips/clip0,0,", "clips/clip1,1,", "clips/none,0,", 'clips/clip2,0,"900,900,5,5"']
    )
    batch.make_tracker = falling_tracker

    entries = batch.run(table)

    assert [entry.is_done for _, entry in sorted(entries.items())] == [True, False, False, False]
    assert entries["clip1"].problem == (
        "object 1, frames 0 to 11: unexpected error: RuntimeError: the tracker fell over"
    )
    assert "does not exist" in entries["none"].problem
    assert "the box on frame 0 must lie in the frame of 160 x 120 pixels" in entries["clip2"].problem

    shutil.copytree(tmp_path / "clips" / "clip0", tmp_path / "clips" / "none")
    again = batch.run(table)

    assert again["none"].is_done
    assert sorted(entry.name for entry in batch.entries) == ["clip1", "clip2", "none"]


def test_run_when_a_person_wants_to_leave_then_what_is_finished_stays_and_the_rest_comes_later(
    batch: Batch, tmp_path: Path
) -> None:
    write_clips(tmp_path / "clips", 20, frame_count=6)
    batch.cancelled_after = 2

    first = batch.run(tmp_path / "clips")
    batch.cancelled_after = None
    second = batch.run(tmp_path / "clips")

    assert 2 <= len(first) < 20
    assert len(second) == 20
    assert {name: second[name] for name in first} == first


def test_run_when_an_input_has_changed_then_its_video_alone_is_tracked_again(
    batch: Batch, clips: list[Path], write_table: WriteTable
) -> None:
    lines = ["source,box"] + [f'clips/clip{number},"20,40,20,20"' for number in range(3)]
    before = batch.run(write_table(lines))
    lines[2] = 'clips/clip1,"21,40,20,20"'

    after = batch.run(write_table(lines))

    assert [entry.name for entry in batch.entries] == ["clip1"]
    assert hashes(after)["clip1"] != hashes(before)["clip1"]
    assert hashes(after)["clip0"] == hashes(before)["clip0"]


def test_run_when_a_file_is_only_touched_then_nothing_is_tracked_again(
    batch: Batch, clips: list[Path], tmp_path: Path
) -> None:
    before = batch.run(tmp_path / "clips")
    project = (batch.out / "projects" / "clip0.dlst").read_bytes()
    (clips[0] / "notes.txt").write_text("another file in the folder")

    after = batch.run(tmp_path / "clips")

    assert batch.prepared == 0
    assert [entry.name for entry in batch.entries] == ["clip0"]
    assert hashes(after) == hashes(before)
    assert (batch.out / "projects" / "clip0.dlst").read_bytes() == project
    batch.run(tmp_path / "clips")
    assert batch.entries == []


def test_run_when_a_project_was_reviewed_since_then_it_is_not_replaced(
    batch: Batch, clips: list[Path], write_table: WriteTable
) -> None:
    table = write_table(["source,seed", "clips/clip0,0"])
    batch.run(table)
    project = batch.out / "projects" / "clip0.dlst"
    reviewed = project.read_bytes() + b" "
    project.write_bytes(reviewed)

    assert batch.run(table)["clip0"].is_done  # nothing else has changed
    entry = batch.run(write_table(["source,seed", "clips/clip0,1"]))["clip0"]

    assert not entry.is_done
    assert "was changed since it was made; move it elsewhere" in entry.problem
    assert project.read_bytes() == reviewed


def test_run_when_the_target_is_lost_then_the_report_says_where(
    batch: Batch, clips: list[Path], tmp_path: Path
) -> None:
    batch.make_tracker = losing_tracker

    report = batch.run(tmp_path / "clips")["clip0"].report

    (summary,) = report["objects"]
    assert (summary["frames"], summary["found"], summary["lost_spans"], summary["mean_score"]) == (11, 8, 2, 8.0)
    assert summary["to_review"] == len(report["worst"]) > 0
    assert summary["review_s"] > 4 * summary["to_review"]
    assert report["worst"][0]["first"] <= 3 <= report["worst"][0]["last"]


def test_run_when_a_project_has_several_manual_boxes_then_it_is_tracked_on_from_all(
    batch: Batch, made_once: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "videos"
    shutil.copytree(made_once, folder)
    original = (folder / "clip.mp4.dlst").read_bytes()

    entries = batch.run(folder)

    assert {entry.problem for entry in entries.values()} == {""}
    with open_project(batch.out / "projects" / "clip.dlst") as made:
        project = made.project
        dog = project.predictions(1)
        assert dog.frame_indices.tolist() == [*range(1, 10), *range(11, 15)]
        assert all(0 <= value <= 1 for value in dog.where(dog.frame_indices < 10).rows["disagreement"])
        assert set(dog.rows["run_id"].tolist()) == {2}
        assert [each.frame_index for each in project.keyframes(1)] == [0, 10, 15]
        assert project.keyframe(1, 15).visibility is Visibility.OUTSIDE
        assert project.predictions(2).frame_indices.tolist() == [3, *range(5, 20)]
    assert (folder / "clip.mp4.dlst").read_bytes() == original


def test_run_when_it_is_in_place_then_the_projects_own_boxes_are_one_step_of_undo(
    batch: Batch, made_once: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "videos"
    shutil.copytree(made_once, folder)

    entries = batch.run(folder, is_in_place=True)

    assert entries["clip"].report["project"] == str(folder / "clip.mp4.dlst")
    assert not (batch.out / "projects").exists()
    with open_project(folder / "clip.mp4.dlst") as made:
        assert made.project.predictions(1).frame_indices.tolist() == [*range(1, 10), *range(11, 15)]
    assert batch.run(folder, is_in_place=True) == batch.run(folder, is_in_place=True)
    assert batch.entries == []


def test_run_when_a_row_is_put_into_a_project_that_has_objects_then_they_stay_and_it_is_another_one(
    batch: Batch, write_table: WriteTable, tmp_path: Path
) -> None:
    (clip,) = write_clips(tmp_path / "clips", 1)
    batch.data_folder = tmp_path / "data"
    batch.run(write_table(["source,box,label", 'clips/clip0,"20,40,20,20",dog']), is_in_place=True)
    batch.out = tmp_path / "another"
    table = write_table(["source,box,label,seed", 'clips/clip0,"60,60,30,30",cat,1'])

    for _ in range(2):
        shutil.rmtree(batch.out, ignore_errors=True)  # nothing is known but what the project holds
        entry = batch.run(table, is_in_place=True)["clip0"]

        (cat,) = entry.report["objects"]
        assert (cat["track_id"], cat["label"], cat["frames"]) == (2, "cat", 11)
        with open_project(clip.with_name("clip0.dlst")) as project:
            assert [track.info.label for track in project.tracks] == ["dog", "cat"]
            assert [project.project.prediction(number, 11).box.y for number in (1, 2)] == [40, 62.75]


def test_run_when_somebody_has_got_another_object_meanwhile_then_its_boxes_stay(
    batch: Batch, write_table: WriteTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (clip,) = write_clips(tmp_path / "clips", 1)
    first = write_table(["source,box", 'clips/clip0,"20,40,20,20"'])
    batch.run(first, is_in_place=True)
    table = write_table(["source,box", 'clips/clip0,"60,60,30,30"'])

    entry = batch.run(table, is_in_place=True)["clip0"]  # without a data folder it does not see the project

    assert "has got other objects meanwhile; try again" in entry.problem
    with open_project(clip.with_name("clip0.dlst")) as project:
        assert len(project.tracks) == 1
        assert project.project.prediction(1, 11).box.y == 40


def test_run_when_a_window_has_a_project_open_or_a_folder_is_there_then_the_other_videos_are_done(
    batch: Batch, clips: list[Path], tmp_path: Path
) -> None:
    batch.run(tmp_path / "clips")
    projects = batch.out / "projects"
    before = {
        name: (batch.out / name).read_bytes() for name in ("projects/clip1.dlst", "report/pictures/clip1.jpg")
    }
    (projects / "clip0.dlst").unlink()
    (projects / "clip0.dlst").mkdir()
    lock = lock_file(projects / "clip1.dlst")
    try:
        entries = batch.run(tmp_path / "clips", TrackerSettings(seed=4))
    finally:
        lock.release()

    assert "clip0.dlst was changed since it was made" in entries["clip0"].problem
    assert "another window or command has this project open" in entries["clip1"].problem
    assert {name: (batch.out / name).read_bytes() for name in before} == before
    assert entries["clip2"].is_done
    assert batch.run(tmp_path / "clips", TrackerSettings(seed=4))["clip1"].is_done


def test_run_when_settings_have_another_seed_then_boxes_are_others_and_the_same_again(
    batch: Batch, clips: list[Path], tmp_path: Path, crew: object
) -> None:
    first = hashes(batch.run(tmp_path / "clips", TrackerSettings(seed=3)))
    other = Batch(batch.crew, tmp_path / "other")

    assert hashes(other.run(tmp_path / "clips", TrackerSettings(seed=3))) == first
    assert hashes(other.run(tmp_path / "clips", TrackerSettings(seed=4))) != first


def test_run_when_labels_of_another_tool_lie_beside_videos_then_their_first_boxes_are_followed(
    batch: Batch, tmp_path: Path
) -> None:
    folder = tmp_path / "videos"
    made_video(folder, "street.mp4")
    made_video(folder, "square.mp4")
    (folder / "street.csv").write_text(
        "frame,id,label,x,y,w,h\n2,7,dog,10,5,20,30\n3,7,dog,11,5,20,30\n4,8,cat,1,2,9,9\n"
    )

    entries = batch.run(folder)

    assert "no box for frame 0 of square" in entries["square"].problem
    with open_project(batch.out / "projects" / "street.dlst") as made:
        assert [(track.info.label, len(track.keyframes)) for track in made.tracks] == [("dog", 1), ("cat", 1)]
        assert made.project.keyframe(1, 2).origin is BoxOrigin.IMPORTED
        assert made.project.predictions(1).frame_indices.tolist() == list(range(3, 20))


def test_run_when_all_boxes_of_a_label_file_are_taken_then_they_are_manual_ones(
    batch: Batch, tmp_path: Path, write_table: WriteTable
) -> None:
    made_video(tmp_path, "street.mp4")
    (tmp_path / "dets.csv").write_text("frame,id,label,x,y,w,h\n2,7,dog,10,5,20,30\n8,7,dog,11,5,20,30\n")
    table = write_table(["source,labels,boxes,last_frame", "street.mp4,dets.csv,all,12"])

    batch.run(table)

    with open_project(batch.out / "projects" / "street.dlst") as made:
        assert [each.frame_index for each in made.project.keyframes(1)] == [2, 8]
        assert made.project.predictions(1).frame_indices.tolist() == [*range(3, 8), *range(9, 13)]


def test_run_when_another_format_is_asked_for_then_labels_are_made_of_what_is_tracked(
    batch: Batch, clips: list[Path], tmp_path: Path
) -> None:
    before = batch.run(tmp_path / "clips")
    project = batch.out / "projects" / "clip0.dlst"
    batch.make_tracker, batch.format_name = never_tracker, "csv"
    reviewed = batch.out / "projects" / "clip2.dlst"
    reviewed.write_bytes(reviewed.read_bytes() + b" ")
    made = project.read_bytes()

    labelled = batch.run(tmp_path / "clips")

    assert len((batch.out / "labels" / "clip0.csv").read_text().splitlines()) == 13
    assert "write its labels with `dlst export`" in labelled["clip2"].problem
    assert not (batch.out / "labels" / "clip2.csv").exists()
    assert project.read_bytes() == made
    assert hashes(labelled) == hashes(before)
    for name in ("csv", "", "mot"):
        batch.format_name = name
        again = batch.run(tmp_path / "clips")
        assert [again[each].problem for each in ("clip0", "clip1")] == ["", ""]
        assert [each.name for each in batch.entries if name == "csv"] in ([], ["clip2"])
    labels = batch.out / "labels"
    assert (labels / "clip0.csv").exists()
    assert (labels / "clip0" / "gt" / "gt.txt").exists()

    batch.format_name = "otb"
    batch.run(tmp_path / "clips")

    assert (labels / "clip0" / "groundtruth_rect.txt").exists()
    assert not (labels / "clip0" / "gt").exists()
    assert all(entry.problem == "" for entry in batch.run(tmp_path / "clips").values() if entry.name != "clip2")


def test_run_when_boxes_are_wanted_in_place_after_all_then_they_come_there(
    batch: Batch, clips: list[Path], tmp_path: Path
) -> None:
    batch.data_folder = tmp_path / "data"
    batch.run(tmp_path / "clips")

    batch.run(tmp_path / "clips", is_in_place=True)

    with open_project(clips[0].with_name("clip0.dlst")) as project:
        assert len(project.project.predictions(1)) == 11


def test_run_when_images_or_true_boxes_of_a_sequence_have_changed_then_it_is_looked_at_again(
    batch: Batch, clips: list[Path], tmp_path: Path
) -> None:
    batch.run(tmp_path / "clips")
    max((clips[0] / "img").iterdir()).unlink()
    truth = clips[1] / "groundtruth_rect.txt"
    truth.write_text(truth.read_text().replace("21,41,21,21", "23,41,21,21", 1))

    entries = batch.run(tmp_path / "clips")

    assert [entries[each.stem].report["objects"][0]["frames"] for each in clips] == [10, 11, 11]
    assert sorted(entry.name for entry in batch.entries) == ["clip0", "clip1"]
    assert batch.prepared == 21


def test_run_when_an_object_comes_after_the_last_frame_then_it_is_left_out(
    batch: Batch, tmp_path: Path, write_table: WriteTable
) -> None:
    made_video(tmp_path, "street.mp4")
    (tmp_path / "dets.csv").write_text("frame,id,label,x,y,w,h\n2,7,dog,10,5,20,30\n15,8,cat,11,5,20,30\n")

    late = batch.run(write_table(["source,labels,last_frame", "street.mp4,dets.csv,1"]))
    some = batch.run(write_table(["source,labels,last_frame", "street.mp4,dets.csv,12"]))

    assert late["street"].problem.endswith("dets.csv: it has no boxes on frames 0 to 1")
    assert [each["label"] for each in some["street"].report["objects"]] == ["dog"]


def test_run_when_the_target_is_lost_on_both_sides_of_a_manual_box_then_these_are_two_spans(
    batch: Batch, tmp_path: Path, write_table: WriteTable
) -> None:
    made_video(tmp_path, "street.mp4")
    (tmp_path / "dets.csv").write_text("frame,id,label,x,y,w,h\n2,7,dog,10,5,20,30\n8,7,dog,11,5,20,30\n")
    batch.make_tracker = lost_tracker

    entries = batch.run(write_table(["source,labels,boxes,last_frame", "street.mp4,dets.csv,all,12"]))

    (dog,) = entries["street"].report["objects"]
    assert (dog["frames"], dog["found"], dog["lost_spans"]) == (9, 0, 2)


def test_run_when_a_result_is_lost_before_it_is_fetched_then_it_is_waited_for_again(
    batch: Batch, clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, lost = coordinator.Coordinator._take, set[str]()

    def losing(self: coordinator.Coordinator, heard: Sequence[Future | coordinator._Progress]) -> None:
        """As the client hears it where a worker has died that held the only copy."""
        for each in heard:
            if isinstance(each, Future) and each.key not in lost:
                lost.add(each.key)
                each._state.lose()
                batch.crew.client.loop.add_callback(batch.crew.client.loop.call_later, 0.05, each._state.finish)
        take(self, heard)

    monkeypatch.setattr(coordinator.Coordinator, "_take", losing)

    assert all(entry.is_done for entry in batch.run(tmp_path / "clips").values())
    assert len(lost) == 3


def test_run_when_a_video_is_too_long_to_be_done_at_once_then_its_boxes_are_the_same(
    batch: Batch, clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = batch.run(tmp_path / "clips")
    tasks: list[str] = []
    submit = batch.crew.client.submit

    def noting(task: Callable[..., object], *given: object, **how: object) -> Future:
        tasks.append(task.__name__)
        return submit(task, *given, **how)

    monkeypatch.setattr(batch.crew.client, "submit", noting)
    monkeypatch.setattr(coordinator, "_AT_ONCE_FRAMES", 11)

    cut = Batch(batch.crew, tmp_path / "cut").run(tmp_path / "clips")

    assert hashes(cut) == hashes(at_once)
    assert sorted(tasks) == ["assemble"] * 3 + ["begin"] * 3 + ["track"] * 3


@pytest.mark.parametrize("is_deadly", [False, True])
def test_run_when_a_worker_dies_then_its_work_is_done_again_alone_at_the_end(
    batch: Batch, clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_deadly: bool
) -> None:
    begun: list[tuple[str, int]] = []
    take, submit = coordinator.Coordinator._take, coordinator.Coordinator._submit
    deaths = iter(range(2 if is_deadly else 1))

    def noting(self: coordinator.Coordinator, video: coordinator._Video, *given: object, **how: bool) -> None:
        begun.append((video.job.name, len(self._running)))
        submit(self, video, *given, **how)

    def dying(self: coordinator.Coordinator, heard: Sequence[Future | coordinator._Progress]) -> None:
        """As the client hears of a worker that died."""
        for each in heard:
            running = self._running.get(each.key)
            is_first = isinstance(each, Future) and running is not None and running.name == "clip0"
            if is_first and next(deaths, None) is not None:
                self._on_event((0.0, {"task": each.key, "frames": 7}))
                self._on_event((0.0, {"task": each.key, "frames": 4}))
                take(self, [self._heard.get(), self._heard.get()])
                assert batch.frames in (4, 15, 26)
                each._state.set_error(KilledWorker(each.key, "tcp://127.0.0.1:1", 0), None)
        take(self, heard)

    monkeypatch.setattr(coordinator.Coordinator, "_submit", noting)
    monkeypatch.setattr(coordinator.Coordinator, "_take", dying)

    entries = batch.run(tmp_path / "clips")

    assert begun == [("clip0", 0), ("clip1", 1), ("clip2", 2), ("clip0", 0)]
    assert batch.frames == batch.prepared == 11 * (2 if is_deadly else 3)
    assert {name: entry.is_done for name, entry in entries.items()} == {
        "clip0": not is_deadly,
        "clip1": True,
        "clip2": True,
    }
    assert ("the last one with nothing else to do" in entries["clip0"].problem) == is_deadly


def test_assemble_when_a_video_is_made_then_it_is_in_the_folder_that_dask_clears_after_a_kill(
    batch: Batch, clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[Path] = []
    made = tempfile.TemporaryDirectory

    def noting(**given: Any) -> tempfile.TemporaryDirectory[str]:
        folders.append(Path(given["dir"]))
        return made(**given)

    monkeypatch.setattr(assembly.tempfile, "TemporaryDirectory", noting)

    batch.run(tmp_path / "clips")

    own = {Path(each["local_directory"]) for each in batch.crew.client.scheduler_info()["workers"].values()}
    assert len(folders) == 3
    assert set(folders) <= own


class KilledError(BaseException):
    """Ends a call without a word, as a kill does."""


def test_run_when_it_is_killed_at_any_line_then_the_next_call_ends_with_the_same(
    batch: Batch, clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "_KEPT_FROM_S", 0.0)
    whole = hashes(Batch(batch.crew, tmp_path / "whole").run(tmp_path / "clips"))
    append, written = batch._append, coordinator.write_whole
    for killed_at in range(1, 12):
        shutil.rmtree(batch.out, ignore_errors=True)
        left = iter(range(killed_at - 1))

        def dying(action: Callable[..., None], left: Iterator[int] = left) -> Callable[..., None]:
            def act(*given: object) -> None:
                if next(left, None) is None:
                    raise KilledError
                action(*given)

            return act

        monkeypatch.setattr(batch, "_append", dying(append))
        monkeypatch.setattr(coordinator, "write_whole", dying(written))
        with suppress(KilledError):
            batch.run(tmp_path / "clips")
        monkeypatch.setattr(batch, "_append", append)
        monkeypatch.setattr(coordinator, "write_whole", written)

        assert hashes(batch.run(tmp_path / "clips")) == whole
        assert not list((batch.out / "batch").glob("units/*"))


def test_run_when_a_line_of_the_ledger_cannot_be_read_then_it_stays_and_its_video_alone_is_done_again(
    batch: Batch, clips: list[Path], tmp_path: Path
) -> None:
    before = hashes(batch.run(tmp_path / "clips"))
    ledger = batch.out / "batch" / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if b'"clip1"' in line and b'"is_done": true' in line)
    lines[place] = lines[place].replace(b'"version": 1', b'"version": 2')
    ledger.write_bytes(b"".join(lines))

    assert hashes(batch.run(tmp_path / "clips")) == before

    assert [entry.name for entry in batch.entries] == ["clip1"]
    assert ledger.read_bytes().startswith(b"".join(lines))


@pytest.mark.parametrize("is_damaged", [False, True])
def test_run_when_a_unit_was_kept_then_it_is_not_tracked_again_unless_it_is_damaged(
    batch: Batch, made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_damaged: bool
) -> None:
    monkeypatch.setattr(coordinator, "_KEPT_FROM_S", 0.0)
    folder = tmp_path / "videos"
    shutil.copytree(made_once, folder)
    whole = hashes(Batch(batch.crew, tmp_path / "whole").run(folder))

    def killed(*_: object) -> None:
        raise KilledError

    monkeypatch.setattr(coordinator.Coordinator, "_assemble", killed)
    with pytest.raises(KilledError):
        batch.run(folder)
    monkeypatch.undo()
    kept = sorted((batch.out / "batch" / "units").iterdir())
    assert len(kept) == 6
    if is_damaged:
        kept[0].write_bytes(kept[0].read_bytes()[:-3])
    batch.make_tracker = falling_tracker if is_damaged else never_tracker

    assert hashes(batch.run(folder)) == whole


@pytest.mark.logs_warnings
def test_run_when_a_video_is_damaged_then_it_is_tracked_up_to_there_and_told(batch: Batch, tmp_path: Path) -> None:
    (clip,) = write_clips(tmp_path / "clips", 1)
    (clip / "img" / "0009.png").write_bytes(b"rubbish")

    (entry,) = batch.run(tmp_path / "clips").values()

    assert entry.is_done
    assert "0009.png" in entry.problem
    with open_project(batch.out / "projects" / "clip0.dlst") as made:
        assert made.project.predictions(1).frame_indices.tolist() == list(range(1, 8))
    assert batch.run(tmp_path / "clips")["clip0"].problem == entry.problem
    assert batch.entries == []
