"""A picture as pages show it: turned the way it is looked at, within 1200 pixels, and without what
a camera writes beside it: place, time, device, preview. Runs in `child`."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image, ImageOps

MAX_SIDE = 1200
MAX_PIXELS = 60_000_000
QUALITY = 82
TURNED = (5, 6, 7, 8)
"""Orientations of EXIF that exchange width and height."""
ORIENTATION = 0x0112


def reduce(path: Path, into: Path) -> tuple[int, int]:
    """Write the picture as WebP; width and height of the original as it is looked at."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(path, formats=("PNG", "JPEG")) as picture:
        width, height = picture.size
        if picture.getexif().get(ORIENTATION) in TURNED:
            width, height = height, width
        picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
        small: Image.Image = picture
        if small.mode not in ("RGB", "RGBA"):
            small = small.convert("RGBA" if small.has_transparency_data else "RGB")
        small.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
        small = ImageOps.exif_transpose(small)
        bare = Image.frombytes(small.mode, small.size, small.tobytes())
        bare.save(into, "WEBP", quality=QUALITY, method=4)
    return width, height
