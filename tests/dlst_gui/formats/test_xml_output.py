from xml.sax.saxutils import escape, quoteattr

import pytest

from dlst_gui.formats.syntax.xml_output import xml_attribute, xml_text


@pytest.mark.parametrize(
    "text", ["", "car", "a & b", "<&lt;>", 'say "hi"', "it's", '"it\'s" & <b>', "a\tb\r\nc", "\u00e9\u4e2d"]
)
def test_text_when_written_then_is_what_the_standard_library_writes(text: str) -> None:
    assert xml_text(text) == escape(text)
    assert xml_attribute(text) == quoteattr(text)
