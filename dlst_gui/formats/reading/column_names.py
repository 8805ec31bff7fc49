"""What columns of tables are called, whoever wrote them. Names are compared without case, blanks, `_` and `-`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

NAMES: Mapping[str, frozenset[str]] = {
    "frame": frozenset({"frame", "frameid", "frameindex", "frameidx", "frameno", "framenumber", "fn"}),
    "image": frozenset(
        {
            *("image", "imagename", "imageid", "imagefile", "imagepath", "imagefilename", "img", "imgname"),
            *("filename", "file", "filepath", "path", "framename", "framefile", "framepath"),
        }
    ),
    "video": frozenset({"video", "videoname", "videoid", "videofile", "sequence", "sequencename", "seq", "clip"}),
    "track": frozenset({"track", "trackid", "trackerid", "id", "objectid", "objid", "targetid"}),
    "label": frozenset({"label", "classname", "class", "cname", "category", "name", "objectclass", "labelname"}),
    "class": frozenset({"classid", "cls", "categoryid"}),
    "left": frozenset({"x", "left", "x1", "xmin", "bbleft", "bboxleft", "bboxx", "bboxx1", "xtl", "l"}),
    "top": frozenset({"y", "top", "y1", "ymin", "bbtop", "bboxtop", "bboxy", "bboxy1", "ytl", "t"}),
    "across": frozenset({"cx", "xc", "xcenter", "xcentre", "centerx", "centrex", "bboxcx", "xmid"}),
    "down": frozenset({"cy", "yc", "ycenter", "ycentre", "centery", "centrey", "bboxcy", "ymid"}),
    "width": frozenset({"w", "width", "bbwidth", "bboxwidth", "bboxw"}),
    "height": frozenset({"h", "height", "bbheight", "bboxheight", "bboxh"}),
    "right": frozenset({"x2", "right", "xmax", "bbright", "bboxright", "bboxx2", "xbr", "r"}),
    "bottom": frozenset({"y2", "bottom", "ymax", "bbbottom", "bboxbottom", "bboxy2", "ybr", "b"}),
    "score": frozenset({"score", "conf", "confidence", "probability"}),
}
"""By what they hold. `across` and `down` are the centre of a box."""


def plain_name(name: str) -> str:
    """A name as `NAMES` has it."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def known_columns(names: Iterable[str]) -> dict[str, int]:
    """The position of the first column of each meaning."""
    plain = [plain_name(name) for name in names]
    found = {}
    for meaning, known in NAMES.items():
        fitting = [at for at, name in enumerate(plain) if name in known]
        if fitting:
            found[meaning] = fitting[0]
    return found
