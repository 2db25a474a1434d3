"""Logs as JSON lines on standard error: one object a line, ours and those of libraries alike.

No line holds an address with its query, a body, a token, or the values of an SQL statement (see
`engine_for`). Lines of one request share its `request_id`.
"""

from __future__ import annotations

import json
import logging
import sys
from functools import partial

import structlog
from structlog.typing import Processor

QUIET = ("httpx", "alembic", "faiss", "uvicorn.access")
SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
access: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("kejie.access")
"""One line a request."""


def formatter() -> logging.Formatter:
    """Writes any record as one line of JSON."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*SHARED, structlog.stdlib.PositionalArgumentsFormatter()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=partial(json.dumps, ensure_ascii=False)),
        ],
    )


def begin() -> None:
    """Have everything that is logged in this process written so."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
