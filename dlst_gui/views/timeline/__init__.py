"""The timeline of all tracks: `Timeline` is the widget, `TimelineData` is where it reads from."""

from dlst_gui.views.timeline.model import Lane, TimelineData
from dlst_gui.views.timeline.timeline import Timeline

__all__ = ["Lane", "Timeline", "TimelineData"]
