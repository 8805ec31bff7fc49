"""The menu on a what-if's lane."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from dlst_gui.session.what_ifs import WhatIf, WhatIfs


def ghost_menu(what_ifs: WhatIfs, what_if: WhatIf, parent: QWidget) -> QMenu:
    """What may become of it."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    take = menu.addAction("&Take It")
    take.setEnabled(what_if.is_takeable)
    take.triggered.connect(lambda: what_ifs.take(what_if))
    stop = menu.addAction("&Stop")
    stop.setEnabled(not what_if.state.is_over)
    stop.triggered.connect(lambda: what_ifs.stop(what_if))
    menu.addAction("&Discard").triggered.connect(lambda: what_ifs.discard(what_if))
    return menu
