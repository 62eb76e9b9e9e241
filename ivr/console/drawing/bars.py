"""Bar charts as SVG: stacked bars over days or hours, and plain ones over buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 1000, 220
_LEFT, _BOTTOM, _TOP = 46, 24, 8


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        label: under the bar; empty to spare room.
        name: what a pointer or a screen reader is told.
        parts: class of the style sheet and value of each part, from the bottom.
    """

    label: str
    name: str
    parts: tuple[tuple[str, float], ...]

    @property
    def total(self) -> float:
        return sum(value for _, value in self.parts)


def bars(columns: Sequence[Bar], title: str, *, width: int = _WIDTH, unit: str = "") -> Markup:
    """The chart. The table beside it says the same, so a screen reader hears the title only.

    Args:
        unit: of the values, behind the numbers of the axis.
    """
    most = _round_up(max((bar.total for bar in columns), default=0))
    plot_width, plot_height = width - _LEFT - 6, _HEIGHT - _BOTTOM - _TOP
    step = plot_width / max(1, len(columns))
    # Texts are escaped one by one, everything else is a number: a year of days is drawn in a few milliseconds.
    pieces = [f'<svg class="chart" viewBox="0 0 {width} {_HEIGHT}" role="img" aria-label="{escape(title)}">']
    for share in (0, 0.5, 1):
        y = _TOP + plot_height * (1 - share)
        pieces.append(
            f'<line class="grid" x1="{_LEFT}" x2="{width}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(most * share)}{escape(unit)}</text>'
        )
    for index, bar in enumerate(columns):
        x, y = _LEFT + index * step, _TOP + plot_height
        pieces.append(f"<g><title>{escape(bar.name)}</title>")
        for kind, value in bar.parts:
            height = plot_height * value / most
            y -= height
            if value:
                pieces.append(
                    f'<rect class="{escape(kind)}" x="{x + step * 0.12:.1f}" y="{y:.1f}" width="{step * 0.76:.1f}" '
                    f'height="{height:.1f}"/>'
                )
        pieces.append("</g>")
        if bar.label:
            middle = x + step / 2
            pieces.append(f'<text x="{middle:.1f}" y="{_HEIGHT - 7}" text-anchor="middle">{escape(bar.label)}</text>')
    return Markup("".join([*pieces, "</svg>"]))


def _round_up(most: float) -> float:
    """The next round number: one whose half is round, too. Shares that sum up to a hair more than 100 are 100."""
    most = round(most, 6)
    scale = 1.0
    while True:
        for factor in (1, 2, 3, 4, 6, 8, 10):
            if most <= factor * scale:
                return max(1.0, factor * scale)
        scale *= 10


def _short(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:g}k"
    return f"{value:g}"
