"""The fixtures of the web tests, for those who attack the site."""

from tests.web.conftest import empty, make_site

__all__ = ["empty", "make_site"]
