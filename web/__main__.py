"""`python -m web`: serve the site as the environment says; see `web.settings`."""

from __future__ import annotations

import sys

import uvicorn

from web.settings import BadSetting, Settings


def main() -> int:
    """Serve until interrupted."""
    try:
        settings = Settings.from_environment()
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 2
    from web import logs
    from web.app import create_app

    logs.begin()
    print(f"科揭：http://{settings.host}:{settings.port}（按 Ctrl+C 停止）", flush=True)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        server_header=False,
        log_config=None,
        access_log=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
