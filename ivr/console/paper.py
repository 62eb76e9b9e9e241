"""Reports on paper, as PDF: headings, tables and bars, in a font with Chinese letters.

A font of the machine is put into the file where there is one that can be; else the file names a Chinese font that every
reader replaces by its own.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from ivr.console.drawing.bars import Bar

_MARGIN = 16 * mm
_WIDTH = A4[0] - 2 * _MARGIN
#: Height of a line, in sizes of its letters; room at both sides of a cell, in points.
_LEADING, _PADDING = 1.4, 6
_HEAD_SIZE, _CELL_SIZE = 8.5, 9
#: Fonts with Chinese letters whose outlines are of the kind that can be put into a file.
_FONT_FILES = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
)
_INK, _SOFT, _LINE, _SHADE = HexColor("#24211c"), HexColor("#655e53"), HexColor("#dcd5c7"), HexColor("#efebe1")
_COLOURS: Mapping[str, Color] = {
    "machine": HexColor("#2f7a52"),
    "person": HexColor("#2d6f93"),
    "abandoned": HexColor("#c98a1b"),
    "failed": HexColor("#b3423a"),
}


class Paper:
    """A report that is written from top to bottom.

    Args:
        title: also the title in the properties of the file.
        below: a line under the title.
    """

    def __init__(self, title: str, below: str) -> None:
        self._title = title
        self._font = font()
        self._parts: list[Any] = [
            Paragraph(escape(title), self._style(17, leading=24)),
            Paragraph(escape(below), self._style(9.5, colour=_SOFT)),
        ]

    def tiles(self, tiles: Sequence[tuple[str, str, str]]) -> None:
        """Figures in boxes: what, how much, and a smaller line."""
        cells = [
            [
                Paragraph(escape(what), self._style(8.5, colour=_SOFT)),
                Paragraph(escape(much), self._style(14, leading=18)),
                Paragraph(escape(more) or "&nbsp;", self._style(8, colour=_SOFT)),
            ]
            for what, much, more in tiles
        ]
        table = Table([cells], colWidths=[_WIDTH / len(cells)] * len(cells))
        table.setStyle(TableStyle([("BOX", (0, 0), (-1, -1), 0.5, _LINE), ("INNERGRID", (0, 0), (-1, -1), 0.5, _LINE)]))
        self._parts += [Spacer(1, 8), table]

    def table(self, heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table; the first column is text, the others are figures."""
        figures = len(columns) - 1
        first = 0.34 if figures <= 5 else 0.22
        widths = [_WIDTH * first] + [_WIDTH * (1 - first) / max(1, figures)] * figures
        lines = [columns, *(rows or [["—", *[""] * figures]])]
        cells = [
            [self._cell(cell, widths[at], head=not nth, right=bool(at)) for at, cell in enumerate(line)]
            for nth, line in enumerate(lines)
        ]
        table = Table(cells, colWidths=widths, repeatRows=1)
        table.setStyle(
            TableStyle(
                [
                    ("FONT", (0, 0), (-1, 0), self._font, _HEAD_SIZE, _HEAD_SIZE * _LEADING),
                    ("FONT", (0, 1), (-1, -1), self._font, _CELL_SIZE, _CELL_SIZE * _LEADING),
                    ("TEXTCOLOR", (0, 0), (-1, 0), _SOFT),
                    ("TEXTCOLOR", (0, 1), (-1, -1), _INK),
                    ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
                    ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
                    ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
                    ("TOPPADDING", (0, 0), (-1, -1), 2),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
                ]
            )
        )
        self._section(heading, table)

    def chart(self, heading: str, legend: Mapping[str, str], columns: Sequence[Bar]) -> None:
        """Stacked bars, with the colours named above them."""
        self._section(heading, _Chart(self._font, legend, columns))

    def end(self, words: str) -> bytes:
        """The file, with a last line."""
        self._parts += [Spacer(1, 10), Paragraph(escape(words), self._style(8.5, colour=_SOFT))]
        memory = io.BytesIO()
        document = SimpleDocTemplate(
            memory,
            pagesize=A4,
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=_MARGIN,
            bottomMargin=_MARGIN,
            title=self._title,
            author="乡音 Xiangyin",
        )
        document.build(self._parts, onFirstPage=self._number, onLaterPages=self._number)
        return memory.getvalue()

    def _section(self, heading: str, content: Any) -> None:
        self._parts.append(
            KeepTogether([Spacer(1, 9), Paragraph(escape(heading), self._style(11.5)), Spacer(1, 3), content])
        )

    def _cell(self, text: str, width: float, *, head: bool, right: bool) -> str | Paragraph:
        """A cell of a table: the text itself where it stands in one line, which is laid out in a tenth of the time."""
        size = _HEAD_SIZE if head else _CELL_SIZE
        if pdfmetrics.stringWidth(text, self._font, size) <= width - 2 * _PADDING:
            return text
        style = self._style(size, colour=_SOFT if head else _INK, align=2 if right else 0, words=text.isascii())
        return Paragraph(escape(text), style)

    def _number(self, canvas: Any, document: Any) -> None:
        canvas.setFont(self._font, 8)
        canvas.setFillColor(_SOFT)
        canvas.drawCentredString(A4[0] / 2, 9 * mm, str(document.page))

    def _style(
        self, size: float, *, leading: float = 0, colour: Color = _INK, align: int = 0, words: bool = False
    ) -> ParagraphStyle:
        """How a text looks; its lines break between any two letters, as Chinese does, or only between `words`."""
        return ParagraphStyle(
            "plain",
            fontName=self._font,
            fontSize=size,
            leading=leading or size * _LEADING,
            textColor=colour,
            alignment=align,
            wordWrap=None if words else "CJK",
        )


class _Chart(Flowable):  # type: ignore[misc]  # the library has no types
    """Stacked bars, drawn straight on the page."""

    def __init__(self, font: str, legend: Mapping[str, str], columns: Sequence[Bar]) -> None:
        super().__init__()
        self._font = font
        self._legend = legend
        self._columns = columns

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return _WIDTH, 46 * mm

    def draw(self) -> None:
        """Draw from the lower left corner, which is where the canvas stands."""
        canvas, height, left, bottom = self.canv, 46 * mm, 12 * mm, 10.0
        tall = 40 * mm - 14
        most = max((bar.total for bar in self._columns), default=0) or 1
        x = left
        canvas.setFont(self._font, 8)
        for kind, name in self._legend.items():
            canvas.setFillColor(_COLOURS[kind])
            canvas.rect(x, height - 8, 6, 6, stroke=0, fill=1)
            canvas.setFillColor(_SOFT)
            canvas.drawString(x + 9, height - 8, name)
            x += 9 + pdfmetrics.stringWidth(name, self._font, 8) + 14
        canvas.setFont(self._font, 7)
        canvas.setStrokeColor(_LINE)
        canvas.setLineWidth(0.5)
        for share in (0, 0.5, 1):
            y = bottom + tall * share
            canvas.line(left, y, _WIDTH, y)
            canvas.drawRightString(left - 4, y - 3, f"{most * share:,.0f}")
        step = (_WIDTH - left) / max(1, len(self._columns))
        for index, bar in enumerate(self._columns):
            if bar.label:
                canvas.drawCentredString(left + (index + 0.5) * step, 1, bar.label)
        under = [bottom] * len(self._columns)
        # One colour after the other: a change of colour is dearer than a rectangle.
        for kind in self._legend:
            canvas.setFillColor(_COLOURS[kind])
            for index, bar in enumerate(self._columns):
                part = tall * sum(value for name, value in bar.parts if name == kind) / most
                if part:
                    canvas.rect(left + (index + 0.12) * step, under[index], step * 0.76, part, stroke=0, fill=1)
                under[index] += part


@lru_cache(maxsize=1)
def font() -> str:
    """The name of a font that is known to the library."""
    for file in _FONT_FILES:
        if Path(file).is_file():
            try:
                pdfmetrics.registerFont(TTFont("Xiangyin", file, subfontIndex=0))
            except TTFError:
                continue
            return "Xiangyin"
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"
