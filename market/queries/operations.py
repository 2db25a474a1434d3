"""How the installation stands, for those who run it: whether it can work, and counts to watch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from market.models import Delivery, DeliveryState, SignIn
from market.queries.people import open_ones

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def figures(session: Session, now: datetime) -> Mapping[str, int]:
    """Deliveries by state, and sessions that are open. No rule: whoever shows them asks one."""
    counted = select(col(Delivery.state), func.count()).group_by(col(Delivery.state))
    by_state = {row[0]: row[1] for row in session.execute(counted)}
    open_sessions = select(func.count()).select_from(SignIn).where(open_ones(now))
    return {
        **{f"deliveries-{state.value}": by_state.get(state, 0) for state in DeliveryState},
        "sessions": session.execute(open_sessions).scalar_one(),
    }


def is_migrated(session: Session) -> bool:
    """Whether the database has the newest schema."""
    found = session.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return list(found) == [_newest()]


@cache
def _newest() -> str:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head() or ""
