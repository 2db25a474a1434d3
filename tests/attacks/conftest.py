"""The fixtures of the web tests, for those who attack the site."""

from tests.web.conftest import empty, engines, furnished, make_site, one_loop

__all__ = ["empty", "engines", "furnished", "make_site", "one_loop"]
