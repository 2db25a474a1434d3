"""The commands about people: `grant` gives the first administrator their role, `people` lists."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from sqlalchemy import Engine

from market.actions import grants
from market.contacts import checked_target
from market.db import session_for, writing
from market.errors import Invalid, Problem
from market.models.enums import PLATFORM_ROLES, Role
from market.queries.people import PersonRow, people, person_by_target
from market.roles import OPERATOR_VIEWER
from market.texts import masked

Options = argparse.Namespace


def grant(engine: Engine, options: Options) -> None:
    """Give somebody who registered a role of the platform."""
    target, role = checked_target(options.to, "to"), _role(options.role)
    with writing(engine) as session:
        person = session.execute(person_by_target(target)).scalar()
        if person is None:
            reason = f"没有用 {masked(target)} 注册的账号：请对方先在网站上注册。"
            raise Invalid([Problem("to", reason)])
        grants.grant(session, person.key, role, OPERATOR_VIEWER, datetime.now(UTC))
        print(f"{person.name}（{masked(target)}）现在是{role.text}。")


def _role(name: str) -> Role:
    found = next((role for role in PLATFORM_ROLES if role == name), None)
    if found is None:
        known = "、".join(f"{role}（{role.text}）" for role in PLATFORM_ROLES)
        raise Invalid([Problem("role", f"--role 应为 {known} 之一。")])
    return found


def list_people(engine: Engine, options: Options) -> None:
    """List the accounts, how to reach them masked."""
    with session_for(engine) as session:
        found = people(session, OPERATOR_VIEWER, options.q)
        for page in range(1, found.pages + 1):
            for row in people(session, OPERATOR_VIEWER, options.q, page).rows:
                print(_line(row))
    print(f"共 {found.total:,} 个账号。")


def _line(row: PersonRow) -> str:
    roles = "、".join(grant.role.text for grant in row.grants)
    state = "已注销" if row.erased_at else "已停用" if row.suspended_at else ""
    reach = " ".join(part for part in (row.email, row.mobile) if part)
    return "  ".join(part for part in (f"{row.id:>6}", row.name, reach, roles, state) if part)
