from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tracker_core import Box
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.pretraining.pictures import Pictures, read_pictures


@pytest.fixture
def folder(picture_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(picture_folder, tmp_path / "pictures"))


def test_read_pictures_when_photographs_and_a_clip_then_both_are_read_with_groups_and_boxes(
    pictures: Pictures,
) -> None:
    assert [photograph.group for photograph in pictures.photographs] == ["group0"] * 4 + ["group1"] * 4
    assert [clip.name for clip in pictures.clips] == ["square"]
    assert [moment.box for moment in pictures.clips[0].moments] == [Box(20 + 8 * n, 30, 40, 30) for n in range(4)]
    assert tuple(pictures.clips[0].moments[0].pixels[40, 30]) == (90, 250, 40)  # RGB; OpenCV wrote BGR


def test_read_pictures_when_larger_than_wanted_then_made_smaller_with_their_masks(folder: Path) -> None:
    read = read_pictures([folder], longest_side=64)
    assert {photograph.pixels.shape for photograph in read.photographs} == {(48, 64, 3)}
    assert read.clips[0].moments[0].box == Box(10, 15, 20, 15)


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\ncut off"], ids=["empty", "text", "cut"]
)
def test_read_pictures_when_one_is_broken_then_it_is_left_out_with_a_note(folder: Path, content: bytes) -> None:
    (folder / "group0" / "broken.png").write_bytes(content)
    notes: list[str] = []
    read = read_pictures([folder], longest_side=512, note=notes.append)
    assert len(read.photographs) == 8
    assert len(notes) == 1
    assert "broken.png" in notes[0]


@pytest.mark.parametrize("name", ["libby", "davis_dog", "scooter-black", "Biker", "vot15_bag", "uav_wakeboard7"])
def test_read_pictures_when_a_clip_is_one_of_the_evaluations_then_refused(folder: Path, name: str) -> None:
    (folder / "square").rename(folder / name)
    with pytest.raises(PretrainingError, match=f"{name}.*judged"):
        read_pictures([folder], longest_side=512)


def test_read_pictures_when_a_folder_has_ground_truth_then_refused(folder: Path) -> None:
    (folder / "group1" / "groundtruth_rect.txt").write_text("1,1,9,9\n")
    with pytest.raises(PretrainingError, match=r"group1.*ground truth"):
        read_pictures([folder], longest_side=512)


def test_read_pictures_when_too_few_or_missing_then_says_what_was_found(folder: Path) -> None:
    with pytest.raises(PretrainingError, match=r"at least 4 photographs.*got 0"):
        read_pictures([folder / "square"], longest_side=512)  # a clip itself: its frames are no photographs
    with pytest.raises(PretrainingError, match="nowhere"):
        read_pictures([folder / "nowhere"], longest_side=512)


def test_split_when_every_third_is_held_out_then_no_photograph_is_in_both(pictures: Pictures) -> None:
    trained_on, held_out = pictures.split(3)
    assert len(held_out.photographs) == 3
    assert {id(photo) for photo in trained_on.photographs}.isdisjoint(map(id, held_out.photographs))
    assert len(trained_on.photographs) == 5
    assert held_out.clips == ()
