"""What may be replaced: what this program has made, and else only what a user says; never inputs or projects."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from dlst_gui.api import ImageChoice, ImageKind, SavedProject, Selection, import_labels, open_project
from dlst_gui.exchange import targets
from dlst_gui.exchange.errors import ExportError, ForeignFileError, TargetError
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.targets import check_copy, check_export, check_file, is_project
from dlst_gui.formats.registry import FORMATS, format_named
from dlst_gui.project.placement import project_path_for
from tests.dlst_gui.exchange.made_projects import tree
from tests.made_videos import painted_frame


@pytest.mark.parametrize("label_format", FORMATS, ids=lambda each: each.name)
def test_export_when_made_again_with_the_same_name_then_it_is_replaced(
    label_format: object, project: SavedProject, out: Path
) -> None:
    images = ImageChoice() if label_format.wants_images else None
    target = out / f"labels{label_format.suffix}"
    for every in (5, 10):
        report = project.export(label_format.name, target, Selection(every=every), images=images)
    assert report.frame_count == 2


@pytest.mark.parametrize("name", ["a.csv", "a.csv.export.json", "images/clip_000000.png"])
def test_export_when_a_file_of_somebody_else_has_a_name_then_only_force_replaces_it(
    name: str, project: SavedProject, out: Path
) -> None:
    label_format, images = ("coco", ImageChoice()) if name.startswith("images") else ("csv", None)
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text('{"mine": true}', "utf-8")
    before = tree(out)
    with pytest.raises(ForeignFileError, match="allow to replace it"):
        project.export(label_format, out / "a.csv", Selection(), images=images)
    assert tree(out) == before
    project.export(label_format, out / "a.csv", Selection(), images=images, force=True)
    assert b"mine" not in b"".join(tree(out).values())


def test_export_when_a_person_has_changed_the_file_since_then_it_is_theirs(
    project: SavedProject, out: Path
) -> None:
    project.export("csv", out / "a.csv")
    with (out / "a.csv").open("a", encoding="utf-8") as file:
        file.write("# checked\n")
    with pytest.raises(ForeignFileError, match=r"a\.csv"):
        project.export("csv", out / "a.csv")
    project.export("yolo", out / "set")
    (changed,) = (out / "set/labels").rglob("*000004.txt")
    changed.write_text("0 0.5 0.5 0.1 0.1\n", "utf-8")
    with pytest.raises(ForeignFileError, match=changed.name):
        project.export("yolo", out / "set")
    project.export("yolo", out / "set", force=True)
    project.export("yolo", out / "set")


@pytest.mark.parametrize(("label_format", "name"), [("yolo", "set"), ("mot", "set"), ("csv", "set.csv")])
def test_export_when_it_was_renamed_together_with_its_receipt_then_it_is_still_known(
    project: SavedProject, out: Path, label_format: str, name: str
) -> None:
    project.export(label_format, out / name)
    for path in (name, f"{name}.export.json"):
        (out / path).rename(out / f"new-{path}")
    project.export(label_format, out / f"new-{name}")
    if (out / f"new-{name}").is_dir():
        (out / f"new-{name}/notes.md").write_text("mine", "utf-8")
        with pytest.raises(TargetError, match=r"notes\.md"):
            project.export(label_format, out / f"new-{name}")


def test_export_when_a_renamed_folder_was_changed_then_it_is_a_persons(project: SavedProject, out: Path) -> None:
    project.export("yolo", out / "set")
    for path in ("set", "set.export.json"):
        (out / path).rename(out / f"new-{path}")
    (changed,) = (out / "new-set/labels").rglob("*000004.txt")
    changed.write_text("0 0.5 0.5 0.1 0.1\n", "utf-8")
    with pytest.raises(ForeignFileError, match=changed.name):
        project.export("yolo", out / "new-set")


def test_export_when_a_folder_holds_a_strangers_file_then_force_does_not_help(
    project: SavedProject, out: Path
) -> None:
    project.export("yolo", out / "set")
    (out / "set/notes.md").write_text("mine", "utf-8")
    with pytest.raises(TargetError, match=r"notes\.md"):
        project.export("yolo", out / "set", force=True)
    assert (out / "set/notes.md").read_text("utf-8") == "mine"


def test_export_when_an_empty_file_or_folder_is_there_then_nothing_is_lost(
    project: SavedProject, out: Path
) -> None:
    (out / "a.csv").touch()
    (out / "set").mkdir()
    assert project.export("csv", out / "a.csv").comparison.box_count
    assert project.export("yolo", out / "set").comparison.box_count


def _never(_path: Path) -> bool:
    return False


def _always(_path: Path) -> bool:
    return True


@pytest.mark.parametrize("is_forced", [True, False])
@pytest.mark.parametrize(
    "name",
    ["clip.mp4", "clip.mp4.dlst", "other.dlst", "renamed.sqlite", "clip.mp4.dlst-wal", "clip.mp4.dlst.lock"],
)
def test_target_when_it_is_a_project_or_its_video_then_nothing_helps(
    name: str, is_forced: bool, project_path: Path
) -> None:
    folder = project_path.parent
    shutil.copy(project_path, folder / "renamed.sqlite")
    for beside in ("clip.mp4.dlst-wal", "clip.mp4.dlst.lock"):
        (folder / beside).touch()
    with pytest.raises(TargetError, match="a project or its video"):
        check_file(folder / name, is_made=_always, is_forced=is_forced)
    link = folder / "link.csv"
    link.symlink_to(name)
    with pytest.raises(TargetError, match="a project or its video"):
        check_export(ExportPlan(format_named("csv"), link, is_forced=is_forced))


def test_target_when_the_videos_project_is_in_the_data_folder_then_it_is_its_video_all_the_same(
    project_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "projects_folder", lambda: tmp_path / "data")
    video = project_path.with_name("clip.mp4")
    place = project_path_for(video, tmp_path / "data", may_be_beside=False)
    place.parent.mkdir()
    project_path.rename(place)
    with pytest.raises(TargetError, match="a project or its video"):
        check_file(video, is_made=_never, is_forced=True)


@pytest.mark.parametrize("is_forced", [True, False])
def test_target_when_it_is_read_by_the_same_call_then_nothing_helps(is_forced: bool, tmp_path: Path) -> None:
    video, images = tmp_path / "clip.mp4", tmp_path / "images"
    video.write_text("video", "utf-8")
    images.mkdir()
    (images / "0001.jpg").write_text("image", "utf-8")
    os.link(video, tmp_path / "second-name.mp4")
    (tmp_path / "link.mp4").symlink_to("clip.mp4")
    for target in (video, tmp_path / "second-name.mp4", tmp_path / "link.mp4", images / "0001.jpg"):
        with pytest.raises(TargetError, match="read by the same call"):
            check_file(target, inputs=[video, images], is_made=_never, is_forced=is_forced)
    with pytest.raises(TargetError, match="is a folder"):
        check_file(images, inputs=[images], is_made=_never, is_forced=is_forced)
    for folder in (images, tmp_path):
        plan = ExportPlan(format_named("yolo"), folder, is_forced=is_forced)
        with pytest.raises(TargetError, match="read by the same call"):
            check_export(plan, [images])


def test_target_when_an_earlier_output_lies_among_the_images_that_are_read_then_it_may_be_replaced(
    tmp_path: Path,
) -> None:
    (tmp_path / "trace.jsonl").write_text("ours", "utf-8")
    check_file(tmp_path / "trace.jsonl", inputs=[tmp_path], is_made=_always)


@pytest.mark.parametrize(
    ("check", "longest"),
    [
        (lambda path: check_file(path, is_made=_never), 255),
        (lambda path: check_export(ExportPlan(format_named("csv"), path)), 255 - len(".export.json")),
    ],
    ids=["a file", "a file with a receipt"],
)
def test_target_when_its_name_is_too_long_then_that_is_said_at_once(
    check: Callable[[Path], None], longest: int, tmp_path: Path
) -> None:
    check(tmp_path / ("ä" * (longest // 2) + "a" * (longest % 2)))
    with pytest.raises(TargetError, match="1 bytes too long"):
        check(tmp_path / ("ä" * (longest // 2) + "a" * (longest % 2 + 1)))


def test_export_when_the_name_is_a_link_in_a_circle_then_that_is_said(project: SavedProject, out: Path) -> None:
    (out / "a.csv").symlink_to("b.csv")
    (out / "b.csv").symlink_to("a.csv")
    with pytest.raises(ExportError, match=r"a\.csv: cannot be written"):
        project.export("csv", out / "a.csv")


@pytest.mark.parametrize("name", [".", "/"])
def test_export_when_the_target_has_no_name_then_one_is_asked_for(name: str, project: SavedProject) -> None:
    with pytest.raises(TargetError, match="expected the name"):
        project.export("yolo", name)


def test_export_when_the_name_is_as_long_as_can_be_then_it_is_written(project: SavedProject, out: Path) -> None:
    report = project.export("csv", out / ("a" * 243))
    assert sorted(path.name for path in out.iterdir()) == [report.target.name, report.receipt.name]


def test_export_when_the_name_is_a_link_then_what_it_leads_to_is_replaced_and_has_the_receipt(
    project: SavedProject, out: Path
) -> None:
    (out / "there").mkdir()
    for name in ("labels.csv", "set"):
        (out / name).symlink_to(f"there/{name}")
        for every in (1, 5):
            report = project.export("csv" if name == "labels.csv" else "yolo", out / name, Selection(every=every))
        assert (out / name).is_symlink()
        assert report.target == out / "there" / name
        assert report.receipt.is_file()
    assert sorted(path.name for path in (out / "there").iterdir()) == [
        *("labels.csv", "labels.csv.export.json", "set", "set.export.json")
    ]


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"SQLite format 3\0" + bytes(84), b"text"])
def test_is_project_when_a_file_is_something_else_then_it_is_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(content)
    assert not is_project(tmp_path / "a.db")
    assert not is_project(tmp_path / "nothing.csv")


def test_copy_when_a_project_is_there_then_is_refused_and_other_files_are_the_dialogs_matter(
    project_path: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.bin").write_text("no project", "utf-8")
    check_copy(tmp_path / "mine.bin")
    check_copy(tmp_path / "new.dlst")
    for taken in (project_path, project_path.with_name("clip.mp4")):
        with pytest.raises(TargetError, match="a project or its video"):
            check_copy(taken)


def test_receipt_when_it_lists_names_that_lead_elsewhere_then_they_are_not_looked_at(
    project: SavedProject, out: Path
) -> None:
    project.export("yolo", out / "set")
    receipt = json.loads((out / "set.export.json").read_text("utf-8"))
    receipt["files"].append({"path": "set/../../project/clip.mp4", "sha256": "0"})
    (out / "set.export.json").write_text(json.dumps(receipt), "utf-8")
    assert project.export("yolo", out / "set").comparison.box_count


@pytest.mark.parametrize("kind", [ImageKind.PNG, ImageKind.JPEG])
def test_export_when_its_images_would_lie_among_those_that_are_read_then_says_where_to_write(
    kind: ImageKind, tmp_path: Path
) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in range(3):
        Image.fromarray(painted_frame(number)).save(images / f"{number}.png")
    (tmp_path / "boxes.csv").write_text("frame,x,y,w,h\n0,1,2,10,20\n", "utf-8")
    report = import_labels(tmp_path / "boxes.csv", images)
    assert report.project is not None
    before = sorted(images.iterdir())
    with open_project(report.project) as project:
        with pytest.raises(TargetError, match=r"read by the same call.*such as out/labels\.json"):
            project.export("coco", tmp_path / "boxes.json", images=ImageChoice(kind), force=True)
        assert sorted(images.iterdir()) == before
        project.export("coco", tmp_path / "out" / "boxes.json", images=ImageChoice(kind))
    assert len(list((tmp_path / "out" / "images").iterdir())) == 3
