"""The whole import in the caller's transaction: read, check, find or make owners, store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, or_, select

from market import rules
from market.actions import listings, organisations
from market.actions.drafts import ListingDraft, known_codes
from market.actions.listings import Recorded
from market.actions.organisations import OrganisationDraft
from market.errors import Invalid, Problem
from market.imports import values
from market.imports.files import file_to_read, format_of, refuse
from market.imports.lines import read_jsonl
from market.imports.rows import Owner, Reading, ReadRow, read_row
from market.imports.tables import Table, read_csv, read_xlsx
from market.models.enums import Kind, OrganisationKind
from market.models.organisations import Organisation
from market.models.places import Division, Field
from market.roles import Viewer

READERS: dict[str, Callable[[Path], Table]] = {
    ".xlsx": read_xlsx,
    ".csv": read_csv,
    ".jsonl": read_jsonl,
}
OWNER_KINDS = {
    Kind.NEED: OrganisationKind.ENTERPRISE,
    Kind.ACHIEVEMENT: OrganisationKind.INSTITUTION,
}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import. `owner` is a key or a name for rows that name none; `field` likewise."""

    path: Path
    kind: Kind
    source: str = ""
    owner: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, and the columns that it made nothing of."""

    source: str
    rows: int
    recorded: Recorded
    new_owners: int
    unused: list[str]


def import_listings(
    session: Session, wanted: ImportRequest, viewer: Viewer, now: datetime,
    progress: Progress | None = None,
) -> ImportReport:  # fmt: skip
    """Import a file or a BEIR folder. Raises Invalid with every problem, and nothing is changed."""
    rules.require(viewer, "listing.record")
    file = file_to_read(wanted.path, is_needs=wanted.kind is Kind.NEED)
    table = READERS[format_of(file)](file)
    if not table.rows:
        refuse(f"“{file.name}”里只有表头，没有一行数据。")
    source = wanted.source or (wanted.path.name if wanted.path.is_dir() else wanted.path.stem)
    reading = reading_for(session, wanted.kind, source[:80], now, wanted.field)
    default = _default_owner(session, wanted.owner)
    read = list(_read(table, reading, progress))
    owners = _Owners(session, read)
    problems = [problem for row in read for problem in row.problems]
    problems += [*_repeated(read), *owners.problems()]
    if problems:
        raise Invalid(sorted(problems, key=lambda problem: problem.row or 0))
    ids = owners.ids(wanted.kind, source[:80], default, viewer, now)
    drafts = [_owned(row, ids[row.owner], owners) for row in read]
    recorded = listings.record(
        session, wanted.kind, drafts, viewer, now, origin=f"import:{file.name}"[:200]
    )
    return ImportReport(source[:80], len(drafts), recorded, owners.created, table.unused)


def reading_for(
    session: Session, kind: Kind, source: str, now: datetime, field: str = "", *,
    takes_prints: bool = True,
) -> Reading:  # fmt: skip
    """What rows of a file are read against. Raises Invalid for a field that there is not."""
    fields = values.index_of(session.exec(select(Field.code, Field.name)))
    divisions = values.index_of(session.exec(select(Division.code, Division.name)))
    default = fields.get(values.plain(field)) if field else None
    if field and default is None:
        raise Invalid([Problem("fields", f"没有“{field}”这个技术领域。")])
    codes = (default,) if default else ()
    return Reading(kind, source, known_codes(session), fields, divisions, codes, now, takes_prints)


def _read(table: Table, reading: Reading, progress: Progress | None) -> Iterable[ReadRow]:
    for done, row in enumerate(table.rows, 1):
        yield read_row(row, reading)
        if progress:
            progress(done, len(table.rows))


def _repeated(rows: Sequence[ReadRow]) -> list[Problem]:
    first: dict[str | None, int] = {}
    problems = []
    for row in rows:
        id = row.draft.source_id
        before = first.setdefault(id, row.number)
        if before != row.number:
            named = "内容" if str(id).startswith("sha256:") else f"编号“{id}”"
            problems.append(Problem("source_id", f"{named}与第 {before} 行重复。", row.number))
    return problems


def _default_owner(session: Session, named: str) -> Organisation | None:
    if not named:
        return None
    known = or_(Organisation.key == named, Organisation.name == named)
    found = session.exec(select(Organisation).where(known).order_by(col(Organisation.id))).first()
    if found is None:
        raise Invalid([Problem("owner", f"没有“{named}”这个单位，请用它的全称或代号。")])
    return found


def _owned(row: ReadRow, owner: Organisation, owners: _Owners) -> ListingDraft:
    division = row.draft.division_code or owner.division_code
    return replace(row.draft, owner_id=owners.id(owner), division_code=division)


class _Owners:
    """The organisations that rows name: those that are known, and those to be made."""

    def __init__(self, session: Session, rows: Sequence[ReadRow]) -> None:
        self._session = session
        self._rows = rows
        self.created = 0
        bodies = list(session.exec(select(Organisation).order_by(col(Organisation.id).desc())))
        self._by_name = {body.name: body for body in bodies}
        self._by_code = {body.credit_code: body for body in bodies if body.credit_code}

    def problems(self) -> list[Problem]:
        """Rows that name a demo organisation, or a code without a name that is nobody's."""
        found = []
        for row in self._rows:
            body = self._known(row.owner)
            if body is not None and body.is_demo:
                reason = f"“{body.name}”是示例单位，不能挂导入的内容。"
                found.append(Problem("owner", reason, row.number))
            elif body is None and row.owner.credit_code and not row.owner.name:
                reason = f"没有信用代码为 {row.owner.credit_code} 的单位，请补上单位名称。"
                found.append(Problem("owner", reason, row.number))
            elif len(row.owner.name) > 200:
                found.append(Problem("owner", "单位名称最多 200 个字符。", row.number))
        return found

    def ids(
        self, kind: Kind, source: str, default: Organisation | None, viewer: Viewer, now: datetime
    ) -> dict[Owner, Organisation]:
        """Every owner that a row names, stored."""
        made: dict[Owner, Organisation] = {}
        for owner in dict.fromkeys(row.owner for row in self._rows):
            known = self._known(owner)
            if known is None and not owner.name:
                known = default or self._source(source, viewer, now)
            if known is None:
                draft = OrganisationDraft(
                    owner.name, OWNER_KINDS[kind], credit_code=owner.credit_code
                )
                known = organisations.record(self._session, draft, viewer, now, origin="import")
                self._by_name[known.name] = known
                self.created += 1
            made[owner] = known
        return made

    def id(self, owner: Organisation) -> int:
        """The id of a stored organisation."""
        assert owner.id is not None
        return owner.id

    def _known(self, owner: Owner) -> Organisation | None:
        if owner.credit_code and owner.credit_code in self._by_code:
            return self._by_code[owner.credit_code]
        return self._by_name.get(owner.name)

    def _source(self, source: str, viewer: Viewer, now: datetime) -> Organisation:
        draft = OrganisationDraft(
            f"未注明单位（来自 {source}）", OrganisationKind.SOURCE, key=f"source:{source}"[:80]
        )
        return organisations.record(self._session, draft, viewer, now, origin="import")
