"""Questions about the open project go with it: an answer would change another one."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QDialog

from dlst_gui.session.session import Session

Asked = TypeVar("Asked", bound=QDialog)


def closing_with_project(dialog: Asked, session: Session) -> Asked:
    """Take the dialog away, unanswered, when the open project is put away, such as for the next video."""
    session.project_closing.connect(dialog.deleteLater)
    return dialog
