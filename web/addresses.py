"""Addresses that people share: query strings, and long texts packed to travel in one; and which
address may be gone to because a request says so (`inner`).

A packed text is GB 18030 (two bytes for most Chinese characters, every character of Unicode),
then zlib, then URL-safe base64: 5,000 characters stay under the 8 KB that proxies allow a line.
"""

from __future__ import annotations

import binascii
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request

SHORT_TEXT = 120
"""Texts up to this many characters stay readable in the address."""
MAX_HEADER = 3_000
"""Characters of an address that fit into a header: proxies give all headers of an answer 4 KB."""
MAX_SHARED = 16_000
"""Characters of an address that can still be opened: longer ones are not offered."""
MAX_PACKED = 32_000
"""Characters of a packed text that are looked at, and bytes that may come out of it."""


class Unreadable(ValueError):
    """A packed text that was cut off or altered, or that would unpack to too much."""


def pack(text: str) -> str:
    """The text as a short run of letters, digits, "-" and "_"."""
    data = text.encode("gb18030", errors="replace")
    return urlsafe_b64encode(zlib.compress(data, 9)).decode().rstrip("=")


def unpack(packed: str) -> str:
    """The text that `pack` was given; Unreadable if there is none or it is far too long."""
    if len(packed) > MAX_PACKED:
        raise Unreadable
    try:
        data = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        engine = zlib.decompressobj()
        unpacked = engine.decompress(data, MAX_PACKED)
        if engine.unconsumed_tail or not engine.eof:
            raise Unreadable
        return unpacked.decode("gb18030")
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Unreadable from error


def text_parameters(text: str) -> dict[str, str]:
    """The parameter that carries a text: `text` while it is short, else packed in `z`."""
    is_plain = len(text) <= SHORT_TEXT and text.isprintable()
    return ({"text": text} if is_plain else {"z": pack(text)}) if text else {}


def address(path: str, parameters: Mapping[str, object]) -> str:
    """The path with those parameters that hold something; a list repeats its name."""
    pairs = [(name, str(value)) for name, values in parameters.items() for value in _each(values)]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _each(values: object) -> list[object]:
    if isinstance(values, Iterable) and not isinstance(values, str):
        return list(values)
    return [] if values is None or values == "" else [values]


def inner(path: str, otherwise: str = "/") -> str:
    """The path if it leads to a page of this site, else another one: a sign-in must not send
    anybody to where a link says. Browsers read a backslash as a slash, drop tabs and line ends,
    and take `//host` for another host."""
    is_plain = len(path) <= MAX_SHARED and path.isprintable() and path.isascii()
    if not is_plain or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return otherwise
    parts = urlsplit(path)
    return otherwise if parts.scheme or parts.netloc or "//" in parts.path else path


def absolute(request: Request, path: str) -> str:
    """The address under which people elsewhere reach a page of this site."""
    site: str = request.app.state.settings.address
    return site + path


def here(request: Request) -> str:
    """The page that somebody is on, to come back to: what they opened or, where they pressed a
    button, the page with that button."""
    is_page = request.method in ("GET", "HEAD") and "HX-Request" not in request.headers
    from_page = urlsplit(request.headers.get("referer", ""))
    if not is_page and from_page.netloc != request.url.netloc:
        return "/"
    parts = request.url.components if is_page else from_page
    return inner(parts.path + (f"?{parts.query}" if parts.query else ""))
