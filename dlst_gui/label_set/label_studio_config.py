"""A label set as Label Studio's labelling configuration for video: XML with labels, and controls per region.

Its regions last through the video, so what is said per region is said of the whole object; what may change from
frame to frame has no place in it. Of a configuration for images, labels and controls per region are taken alike.

Source: labelstud.io/tags (Labels, Choices, Number, Rating, TextArea, VideoRectangle).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.syntax.text_input import finite
from dlst_gui.formats.syntax.xml_input import Element, elements_of
from dlst_gui.formats.syntax.xml_output import xml_attribute
from dlst_gui.label_set.incoming import IncomingLabelSet
from dlst_gui.project.attributes import NO, YES, Attribute, AttributeKind
from dlst_gui.project.label_set_edits import OfferedLabels

LABELS = "videoLabels"
_TAKEN = (LABELS, "video", "box")
_CONTROLS = ("Choices", "Number", "Rating", "TextArea")
_MOST_STARS = 5  # Label Studio's own default
_TRUE = ("true", "True", "TRUE")


def text_of(offered: OfferedLabels) -> str:
    """The configuration, to paste under *Labeling Interface, Code*."""
    labels = "".join(
        f"    <Label value={xml_attribute(each.name)} background={xml_attribute(each.color)}"
        f"{f' hotkey={xml_attribute(each.hotkey)}' if each.hotkey else ''}/>\n"
        for each in offered.labels
    )
    controls = "".join(_control(name, each) for name, each in control_names(offered.attributes).items())
    return (
        f'<View>\n  <Labels name="{LABELS}" toName="video" allowEmpty="true">\n{labels}  </Labels>\n'
        '  <Video name="video" value="$video" frameRate="$fps"/>\n'
        f'  <VideoRectangle name="box" toName="video"/>\n{controls}</View>\n'
    )


def control_names(attributes: tuple[Attribute, ...]) -> dict[str, Attribute]:
    """Attributes by the names of their controls, no two of which are the same."""
    names: dict[str, Attribute] = {}
    for attribute in attributes:
        name, number = attribute.name, 2
        while name in names or name in _TAKEN:
            name, number = f"{attribute.name}_{number}", number + 1
        names[name] = attribute
    return names


def _control(name: str, attribute: Attribute) -> str:
    said = {"name": name, "toName": "video", "perRegion": "true"}
    if attribute.is_required:
        said["required"] = "true"
    if attribute.labels:
        said |= {"whenTagName": LABELS, "whenLabelValue": ",".join(attribute.labels)}
    if attribute.kind is AttributeKind.NUMBER:
        bounds = {"min": attribute.least, "max": attribute.most, "step": attribute.step}
        said |= {key: f"{number:.15g}" for key, number in bounds.items() if number is not None}
        said |= {"defaultValue": attribute.default} if attribute.default else {}
        return f"  <Number{_said(said)}/>\n"
    if attribute.kind is AttributeKind.TEXT:
        said |= {"maxSubmissions": "1", "editable": "true"}
        said |= {"value": attribute.default} if attribute.default else {}
        return f"  <TextArea{_said(said)}/>\n"
    choices = attribute.choices or (YES, NO)
    selected = {attribute.default: ' selected="true"'}
    rows = "".join(f"    <Choice value={xml_attribute(each)}{selected.get(each, '')}/>\n" for each in choices)
    return f"  <Choices{_said({**said, 'choice': 'single-radio'})}>\n{rows}  </Choices>\n"


def _said(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={xml_attribute(value)}" for name, value in attributes.items())


@dataclass
class _Control:
    """A control as it is read."""

    element: Element
    tag: str
    choices: list[str] = field(default_factory=list)
    default: str = ""


def read_into(incoming: IncomingLabelSet, path: Path) -> None:
    """Take what a file holds."""
    controls: list[_Control] = []
    for element in elements_of(path):
        outer, _, tag = element.path.rpartition("/")
        if element.path.partition("/")[0] != "View":
            raise FormatError(path, "expected Label Studio's labelling configuration, which begins with <View>")
        if element.is_end:
            continue
        if tag == "Label" and outer.endswith("Labels"):
            color, hotkey = element.attribute("background", ""), element.attribute("hotkey", "")
            incoming.add_label(element.attribute("value"), color, hotkey, element.place)
        elif tag in _CONTROLS:
            controls.append(_Control(element, tag))
            if len(controls) > limits.MOST_OFFERED_ATTRIBUTES:
                raise element.error(f"expected at most {limits.MOST_OFFERED_ATTRIBUTES} controls")
        elif tag == "Choice" and controls and "/Choices" in outer:
            _add_choice(controls[-1], element)
    for control in controls:
        _take(incoming, control)


def _add_choice(control: _Control, element: Element) -> None:
    value = element.attribute("value")
    if len(control.choices) == limits.MOST_OFFERED_ATTRIBUTES:
        raise element.error(f"expected at most {limits.MOST_OFFERED_ATTRIBUTES} choices")
    if value and value not in control.choices:
        control.choices.append(value)
        if element.attribute("selected", "") in _TRUE:
            control.default = value


def _take(incoming: IncomingLabelSet, control: _Control) -> None:
    element = control.element
    name = element.attribute("name")
    if element.attribute("perRegion", "") not in _TRUE:
        incoming.note(f"{name!r} is said of the whole task in Label Studio, and was left out.")
        return
    if element.attribute("choice", "") == "multiple":
        incoming.note(f"{name!r} takes several choices in Label Studio; here it takes one.")
    try:
        incoming.add_attribute(_attribute_of(control, incoming), element.place)
    except ValueError as error:
        raise element.error(str(error)) from error


def _attribute_of(control: _Control, incoming: IncomingLabelSet) -> Attribute:
    element = control.element
    labels = tuple(filter(None, (word.strip() for word in element.attribute("whenLabelValue", "").split(","))))
    kind = _kind_of(control)
    least, most, step = _limits_of(control) if kind is AttributeKind.NUMBER else (None, None, None)
    made = Attribute(
        incoming.next_id,
        element.attribute("name"),
        kind,
        choices=tuple(control.choices) if kind is AttributeKind.CHOICE else (),
        is_required=element.attribute("required", "") in _TRUE,
        labels=() if set(labels) == set(incoming.names) else labels,
        least=least,
        most=most,
        step=step,
    )
    default = control.default or element.attribute("defaultValue", "")
    if control.tag == "TextArea":
        default = element.attribute("value", "")
        default = "" if default.startswith("$") else default
    return replace(made, default=default) if default and not made.problem(default) else made


def _kind_of(control: _Control) -> AttributeKind:
    if control.tag in ("Number", "Rating"):
        return AttributeKind.NUMBER
    if control.tag == "TextArea" or not control.choices:
        return AttributeKind.TEXT
    return AttributeKind.YES_NO if set(control.choices) == {YES, NO} else AttributeKind.CHOICE


def _limits_of(control: _Control) -> Iterator[float | None]:
    if control.tag == "Rating":
        yield from (1, finite(control.element.attribute("maxRating", "")) or _MOST_STARS, None)
        return
    step = finite(control.element.attribute("step", ""))
    yield finite(control.element.attribute("min", ""))
    yield finite(control.element.attribute("max", ""))
    yield step if step is not None and step > 0 and step != 1 else None
