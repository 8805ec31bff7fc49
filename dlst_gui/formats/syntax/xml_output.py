"""Text as XML holds it, as `xml.sax.saxutils` writes it, which would load urllib, http and ssl."""

from __future__ import annotations

_BLANKS = str.maketrans({"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def xml_text(text: str) -> str:
    """Between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def xml_attribute(text: str) -> str:
    """As an attribute's value, with its quotes."""
    inner = xml_text(text).translate(_BLANKS)
    if '"' not in inner:
        return f'"{inner}"'
    return f"'{inner}'" if "'" not in inner else '"{}"'.format(inner.replace('"', "&quot;"))
