"""`export`, `import` and `formats` on real small projects."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from dlst_gui.api import open_project
from dlst_gui.cli import main
from dlst_gui.exchange.progress import ExportCancelled
from dlst_gui.formats.format import Format
from dlst_gui.formats.registry import FORMATS, READERS, format_named
from dlst_gui.project.store import ProjectStore
from dlst_gui.video import open_source
from tests.dlst_gui.exchange.made_projects import made_project, made_video
from tests.made_videos import write_video


@pytest.fixture
def project(made_once: Path, tmp_path: Path) -> Path:
    shutil.copytree(made_once, tmp_path / "videos")
    return tmp_path / "videos/clip.mp4.dlst"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_export_when_one_project_is_given_then_writes_the_file_and_says_so(
    project: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", project, "--format", "csv", "--out", out / "labels.csv") == 0
    printed = capsys.readouterr()
    assert "19 boxes on 20 frames, read back" in printed.out
    assert "not reviewed" in printed.err
    assert (out / "labels.csv").read_text("utf-8").count("\n") == 1 + 20, "19 boxes and where the dog goes"
    assert (out / "labels.csv.export.json").is_file()


def test_export_when_choices_are_made_then_the_file_has_just_those(project: Path, out: Path) -> None:
    words = ("--every", 2, "--without", "tracked,interpolated", "--clip", "--whole-pixels")
    assert run("export", project, "--format", "csv", "--out", out / "a.csv", *words) == 0
    selection = json.loads((out / "a.csv.export.json").read_text("utf-8"))["selection"]
    assert (selection["every"], selection["tracked"], selection["interpolated"]) == (2, False, False)
    assert (selection["lost"], selection["occluded"], selection["clip_to_image"]) == (True, True, True)
    rows = (out / "a.csv").read_text("utf-8").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["0", "10", "2", "4"]
    assert rows[0].split(",")[4:8] == ["10", "6", "20", "30"]


@pytest.mark.parametrize(("frames", "count"), [("all", 19), ("keyframes", 4), ("reviewed", 7)])
def test_export_when_frames_are_chosen_then_counts_are_theirs(
    frames: str, count: int, project: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", project, "--format", "mot", "--out", out, "--frames", frames, "--json") == 0
    (exported,) = json.loads(capsys.readouterr().out)["exported"]
    assert exported["boxes"] == count


def test_export_when_images_and_video_are_wanted_then_they_lie_beside(project: Path, out: Path) -> None:
    words = ("--images", "jpeg", "--quality", 80, "--video", "--trail", 3, "--every", 4)
    assert run("export", project, "--format", "coco", "--out", out / "c.json", *words) == 0
    assert sorted(path.name for path in out.iterdir()) == ["c-boxes.mp4", "c.json", "c.json.export.json", "images"]
    assert len(list((out / "images").iterdir())) == 5


def test_export_when_only_a_video_is_wanted_then_it_is_all_that_is_written(
    project: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", project, "--video", "--out", out / "dog.mp4", "--every", 4, "--json") == 0
    (exported,) = json.loads(capsys.readouterr().out)["exported"]
    assert exported == {"project": str(project), "target": str(out / "dog.mp4"), "video": str(out / "dog.mp4")}
    assert [path.name for path in out.iterdir()] == ["dog.mp4"]
    with open_source(out / "dog.mp4") as made:
        assert made.frame_count == 5


def test_export_when_only_videos_of_a_folder_are_wanted_then_each_has_a_name_of_its_own(
    project: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_project(project.parent, "zebra.mp4")
    assert run("export", project.parent, "--video", "--out", out) == 0
    assert sorted(path.name for path in out.iterdir()) == ["clip-boxes.mp4", "zebra-boxes.mp4"]
    assert f"{out / 'zebra-boxes.mp4'}: the video with boxes" in capsys.readouterr().out


def test_export_when_a_folder_is_given_then_every_project_of_it_and_one_failing_stops_none(
    project: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made_project(project.parent, "zebra.mp4")
    project.with_name("broken.mp4.dlst").write_bytes(b"no project")
    assert run("export", project.parent, "--format", "voc", "--out", out, "--json") == 3
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert [Path(each["target"]).name for each in answer["exported"]] == ["clip", "zebra"]
    assert [Path(each["project"]).name for each in answer["failed"]] == ["broken.mp4.dlst"]
    assert "broken.mp4.dlst" in printed.err


def test_export_when_projects_have_one_name_then_each_gets_a_file_of_its_own(
    project: Path, tmp_path: Path, out: Path
) -> None:
    other = made_project(tmp_path / "second")
    assert run("export", project, other, project, "--format", "csv", "--out", out) == 0
    assert sorted(path.name for path in out.glob("*.csv")) == ["clip-2.csv", "clip.csv"]


@pytest.mark.logs_warnings
def test_export_when_the_program_is_at_fault_in_a_batch_then_the_others_are_done_and_the_status_is_1(
    project: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = made_project(tmp_path / "second", "zebra.mp4")
    real = open_project

    def opening(path: Path, *, video: Path | None = None):
        if path == project:
            raise ZeroDivisionError("a fault")
        return real(path, video=video)

    monkeypatch.setattr("dlst_gui.commands.export.run.open_project", opening)
    assert run("export", project, other, "--format", "csv", "--out", out) == 1
    assert (out / "zebra.csv").is_file()
    assert "ZeroDivisionError: a fault" in capsys.readouterr().err


def test_export_when_interrupted_then_the_status_is_130_and_nothing_more_is_written(
    project: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = made_project(tmp_path / "second", "zebra.mp4")

    def cancelled(*_arguments: object) -> None:
        raise ExportCancelled("cancelled")

    monkeypatch.setattr("dlst_gui.commands.export.run.export", cancelled)
    assert run("export", project, other, "--format", "csv", "--out", out) == 130
    assert not out.exists()


def test_export_when_a_window_has_the_project_open_then_works(project: Path, out: Path) -> None:
    with ProjectStore.open(project):
        assert run("export", project, "--format", "csv", "--out", out / "a.csv") == 0


def test_export_when_the_video_was_moved_then_source_says_where_it_is(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = made_project(tmp_path / "own")
    moved = shutil.move(project.with_name("clip.mp4"), tmp_path / "moved.mp4")
    words = ("export", project, "--format", "csv", "--out", out / "a.csv")
    assert run(*words) == 2
    assert "say where it is" in capsys.readouterr().err
    assert run(*words, "--source", moved) == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("videos/clip.mp4.dlst", "--format", "word", "--out", "a"), "expected one of csv, jsonl"),
        (("videos/none.mp4.dlst", "--format", "csv", "--out", "a.csv"), "no such file"),
        (("videos/clip.mp4", "--format", "csv", "--out", "a.csv"), "expected a project"),
        (("empty", "--format", "csv", "--out", "a"), "no project"),
        (("videos", "--format", "csv", "--out", "a", "--source", "x.mp4"), "--source is for a single project"),
        (("videos/clip.mp4.dlst", "--format", "csv", "--out", "a", "--without", "seen"), "unknown 'seen'"),
        (("videos/clip.mp4.dlst", "--format", "csv", "--out", "a", "--quality", "0"), "1 to 100"),
        (("videos/clip.mp4.dlst", "--format", "csv", "--out", "a", "--images", "png"), "cannot include images"),
        (("videos/clip.mp4.dlst", "--out", "a"), "give --format, --video or both"),
        (("videos/clip.mp4.dlst", "--out", "a.mp4", "--video", "--images", "png"), "--images applies to labels"),
        (("videos/clip.mp4.dlst", "--out", "a", "--video"), "must end in .mp4"),
        (("videos/clip.mp4.dlst", "--format", "csv", "--out", ".", "--video"), "is a folder, but"),
    ],
)
def test_export_when_the_input_is_bad_then_one_line_says_so_and_the_status_is_2(
    words: tuple[str, ...],
    problem: str,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(project.parents[1])
    Path("empty").mkdir()
    assert run("export", *words) == 2
    assert problem in capsys.readouterr().err
    assert not list(Path().glob("a*"))


def test_import_when_an_exported_file_is_given_then_another_video_has_its_labels(
    project: Path, tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = made_video(tmp_path / "second")
    assert run("export", project, "--format", "cvat", "--out", out / "a.xml") == 0
    capsys.readouterr()
    assert run("import", out / "a.xml", "--video", video, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["tracks"], answer["boxes"]) == (2, 19)
    with open_project(answer["project"]) as imported:
        assert [track.label for track in imported.tracks] == ["dog", "cat"]


def test_import_when_a_project_is_named_then_it_is_made_there_and_later_extended(
    project: Path, tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("export", project, "--format", "darklabel", "--out", out / "a.csv")
    words = ("import", out / "a.csv", "--format", "darklabel", "--video", project.with_name("clip.mp4"))
    for more in ((), ("--again",)):
        assert run(*words, "--project", tmp_path / "own.dlst", "--as", "predictions", *more) == 0
    assert "one Undo takes them back" in capsys.readouterr().out
    with open_project(tmp_path / "own.dlst", video=project.with_name("clip.mp4")) as own:
        assert len(own.tracks) == 4
        assert not any(each.source.is_human for track in own.tracks for each in track.columns)


def test_import_when_all_objects_are_there_already_then_says_so_and_how_to_add_them(
    project: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("export", project, "--format", "csv", "--out", out / "a.csv")
    capsys.readouterr()
    assert run("import", out / "a.csv", "--video", project.with_name("clip.mp4"), "--json") == 0
    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert (answer["tracks"], answer["boxes"], answer["already_there"]) == (0, 0, 2)
    assert "All 2 objects of the file are already in the project, box for box, and skipped." in said.err
    assert "--again" in said.err
    assert run("import", out / "a.csv", "--video", project.with_name("clip.mp4")) == 0
    assert "nothing was imported" in capsys.readouterr().out


def test_import_when_the_file_is_wrong_then_one_line_names_file_and_line(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("frame,x,y,width,height\n0,1,2,3,nan\n", "utf-8")
    assert run("import", wrong, "--video", project.with_name("clip.mp4")) == 2
    printed = capsys.readouterr().err
    assert "wrong.csv, line 2" in printed
    assert printed.count("\n") == 1


def test_export_when_keyframes_are_asked_of_a_format_without_them_then_says_so(
    project: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--out", out / "a", "--keyframes-within", "2")
    assert run("export", project, "--format", "yolo", *words) == 2
    assert "--keyframes-within applies to formats of keyframes, and yolo has none" in capsys.readouterr().err
    assert (
        run("export", project, "--format", "label-studio", "--out", out / "a.json", "--keyframes-within", "2") == 0
    )


def test_formats_when_asked_for_then_every_convention_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("formats") == 0
    printed = " ".join(capsys.readouterr().out.split())
    for label_format in READERS:
        assert label_format.title in printed
        assert label_format.convention.words() in printed


def test_formats_when_asked_for_as_json_then_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("formats", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["formats"]
    assert [each["name"] for each in listed] == [each.name for each in READERS]
    assert [each["name"] for each in listed if each["is_written"]] == [each.name for each in FORMATS]
    yolo = next(each for each in listed if each["name"] == "yolo")
    assert yolo["convention"] == format_named("yolo").convention.words()
    assert yolo["is_folder"]
    assert yolo["holds"]["identity"] == "single boxes"


def test_export_and_import_when_the_video_is_cut_off_then_both_say_so(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"movflags": "faststart"}
    whole = write_video(tmp_path / "whole.mp4", options={"g": "12"}, container_options=options)
    video = tmp_path / "cut.mp4"
    video.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    labels = tmp_path / "labels.csv"
    labels.write_text("frame,x,y,width,height\n0,1,2,10,20\n", "utf-8")
    assert run("import", labels, "--video", video) == 0
    assert "damaged: frames 0.." in capsys.readouterr().err
    assert run("export", f"{video}.dlst", "--format", "csv", "--out", out / "a.csv") == 0
    assert "damaged: frames 0.." in capsys.readouterr().err


@pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
def test_export_when_names_hold_bytes_that_are_no_text_then_it_is_written_and_can_be_replaced(
    label_format: Format, project: Path, out: Path
) -> None:
    name = os.fsdecode(b"caf\xe9")
    folder = project.parent / name
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes only text as names")
    video = (project.parent / "clip.mp4").rename(folder / f"{name}.mp4")
    target = out / f"{name}{label_format.suffix}"
    words = ("export", project, "--source", video, "--format", label_format.name, "--out", target)
    assert [run(*words, *(("--images", "jpeg") if label_format.wants_images else ())) for _ in range(2)] == [0, 0]


def test_import_when_the_videos_name_holds_bytes_that_are_no_text_then_it_is_found_and_salvaged_again(
    tmp_path: Path, out: Path
) -> None:
    video = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    try:
        video.touch()
    except OSError:
        pytest.skip("this file system takes only text as names")
    made_video(tmp_path, "a.mp4").replace(video)
    labels = tmp_path / "labels.csv"
    labels.write_text("frame,x,y,width,height\n0,1,2,10,20\n", "utf-8")
    assert run("import", labels, "--video", video) == 0
    project = tmp_path / f"{video.name}.dlst"
    with open_project(project) as opened:
        assert opened.project.video.path == str(video)
    assert run("salvage", project, "--out", tmp_path / os.fsdecode(b"r\xe9.dlst")) == 0
    assert run("export", tmp_path / os.fsdecode(b"r\xe9.dlst"), "--format", "csv", "--out", out / "a.csv") == 0
