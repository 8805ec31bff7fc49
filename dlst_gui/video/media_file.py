"""Opens a file with FFmpeg, and with as little of FFmpeg as videos need.

FFmpeg also reads playlists, lists of files, descriptions of streams and devices, which lead to other files and
into the network. Only the formats named here are opened, and only through the protocol for files; both are told
to FFmpeg beforehand, since a playlist is followed while it is opened.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import av
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from dlst_gui import limits
from dlst_gui.video.codec_names import is_encrypted, stored_codec
from dlst_gui.video.video_source import VideoError

_FORMATS = (
    # Containers of cameras, editors, phones and the web.
    *("mov", "matroska", "avi", "mpegts", "mpeg", "flv", "live_flv", "asf", "asf_o", "ogg", "mxf", "nut", "rm"),
    *("dv", "wtv", "nsv", "gxf", "ivf", "swf", "kux", "yuv4mpegpipe", "gif", "apng"),
    # Surveillance, high-speed and astronomical cameras.
    *("dhav", "ifv", "lvf", "cine", "ser"),
    # Streams without a container.
    *("h261", "h263", "h264", "hevc", "vvc", "evc", "av1", "obu", "m4v", "mpegvideo", "mjpeg", "mpjpeg", "vc1"),
    *("vc1test", "dirac", "cavsvideo", "avs2", "avs3", "dnxhd", "mjpeg_2000"),
    # A single picture is a video of one frame.
    *("png_pipe", "jpeg_pipe", "bmp_pipe", "tiff_pipe", "webp_pipe"),
)
"""FFmpeg's names of what is opened; one of the names is enough where a format has several."""

_THREADED_FROM = 1920 * 1088
"""Pixels of a frame above which several threads decode. What they make of damage depends on which is first, and
not all of it shows as an error; smaller frames are decoded quickly enough by one."""

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)


def check_regular_file(path: Path) -> int:
    """The file's size in bytes; what is no regular file may never end, or wait for ever.

    Raises:
        VideoError: there is no such file, or it is a pipe, a device or a folder.
        OSError: it cannot be asked.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VideoError(f"{path} does not exist; choose a video file or a folder of images") from error
    if not stat.S_ISREG(status.st_mode):
        kind = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "no file")
        raise VideoError(f"{path} is {kind}; choose a video file or a folder of images")
    return status.st_size


def open_stream(path: Path, *, is_fast: bool = True) -> tuple[InputContainer, VideoStream]:
    """Open a file's main picture stream, ready to decode.

    Args:
        path: the file.
        is_fast: whatever seems damaged is an error, and several threads decode large frames. Otherwise one does,
            and shows of a damaged frame what can be shown.

    Raises:
        VideoError: not a file, empty, not a video, too large, or without a picture stream that can be decoded.
    """
    if check_regular_file(path) == 0:
        raise VideoError(f"{path} is empty (0 bytes); copy or record it again")
    container = _open(path)
    try:
        stream = container.streams.best("video")
        if not isinstance(stream, VideoStream):
            raise VideoError(f"{path} contains no video; choose a video file or a folder of images")
        _check_decodable(path, stream)
    except BaseException:
        container.close()
        raise
    context = stream.codec_context
    context.options = {"max_pixels": str(limits.MOST_FRAME_PIXELS)} | (
        {"err_detect": "explode"} if is_fast else {}
    )
    if is_fast and context.width * context.height > _THREADED_FROM:
        stream.thread_type = "AUTO"
    else:
        stream.thread_type = "NONE"
        context.thread_count = 1
    return container, stream


def new_decoder(decoder: VideoCodecContext) -> VideoCodecContext:
    """One like another that has decoded nothing yet, for a codec that needs no more than its frames."""
    made = av.CodecContext.create(decoder.name, "r")
    assert isinstance(made, VideoCodecContext)
    made.options, made.thread_type, made.thread_count = decoder.options, decoder.thread_type, decoder.thread_count
    made.color_range, made.colorspace = decoder.color_range, decoder.colorspace
    made.color_primaries, made.color_trc = decoder.color_primaries, decoder.color_trc
    return made


def reason(error: BaseException) -> str:
    """FFmpeg's own words, without number and path."""
    text = error.strerror if isinstance(error, av.FFmpegError) else None
    return text or str(error) or type(error).__name__


def undecodable(path: Path, cause: str) -> VideoError:
    """The error for a file none of whose frames can be decoded."""
    if cause == os.strerror(errno.EINVAL):  # what FFmpeg says of a size beyond its limit, and of much else
        cause += f", or more than {limits.MOST_FRAME_PIXELS:,} pixels"
    if is_encrypted(path):
        return VideoError(f"{path} is encrypted; only its owner's programs play it. Export it without protection")
    return VideoError(f"{path} cannot be decoded ({cause}); copy it again")


def _open(path: Path) -> InputContainer:
    try:
        # An absolute path, because FFmpeg takes "12:30.mp4" for a protocol.
        return av.open(
            str(path.absolute()),
            "r",
            options={"max_pixels": str(limits.MOST_FRAME_PIXELS)},
            container_options={"format_whitelist": ",".join(_FORMATS), "protocol_whitelist": "file"},
            metadata_errors="replace",
            timeout=limits.LONGEST_READING_S,
        )
    except av.ArgumentError as error:
        raise VideoError(
            f"{path} contains no video, or is of a kind that is not opened, such as a playlist or a list of files;"
            " choose a video file or a folder of images"
        ) from error
    except av.ExitError as error:
        raise VideoError(
            f"{path} could not be opened within {limits.LONGEST_READING_S} s; copy it to this computer first"
        ) from error
    except (av.FFmpegError, UnicodeError) as error:
        raise VideoError(
            f"{path} cannot be opened as a video ({reason(error)}); it is cut off, damaged or not a video."
            " Copy it again, or convert it: ffmpeg -i INPUT OUTPUT.mp4"
        ) from error


def _check_decodable(path: Path, stream: VideoStream) -> None:
    context = _decoder_of(stream)
    if context is None:
        if is_encrypted(path):
            raise undecodable(path, "")
        codec = stored_codec(path)
        named = f"the codec {codec}" if codec else "a codec"
        raise VideoError(
            f"{path} is compressed with {named}, for which there is no decoder here; convert it with the program"
            " that made it, to H.264 for example"
        )
    check_size(path, context.width, context.height)


def _decoder_of(stream: VideoStream) -> VideoCodecContext | None:
    return stream.codec_context  # None where there is no decoder, though PyAV's types do not say so


def check_size(path: Path, width: int, height: int) -> None:
    """Raise VideoError where a frame is larger than any is read."""
    if width * height > limits.MOST_FRAME_PIXELS:
        raise too_large(path, f"frames of {width}x{height}")


def too_large(path: Path, claim: str) -> VideoError:
    """The error for what says that it is larger than anything is read."""
    return VideoError(
        f"{path} claims {claim}; at most {limits.MOST_FRAME_PIXELS:,} pixels are read. Scale it down"
    )
