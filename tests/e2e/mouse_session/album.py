"""Numbered screenshots and a sheet that shows them all."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from tests.e2e.mouse_session.virtual_screen import Picture

THUMB_WIDTH = 480
COLUMNS = 4
CAPTION_HEIGHT = 22
GAP = 10


class Album:
    """Screenshots in a folder, each named after its number and what it shows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries: list[tuple[str, Path]] = []

    @property
    def count(self) -> int:
        return len(self._entries)

    def add(self, title: str, picture: Picture) -> None:
        """Write one more."""
        path = self._folder / f"{self.count + 1:02d}-{title.lower().replace(' ', '-')}.png"
        Image.fromarray(picture).save(path)
        self._entries.append((title, path))

    def finish(self) -> None:
        """Write `index.md` and `sheet.png`."""
        lines = [
            f"{number}. {title}\n\n   ![{title}]({path.name})\n" for number, (title, path) in self._numbered()
        ]
        (self._folder / "index.md").write_text("# The session\n\n" + "\n".join(lines), encoding="utf-8")
        if self._entries:
            self._sheet().save(self._folder / "sheet.png")

    def _sheet(self) -> Image.Image:
        with Image.open(self._entries[0][1]) as first:
            height = round(THUMB_WIDTH * first.height / first.width)
        cell_width, cell_height = THUMB_WIDTH + GAP, height + CAPTION_HEIGHT + GAP
        rows = -(-self.count // COLUMNS)
        sheet = Image.new("RGB", (COLUMNS * cell_width + GAP, rows * cell_height + GAP), "#d8dce3")
        draw = ImageDraw.Draw(sheet)
        for number, (title, path) in self._numbered():
            row, column = divmod(number - 1, COLUMNS)
            x, y = GAP + column * cell_width, GAP + row * cell_height
            draw.text((x, y + 4), f"{number}. {title}", fill="#171a20")
            with Image.open(path) as picture:
                sheet.paste(picture.resize((THUMB_WIDTH, height)), (x, y + CAPTION_HEIGHT))
        return sheet

    def _numbered(self) -> list[tuple[int, tuple[str, Path]]]:
        return list(enumerate(self._entries, start=1))
