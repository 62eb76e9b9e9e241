"""A recording as a wave: the caller above the line, the gateway below."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT = 1200, 96


def wave(peaks: Sequence[Sequence[float]], label: str) -> Markup:
    """The wave of one or two channels; the first is drawn upwards, the second downwards.

    Args:
        label: what a screen reader says.
    """
    middle = _HEIGHT / 2
    shapes = [
        Markup('<path class="{}" d="{}"/>').format(kind, _outline(channel, middle, direction))
        for channel, kind, direction in zip(peaks, ("caller", "gateway"), (-1, 1), strict=False)
    ]
    return Markup(
        '<svg class="wave" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '{}<line class="now" x1="0" x2="0" y1="0" y2="{}"/></svg>'
    ).format(_WIDTH, _HEIGHT, label, Markup("").join(shapes), _HEIGHT)


def _outline(channel: Sequence[float], middle: float, direction: int) -> str:
    """The outline of a channel. Loudness is drawn by its square root, so that speech on a weak line is seen, too."""
    step = _WIDTH / max(1, len(channel))
    points = [
        f"L{index * step:.0f} {middle + direction * (1 + (middle - 2) * value**0.5):.1f}"
        for index, value in enumerate(channel)
    ]
    return f"M0 {middle:.0f}{''.join(points)}L{_WIDTH} {middle:.0f}Z"
