"""Every file of the collection of easy and broken videos, and the real sequences."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from dlst_gui.video import VideoError, open_source

pytestmark = pytest.mark.data

SOUND_AND_CUT_FILES = {
    # frames that decode, width and height as shown
    "decord/flipping_a_pancake.mkv": (310, 426, 240),
    "decord/unordered.mov": (4, 50, 50),
    "decord/video_0.mov": (3, 568, 320),
    "decord/video_180.mov": (3, 568, 320),
    "decord/video_270.mov": (3, 320, 568),
    "decord/video_90.mov": (3, 320, 568),
    "derived/truncated60_car-detection.mp4": (220, 768, 432),
    "derived/truncated60_walk.mkv": (49, 640, 480),
    "imageio/cockatoo_yuv420.mp4": (280, 1280, 720),
    "imageio/imageio_issue245.gif": (1, 30, 24),
    "imageio/newtonscradle.gif": (36, 200, 150),
    "imageio/realshort.mp4": (36, 320, 240),
    "intel-sample-videos/bottle-detection.mp4": (1189, 640, 360),
    "intel-sample-videos/brother.mkv": (65, 640, 480),
    "intel-sample-videos/car-detection.mp4": (377, 768, 432),
    "intel-sample-videos/one-by-one-person-detection.mp4": (1394, 768, 432),
    "intel-sample-videos/sister.mkv": (87, 640, 480),
    "intel-sample-videos/walk.mkv": (89, 640, 480),
    "openlabeling/people_walking.mp4": (795, 360, 270),
    "opentrackers/oneperson.mp4": (442, 620, 370),
    "segtrack2/bird_of_paradise.mp4": (98, 640, 360),
    "segtrack2/bmx.mp4": (36, 640, 360),
    "segtrack2/frog.mp4": (279, 480, 264),
    "segtrack2/girl.mp4": (21, 400, 320),
    "segtrack2/hummingbird.mp4": (29, 640, 360),
    "segtrack2/monkey.mp4": (31, 480, 270),
    "segtrack2/monkeydog.mp4": (71, 320, 240),
    "segtrack2/parachute.mp4": (51, 414, 352),
    "segtrack2/soldier.mp4": (32, 528, 224),
    "segtrack2/worm.mp4": (243, 480, 264),
    "torchcodec/animated.gif": (4, 64, 48),
    "torchcodec/av1_video.mkv": (125, 640, 360),
    "torchcodec/bt2020_10bit.mp4": (60, 320, 240),
    "torchcodec/bt2020_limited_range.mp4": (30, 320, 240),
    "torchcodec/bt601_full_range.mp4": (60, 320, 240),
    "torchcodec/bt601_limited_range.mp4": (60, 320, 240),
    "torchcodec/bt709_full_range.mp4": (30, 1280, 720),
    "torchcodec/discard_first_keyframe.mp4": (25, 64, 64),
    "torchcodec/frame_exceeds_screen.gif": (1, 4, 4),
    "torchcodec/full_range_709.mp4": (30, 1280, 720),
    "torchcodec/gradient.gif": (1, 1280, 720),
    "torchcodec/h264_10bits.mp4": (30, 200, 200),
    "torchcodec/h265_10bits.mp4": (30, 200, 200),
    "torchcodec/h265_video.mp4": (10, 128, 128),
    "torchcodec/nasa_13013.mp4": (390, 480, 270),
    "torchcodec/nasa_13013_hdr.mp4": (325, 320, 180),
    "torchcodec/nasa_13013_mkv_duration_tag.mkv": (390, 480, 270),
    "torchcodec/nasa_13013_rotated.mp4": (17, 270, 480),
    "torchcodec/nasa_13013_vfr.mp4": (50, 480, 270),
    "torchcodec/sine_stereo_mp2.mpg": (100, 128, 128),
    "torchcodec/test_non_zero_start.mp4": (12, 200, 112),
    "torchcodec/testsrc2.mp4": (60, 1280, 720),
    "torchcodec/testsrc2_12bit_hdr.mp4": (60, 320, 180),
    "torchcodec/testsrc2_444_10bit_hevc.mp4": (25, 321, 241),
    "torchcodec/testsrc2_444_12bit_hevc.mp4": (25, 321, 241),
    "torchcodec/testsrc2_444_8bit_hevc.mp4": (25, 321, 241),
    "torchcodec/testsrc2_av1_10bit.mp4": (25, 320, 240),
    "torchcodec/testsrc2_hdr.mp4": (60, 320, 180),
    "torchcodec/testsrc2_mpeg4.avi": (30, 1280, 720),
    "torchcodec/testsrc2_mpeg4.mp4": (1, 64, 64),
    "torchcodec/testsrc2_odd_dims_10bit.mp4": (25, 321, 241),
    "torchcodec/testsrc2_odd_height.mp4": (25, 320, 241),
    "torchcodec/testsrc2_odd_height_444.mp4": (25, 320, 241),
    "torchcodec/testsrc2_odd_height_and_width.mp4": (25, 321, 241),
    "torchcodec/testsrc2_odd_height_and_width_444.mp4": (25, 321, 241),
    "torchcodec/testsrc2_odd_height_and_width_444_10bit.mp4": (25, 321, 241),
    "torchcodec/testsrc2_odd_height_and_width_mpeg2.mp4": (10, 121, 81),
    "torchcodec/testsrc2_odd_height_and_width_vp9.mp4": (25, 321, 241),
    "torchcodec/testsrc2_odd_height_and_width_vp9_10bit.mp4": (25, 321, 241),
    "torchcodec/testsrc2_odd_height_vp9.mp4": (25, 320, 241),
    "torchcodec/testsrc2_odd_height_vp9_10bit.mp4": (25, 320, 241),
    "torchcodec/testsrc2_odd_width.mp4": (25, 321, 240),
    "torchcodec/testsrc2_odd_width_444.mp4": (25, 321, 240),
    "torchcodec/testsrc2_odd_width_mpeg2.mp4": (10, 121, 80),
    "torchcodec/testsrc2_odd_width_vp9.mp4": (25, 321, 240),
    "torchcodec/testsrc2_odd_width_vp9_10bit.mp4": (25, 321, 240),
    "torchcodec/testsrc2_vp8.webm": (30, 1280, 720),
    "torchcodec/testsrc2_vp9.webm": (30, 1280, 720),
    "torchcodec/transparent.gif": (1, 64, 48),
    "torchcodec/unspecified_full_range.mp4": (60, 320, 240),
    "torchcodec/unspecified_limited_range.mp4": (60, 320, 240),
    "torchcodec/var_fps_video.mp4": (300, 128, 128),
}
UNEVEN_FILES = {
    "imageio/newtonscradle.gif",
    "intel-sample-videos/brother.mkv",
    "opentrackers/oneperson.mp4",
    "torchcodec/nasa_13013_vfr.mp4",
    "torchcodec/var_fps_video.mp4",
}

COMPARED_FRAMES = 60
"""How far into a file every frame is decoded a second time, to keep the long ones short."""


def plain_frames(path: Path, wanted: set[int]) -> dict[int, np.ndarray]:
    """Some frames as PyAV decodes them from the start of the file, turned upright."""
    with av.open(str(path)) as container:
        frames = islice(container.decode(container.streams.best("video")), COMPARED_FRAMES)
        return {
            i: np.rot90(frame.to_ndarray(format="rgb24"), frame.rotation // 90)
            for i, frame in enumerate(frames)
            if i in wanted
        }


@pytest.mark.parametrize("name", SOUND_AND_CUT_FILES)
def test_file_of_the_collection_when_read_by_jumps_then_frames_equal_those_of_plain_decoding(
    videos: Path, name: str
) -> None:
    frame_count, width, height = SOUND_AND_CUT_FILES[name]
    end = min(frame_count, COMPARED_FRAMES)
    order = list(dict.fromkeys([end - 1, end // 2, end // 2 + 1, 0, end // 3]))
    order = [i for i in order if i < end]
    expected = plain_frames(videos / name, set(order))

    with open_source(videos / name) as source:
        assert (source.frame_count, source.width, source.height) == (frame_count, width, height)
        times_s = [source.timestamp_s(i) for i in range(frame_count)]
        assert times_s[0] == 0
        assert all(a < b for a, b in pairwise(times_s))
        assert ("variable frame rate" in (source.notice or "")) == (name in UNEVEN_FILES)
        for i in order:
            assert np.array_equal(source.read(i), expected[i]), f"frame {i}"
        assert source.read(frame_count - 1).shape == (height, width, 3)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("derived/empty.mp4", "empty"),
        ("derived/header_only_2k.mp4", "cut off"),
        ("derived/not_a_video.mp4", "not a video"),
    ],
)
def test_file_of_the_collection_when_it_is_no_video_then_error_says_what_is_wrong(
    videos: Path, name: str, words: str
) -> None:
    with pytest.raises(VideoError, match=words):
        open_source(videos / name)


def test_file_of_the_collection_when_damaged_inside_then_reading_stops_there(videos: Path) -> None:
    with open_source(videos / "decord" / "corrupted.mp4") as source:
        for i in range(28):
            source.read(i)
        for i in (28, 49):
            with pytest.raises(VideoError, match=r"corrupted\.mp4: frame .* frames 0\.\.27 of 50 can be used"):
                source.read(i)
        assert (source.notice or "").startswith("damaged: frames 0..27 of 50")
        assert source.read(27).shape == (720, 1280, 3)


def test_file_of_the_collection_when_cut_off_then_notice_tells_how_much_is_left(videos: Path) -> None:
    with open_source(videos / "derived" / "truncated60_car-detection.mp4") as source:
        assert (source.notice or "").startswith("damaged: frames 0..219 of 377 can be used")


@pytest.mark.parametrize("name", ["bmx", "parachute"])
def test_video_of_the_collection_when_boxes_lie_beside_it_then_they_are_its_ground_truth(
    videos: Path, name: str
) -> None:
    path = videos / "segtrack2" / f"{name}.mp4"
    first = path.with_name(f"{name}_groundtruth_rect.txt").read_text().split()[0]
    x, y, width, height = map(float, first.split(","))

    with open_source(path) as source:
        boxes = source.ground_truth or ()
        assert len(boxes) == source.frame_count
    assert boxes[0] is not None
    assert boxes[0].xywh.tolist() == [x - 1, y - 1, width, height]


@pytest.mark.parametrize(
    ("name", "frame_count", "size"),
    [
        ("Biker", 142, (640, 360)),
        ("Crossing", 120, (360, 240)),
        ("Deer", 71, (704, 400)),
        ("DragonBaby", 113, (640, 360)),
        ("Girl", 500, (128, 96)),
        ("MotorRolling", 164, (640, 360)),
        ("vot15_bag", 196, (480, 360)),
        ("uav_wakeboard7", 67, (1280, 720)),
        ("davis_dog", 60, (854, 480)),
        ("davis_libby", 49, (854, 480)),
        ("davis_scooter-black", 43, (854, 480)),
    ],
)
def test_sequence_of_the_collection_when_opened_then_every_frame_has_its_row(
    sequences: Path, name: str, frame_count: int, size: tuple[int, int]
) -> None:
    with open_source(sequences / name) as source:
        assert (source.frame_count, (source.width, source.height)) == (frame_count, size)
        assert source.notice is None
        boxes = source.ground_truth or ()
        assert len(boxes) == frame_count
        frame = source.read(frame_count - 1)
    assert frame.shape == (size[1], size[0], 3)
    on_screen = [box for box in boxes if box and box.intersects_frame(frame_width=size[0], frame_height=size[1])]
    assert len(on_screen) >= 0.8 * frame_count
