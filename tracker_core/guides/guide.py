"""What a tracker asks of a guide, and the guide that a network with templates makes."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from tracker_core.box import Box
from tracker_core.guides.answer import GuideAnswer
from tracker_core.guides.network import GuideNetwork, GuideTemplate
from tracker_core.tracker import AnyFrame


class GuideTemplates(NamedTuple):
    """All that a guide knows of its target; a value that can be kept and gone back to.

    Attributes:
        first: of the box it began with.
        manual: of the latest manual box after that.
        recent: of the latest box that a tracker was sure of since the last manual one.
    """

    first: GuideTemplate
    manual: GuideTemplate | None = None
    recent: GuideTemplate | None = None


class Guide(Protocol):
    """Proposes boxes of one target wherever it is asked to look. Frames are RGB, boxes image pixels."""

    @property
    def name(self) -> str:
        """What a user types."""
        ...

    def begin(self, frame: AnyFrame, box: Box) -> None:
        """Take the target from a manual box; what was known before is forgotten."""
        ...

    def look(self, frame: AnyFrame, around: Box, *, growth: float = 1.0) -> GuideAnswer:
        """Propose boxes around one; `growth` times the usual sides are searched. Nothing is learned."""
        ...

    def renew(self, frame: AnyFrame, box: Box) -> None:
        """Know the target by a manual box on another frame too; what it recently looked like is forgotten."""
        ...

    def show(self, frame: AnyFrame, box: Box) -> None:
        """Know the target by a box that a tracker is sure of too; it takes the place of the last such box.

        Such a box drifts: a guide alone that is shown its own finds less (docs/evaluation.md, Guides alone).
        """
        ...

    @property
    def knowledge(self) -> GuideTemplates | None:
        """What is known; None before `begin`."""
        ...

    def restore(self, knowledge: GuideTemplates | None) -> None:
        """Go back to what was known."""
        ...


class TemplateGuide:
    """Implements `Guide`; its templates compete in each look, and the one that is surest is believed.

    Args:
        network: may be shared by guides of several targets.
    """

    def __init__(self, network: GuideNetwork) -> None:
        self._network = network
        self._templates: GuideTemplates | None = None

    @property
    def name(self) -> str:
        """See `Guide.name`."""
        return self._network.description.name

    @property
    def knowledge(self) -> GuideTemplates | None:
        """See `Guide.knowledge`."""
        return self._templates

    def restore(self, knowledge: GuideTemplates | None) -> None:
        """See `Guide.restore`."""
        self._templates = knowledge

    def begin(self, frame: AnyFrame, box: Box) -> None:
        """See `Guide.begin`."""
        self._templates = GuideTemplates(self._network.template(frame, box))

    def renew(self, frame: AnyFrame, box: Box) -> None:
        """See `Guide.renew`."""
        self._templates = self._begun()._replace(manual=self._network.template(frame, box), recent=None)

    def show(self, frame: AnyFrame, box: Box) -> None:
        """See `Guide.show`."""
        self._templates = self._begun()._replace(recent=self._network.template(frame, box))

    def look(self, frame: AnyFrame, around: Box, *, growth: float = 1.0) -> GuideAnswer:
        """See `Guide.look`."""
        templates = [template for template in self._begun() if template is not None]
        return self._network.propose(frame, around, templates, growth=growth)

    def _begun(self) -> GuideTemplates:
        if self._templates is None:
            raise RuntimeError("begin comes first")
        return self._templates
