"""Where Chromium is and how it is started here; None where there is none."""

from __future__ import annotations

import os
import shutil

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def path() -> str | None:
    """The browser that KEJIE_CHROMIUM names, or the one of the system."""
    named = os.environ.get("KEJIE_CHROMIUM", "")
    known = (named, "chromium", "chromium-browser", "google-chrome")
    return next((found for name in known if name and (found := shutil.which(name))), None)
