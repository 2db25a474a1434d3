"""A text as a QR code: an inline SVG without a style or a script."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr(text: str) -> Markup:
    """The picture of a text, named for those who cannot see it."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(scale=4, border=2, svgclass="qr-code", lineclass=None, omitsize=True)
    return Markup(drawn.replace("<svg ", '<svg role="img" aria-label="二维码" ', 1))
