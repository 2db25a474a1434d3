"""Icons of the lucide wheel as inline SVG: decoration only, so hidden from screen readers."""

from __future__ import annotations

from functools import cache

import lucide
from markupsafe import Markup


@cache
def icon(name: str, size: int = 18) -> Markup:
    """The icon of that name, `size` pixels wide."""
    drawn = lucide._render_icon(
        name, size, aria_hidden="true", focusable="false", stroke_width="1.75"
    )
    return Markup(drawn.replace("<svg ", '<svg class="icon" ', 1))
