"""A text as a QR code: an inline SVG without a style or a script, or a picture of its own."""

from __future__ import annotations

from io import BytesIO

import segno
from markupsafe import Markup

MEDIA_TYPE = "image/svg+xml"


def qr(text: str) -> Markup:
    """The picture of a text, named for those who cannot see it."""
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(scale=4, border=2, svgclass="qr-code", lineclass=None, omitsize=True)
    return Markup(drawn.replace("<svg ", '<svg role="img" aria-label="二维码" ', 1))


def qr_file(text: str) -> bytes:
    """The same as a file, to be put on a poster."""
    held = BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(held, kind="svg", scale=8, border=4, light="#fff", svgclass=None, lineclass=None)
    return held.getvalue()
