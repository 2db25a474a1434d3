"""Field 技术领域 and Division 行政区划: the two trees that listings hang on."""

from __future__ import annotations

from sqlmodel import Field as Column
from sqlmodel import SQLModel


class Field(SQLModel, table=True):
    """A technology field of the plan, two levels; its crosswalks to other schemes are our own.

    Codes are hierarchical: NM is 新材料, NM01 lies under it. Several codes of a crosswalk are
    joined by "|".
    """

    code: str = Column(primary_key=True, max_length=8)
    parent_code: str | None = Column(default=None, foreign_key="field.code")
    name: str
    definition: str = ""
    gbt4754: str = ""
    gbt13745: str = ""
    high_tech: str = ""
    strategic: str = ""
    ipc: str = ""


class Division(SQLModel, table=True):
    """A division of GB/T 2260, or the Hong Kong or Macau region."""

    code: str = Column(primary_key=True, max_length=6)
    parent_code: str | None = Column(default=None, foreign_key="division.code")
    name: str
    group: str = Column(default="", max_length=20, index=True)
