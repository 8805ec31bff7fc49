from pathlib import Path

import pytest

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.sequence_runs.sequences import find_sequences, read_sequence
from tests.dlst_gui.commands.command_fakes import write_sequence, write_truth
from tests.fakes import SyntheticVideo
from tracker_core import Box

VIDEO = SyntheticVideo(frame_count=8)


def several_targets(folder: Path) -> Path:
    write_sequence(folder, VIDEO, has_truth=False)
    for number in (1, 2):
        shifted = SyntheticVideo(frame_count=8, speed=number)
        write_truth(folder / f"groundtruth_rect.{number}.txt", shifted, range(8))
    return folder


def test_find_when_given_a_folder_of_sequences_then_finds_all_in_order(tmp_path: Path) -> None:
    for name in ("B", "A"):
        write_sequence(tmp_path / name, VIDEO)
    (tmp_path / "notes").mkdir()
    assert [sequence.name for sequence in find_sequences([tmp_path], None).sequences] == ["A", "B"]


def test_find_when_given_a_sequence_then_it_is_one(tmp_path: Path) -> None:
    (sequence,) = find_sequences([write_sequence(tmp_path / "A", VIDEO)], None).sequences
    assert (sequence.first_frame, sequence.last_frame, sequence.frame_count) == (0, 7, 8)
    assert sequence.ground_truth == tuple(VIDEO.box(index) for index in range(8))


def test_find_when_names_are_given_then_in_their_order_whatever_the_case(tmp_path: Path) -> None:
    for name in ("A", "B", "C"):
        write_sequence(tmp_path / name, VIDEO)
    assert [sequence.name for sequence in find_sequences([tmp_path], ["c", "A"]).sequences] == ["C", "A"]


def test_find_when_a_name_is_not_there_then_lists_those_that_are(tmp_path: Path) -> None:
    write_sequence(tmp_path / "A", VIDEO)
    with pytest.raises(CommandError, match="no sequence is named Z; there are A"):
        find_sequences([tmp_path], ["Z"])


def test_find_when_a_name_is_there_twice_then_says_so(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_sequence(tmp_path / folder / "A", VIDEO)
    with pytest.raises(CommandError, match="named A was found before"):
        find_sequences([tmp_path / "one", tmp_path / "two"], None)


def test_find_when_one_of_several_cannot_be_read_then_the_others_are_found(tmp_path: Path) -> None:
    for name in "AB":
        write_sequence(tmp_path / name, VIDEO)
    (tmp_path / "A" / "groundtruth_rect.txt").write_text("0,0,0,0\n1,1,2,2\n")
    found = find_sequences([tmp_path], ["A", "B"])
    assert [sequence.name for sequence in found.sequences] == ["B"]
    assert [(unread.name, "no box for its first frame" in unread.reason) for unread in found.unreadable] == [
        ("A", True)
    ]
    with pytest.raises(CommandError, match="no box for its first frame"):
        find_sequences([tmp_path], ["A"])


def test_find_when_there_is_no_sequence_then_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds no sequence"):
        find_sequences([tmp_path], None)
    with pytest.raises(CommandError, match="is not a folder"):
        find_sequences([tmp_path / "gone"], None)


def test_read_when_a_folder_has_two_targets_then_each_is_a_sequence(tmp_path: Path) -> None:
    first, second = read_sequence(several_targets(tmp_path / "Jogging"))
    assert (first.name, second.name) == ("Jogging-1", "Jogging-2")
    assert second.ground_truth[3] == SyntheticVideo(speed=2).box(3)
    assert [sequence.name for sequence in find_sequences([tmp_path], ["jogging-2"]).sequences] == ["Jogging-2"]
    assert len(find_sequences([tmp_path], ["Jogging"]).sequences) == 2


def test_read_when_human4_then_the_second_target_is_meant(tmp_path: Path) -> None:
    (sequence,) = read_sequence(several_targets(tmp_path / "Human4"))
    assert (sequence.name, sequence.ground_truth[3]) == ("Human4", SyntheticVideo(speed=2).box(3))


def test_read_when_tiger1_then_starts_at_row_6(tmp_path: Path) -> None:
    (sequence,) = read_sequence(write_sequence(tmp_path / "Tiger1", VIDEO))
    assert (sequence.first_frame, sequence.last_frame) == (5, 7)
    assert sequence.first_box == VIDEO.box(5)


def test_read_when_rows_are_fewer_than_images_then_only_they_are_evaluated(tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "Diving", VIDEO)
    write_truth(folder / "groundtruth_rect.txt", VIDEO, range(6))
    (sequence,) = read_sequence(folder)
    assert (sequence.frame_count, sequence.last_frame) == (6, 5)


def test_read_when_rows_are_more_than_images_then_the_surplus_is_dropped(tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "Board", VIDEO)
    write_truth(folder / "groundtruth_rect.txt", VIDEO, range(9))
    assert read_sequence(folder)[0].frame_count == 8


def test_read_when_the_last_rows_are_no_boxes_then_they_count_all_the_same(tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "Gone", VIDEO)
    truth = folder / "groundtruth_rect.txt"
    truth.write_text("\n".join([*truth.read_text().splitlines()[:6], "0,0,0,0", "NaN,NaN,NaN,NaN"]))
    (sequence,) = read_sequence(folder)
    assert sequence.frame_count == 8
    assert sequence.ground_truth[6:] == (None, None)


def test_read_when_the_first_row_is_no_box_then_says_so(tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "A", VIDEO)
    (folder / "groundtruth_rect.txt").write_text("0,0,0,0\n1,1,5,5\n")
    with pytest.raises(CommandError, match="the ground truth of A has no box for its first frame, 0"):
        read_sequence(folder)


@pytest.mark.data
def test_find_when_the_sequences_are_real_then_each_has_a_box_per_frame(sequences: Path) -> None:
    found = {sequence.name: sequence for sequence in find_sequences([sequences], None).sequences}
    assert len(found) == 11
    assert (found["Deer"].frame_count, found["Girl"].frame_count) == (71, 500)
    assert found["Deer"].first_box == Box(305, 4, 95, 65)
    assert all(box is not None for box in found["vot15_bag"].ground_truth)


def test_find_when_the_folder_is_uav123_then_sequences_that_share_images_start_where_it_says(
    tmp_path: Path,
) -> None:
    images = write_sequence(tmp_path / "data_seq" / "UAV123" / "car16", VIDEO, has_truth=False)
    for image in (images / "img").iterdir():
        image.rename(images / image.name)
    (images / "img").rmdir()
    annotations = tmp_path / "anno" / "UAV123"
    annotations.mkdir(parents=True)
    (annotations / "car16_1.txt").write_text("11,21,30,40\n12,22,30,40\nNaN,NaN,NaN,NaN\n")
    (found,) = find_sequences([tmp_path], None).sequences
    assert (found.name, found.path, found.first_frame, found.frame_count) == ("car16_1", images, 0, 3)
    assert found.ground_truth == (Box(10, 20, 30, 40), Box(11, 21, 30, 40), None)
    (annotations / "car16_2.txt").write_text("11,21,30,40\n")
    # It starts with image 415, which is not there.
    assert [unread.name for unread in find_sequences([tmp_path], None).unreadable] == ["car16_2"]
    assert len(find_sequences([tmp_path], ["car16_1"]).sequences) == 1


def test_find_when_the_folder_is_uav123_and_uav20l_then_asks_for_one_of_their_lists(tmp_path: Path) -> None:
    images = write_sequence(tmp_path / "data_seq" / "UAV123" / "bike1", VIDEO, has_truth=False)
    for image in (images / "img").iterdir():
        image.rename(images / image.name)
    (images / "img").rmdir()
    lists = [tmp_path / "anno" / name for name in ("UAV123", "UAV20L")]
    for number, annotations in enumerate(lists, start=1):
        annotations.mkdir(parents=True)
        (annotations / "bike1.txt").write_text("11,21,30,40\n" * number)
    with pytest.raises(CommandError, match=r"two benchmarks; give .*UAV123 or .*UAV20L"):
        find_sequences([tmp_path], None)
    assert [find_sequences([each], None).sequences[0].frame_count for each in lists] == [1, 2]


def test_find_when_the_folder_is_nfs_then_every_eighth_row_is_a_frame(tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "gymnastics" / "30" / "gymnastics", VIDEO, has_truth=False)
    for image in (folder / "img").iterdir():
        image.rename(folder / image.name)
    (folder / "img").rmdir()
    rows = [f'0 {10 + i} 20 {40 + i} 60 {i} {int(i == 8)} 0 0 "gymnast"' for i in range(8 * VIDEO.frame_count)]
    (tmp_path / "gymnastics" / "30" / "gymnastics.txt").write_text("\n".join(rows) + "\n")
    (found,) = find_sequences([tmp_path], ["gymnastics"]).sequences
    assert found.frame_count == VIDEO.frame_count
    assert found.ground_truth[:3] == (Box(10, 20, 30, 40), None, Box(26, 20, 30, 40))


def test_find_when_rows_are_those_of_tlp_then_frame_numbers_and_lost_frames_are_no_boxes(tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "Alladin", VIDEO, has_truth=False)
    rows = [f"{i},{10 + i},20,30,40,{int(i == 2)}" for i in range(1, VIDEO.frame_count + 1)]
    (folder / "groundtruth_rect.txt").write_text("\n".join(rows) + "\n")
    (found,) = find_sequences([folder], None).sequences
    assert found.ground_truth[:3] == (Box(10, 19, 30, 40), None, Box(12, 19, 30, 40))
