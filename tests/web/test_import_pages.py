"""The pages of an import: from the upload to its undoing, by links and forms alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from market.importing import Importer
from market.models import Achievement, Import, OrganisationKind, Role, Standing
from tests.market import messy
from tests.web.pages import Client, Page, checked
from tests.web.people import organisation_in, signed_in
from tests.web.site import NOW, Site

INSTITUTION = OrganisationKind.INSTITUTION


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def body(site: Site) -> int:
    return organisation_in(site, "某研究院", INSTITUTION, standing=Standing.VERIFIED)


@pytest.fixture
def editor(site: Site, body: int) -> Client:
    return signed_in(site, organisation=body, role=Role.EDITOR)


def sent(
    client: Client, body: int | str, data: bytes, name: str = "成果.xlsx", kind: str = "achievement"
) -> Any:
    given = {"kind": kind, "organisation": str(body)}
    return client.raw.post("/imports", data=given, files={"file": (name, data)} if name else None)


def work(site: Site) -> None:
    worker = Importer(site.engine, site.app.state.settings.data)
    while worker.run_once(NOW):
        pass
    worker.close()


def columns(page: Page) -> dict[str, str]:
    chosen = {}
    for field in page.all("select"):
        options = [each for each in field.iter() if each.tag.endswith("option")]
        marked = [each.get("value") or "" for each in options if "selected" in each.attrib]
        chosen[field.get("name") or ""] = (marked or [""])[-1]
    return chosen


def cell(page: Page, number: int = 0) -> str:
    names = [f.get("name") or "" for tag in ("input", "textarea") for f in page.all(tag)]
    return [name for name in names if name.startswith("cell-")][number]


def checked_import(site: Site, client: Client, body: int, data: bytes, name: str) -> str:
    path = sent(client, body, data, name).headers["location"]
    assert client.send(f"{path}/columns", **columns(client.get(path))) == path
    work(site)
    return str(path)


def test_a_messy_file_from_the_upload_to_its_undoing(site: Site, editor: Client, body: int) -> None:
    path = sent(editor, body, messy.workbook(120)).headers["location"]
    mapping = columns(editor.get(path))
    assert list(mapping.values()) == messy.TARGETS
    editor.send(f"{path}/columns", **mapping)
    waiting = editor.get(path)
    assert waiting.by_id("import").get("hx-trigger") == "every 1s"
    assert "正在检查每一行" in waiting.words("h2")
    work(site)
    page = editor.get(f"{path}?shelf=wrong")
    wrong = cell(page)
    row = wrong.split("-")[1]
    assert editor.send(f"{path}/rows", shelf="wrong", page="1", row=row, **{wrong: "7"}).startswith(
        f"{path}?shelf=wrong"
    )
    assert wrong not in editor.get(f"{path}?shelf=wrong").text
    editor.send(f"{path}/run", then="publish")
    assert "正在导入" in editor.get(path).words("h2")
    work(site)
    assert "已导入" in editor.get(path).words("h2")
    with site.session() as session:
        made = len(session.exec(select(Achievement)).all())
        assert made == session.exec(select(Import)).one().created > 100
    editor.send(f"{path}/undo")
    work(site)
    assert "已撤销" in editor.get(path).words("h2")
    with site.session() as session:
        assert len(session.exec(select(Achievement)).all()) == 0
    assert "成果.xlsx" in editor.get("/imports").text


def test_every_page_of_rows_is_a_page(site: Site, editor: Client, body: int) -> None:
    path = checked_import(site, editor, body, messy.workbook(60), "成果.xlsx")
    for shelf in ("all", "wrong", "repeated", "fine", "changing", "chosen", "other"):
        editor.get(f"{path}?shelf={shelf}&page=99")
    editor.get(f"{path}/columns")
    editor.get(f"{path}/rows/5")
    editor.get(f"{path}/rows/4", 404)


def test_a_row_is_mended_whole_and_keeps_what_is_still_wrong(
    site: Site, editor: Client, body: int
) -> None:
    data = "成果名称,成熟度,专利号\n甲工艺,很高,201710601862.4\n".encode()
    path = checked_import(site, editor, body, data, "a.csv")
    page = editor.get(f"{path}/rows/2")
    names = {name.split("-")[2]: name for name in (cell(page, n) for n in range(3))}
    again = editor.send(f"{path}/rows/2", **{names["readiness"]: "6"})
    assert again == f"{path}/rows/2"
    left = [item.get("id") for item in editor.get(again).all("p") if item.get("class") == "wrong"]
    assert left == [f"{names['rights']}-wrong"]
    assert editor.send(f"{path}/rows/2", **{names["rights"]: "201710601862.3"}).startswith(
        f"{path}?shelf=wrong"
    )


def test_the_same_mistake_is_mended_once_for_all_rows(
    site: Site, editor: Client, body: int
) -> None:
    modes = ["不限"] * 3 + ["技术转让"] * 3
    data = "成果名称,合作方式\n" + "".join(f"第{n}种工艺,{m}\n" for n, m in enumerate(modes))
    path = checked_import(site, editor, body, data.encode(), "a.csv")
    page = editor.get(path)
    fields = {field.get("name") or "": field.get("value") or "" for field in page.all("input")}
    given = {name: value for name, value in fields.items() if name.endswith("-0")}
    assert given == {"target-0": "modes", "was-0": "不限", "becomes-0": "不限"}
    again = editor.send(f"{path}/alike", **given | {"becomes-0": "技术转让"})
    assert "已改 3 行，都没有错误了。" in editor.get(again).text
    assert "同样的错误" not in editor.get(path).text


def test_ticks_and_buttons_choose_rows(site: Site, editor: Client, body: int) -> None:
    path = checked_import(
        site, editor, body, "成果名称\n甲工艺\n甲工艺\n乙工艺\n".encode(), "a.csv"
    )

    def ticked() -> list[bool]:
        boxes = editor.get(path).all("input")
        return ["checked" in box.attrib for box in boxes if box.get("name") == "chosen"]

    rows = [i.get("value") for i in editor.get(path).all("input") if i.get("name") == "row"]
    assert ticked() == [True, False, True]
    editor.send(f"{path}/rows", row=rows, chosen=rows[1])
    assert ticked() == [False, True, False]
    for do, result in (("all", [True] * 3), ("fine", [True, False, True]), ("none", [False] * 3)):
        editor.send(f"{path}/rows", row=rows, do=do)
        assert ticked() == result
    page = editor.post(f"{path}/run", 422, then="")
    assert "还没有选中可以导入的行" in page.text


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [({"data": b"", "name": ""}, "file", "请先选择文件"),
     ({"data": b"%PDF-1.7 x", "name": "a.xlsx"}, "file", "内容却是PDF 文件"),
     ({"data": "标题\n甲".encode(), "name": "a.csv", "kind": "x"}, "kind", "导入需求还是成果"),
     ({"data": "标题\n甲".encode(), "name": "a.csv", "body": ""}, "organisation", "为哪个单位")],
)  # fmt: skip
def test_an_upload_that_cannot_be_says_what_is_missing(
    editor: Client, body: int, given: dict[str, Any], field: str, told: str
) -> None:
    page = checked(sent(editor, given.pop("body", body), **given), 422)
    links = [a.get("href") for a in page.all("a") if told in "".join(a.itertext())]
    assert links == [f"#{field}"]


def test_nobody_imports_for_others(site: Site, editor: Client, body: int) -> None:
    other = organisation_in(site, "别的研究院", INSTITUTION)
    page = checked(sent(editor, other, "标题\n甲".encode(), "a.csv"), 422)
    assert "只有" in page.text or "请先加入" in page.text
    with site.session() as session:
        assert len(session.exec(select(Import)).all()) == 0


def test_others_imports_are_nowhere(site: Site, editor: Client, body: int) -> None:
    path = checked_import(site, editor, body, "成果名称\n甲工艺\n".encode(), "a.csv")
    other = organisation_in(site, "别的研究院", INSTITUTION)
    stranger = signed_in(site, organisation=other, role=Role.OWNER)
    for address in (path, f"{path}/columns", f"{path}/rows/2"):
        stranger.get(address, 404)
    for action in ("columns", "rows", "rows/2", "run", "undo", "retry", "drop"):
        stranger.post(f"{path}/{action}", 404)
    assert "a.csv" not in stranger.get("/imports").text
    assert site.client.raw.get(path).headers["location"].startswith("/sign-in")


def test_a_step_out_of_turn_is_told_on_the_page(site: Site, editor: Client, body: int) -> None:
    path = checked_import(site, editor, body, "成果名称\n甲工艺\n".encode(), "a.csv")
    assert "不能做这一步" in editor.post(f"{path}/undo", 422).text


def test_progress_is_asked_for_as_a_part_of_the_page(site: Site, editor: Client, body: int) -> None:
    path = sent(editor, body, "成果名称\n甲工艺\n".encode(), "a.csv").headers["location"]
    editor.send(f"{path}/columns", **columns(editor.get(path)))
    part = editor.fragment(path, "import").text
    assert ("正在检查每一行" in part, "<html" in part) == (True, False)
    work(site)
    part = editor.fragment(path, "import").text
    assert ("1 行可以导入" in part, "every 1s" in part) == (True, False)


def test_a_given_up_import_says_so(site: Site, editor: Client, body: int) -> None:
    path = checked_import(site, editor, body, "成果名称\n甲工艺\n".encode(), "a.csv")
    assert editor.send(f"{path}/drop") == "/imports"
    assert "已放弃" in editor.get(path).text


def test_rows_cost_the_same_whatever_their_number(site: Site, editor: Client, body: int) -> None:
    few = checked_import(site, editor, body, messy.workbook(1), "一.xlsx")
    many = checked_import(site, editor, body, messy.workbook(30), "三十.xlsx")
    sent = []
    for path in (few, many):
        with site.counted() as statements:
            editor.get(path)
        sent.append(len(statements))
    assert sent[0] == sent[1]


def test_a_file_above_the_limit_of_other_pages_is_taken(
    site: Site, editor: Client, body: int
) -> None:
    text = "成果名称,成果描述\n" + "".join(f"工艺{n},{'说明' * 400}\n" for n in range(2_000))
    assert len(text.encode()) > 4 * 2**20
    assert sent(editor, body, text.encode(), "大.csv").status_code == 303
