"""What a handler is given: a session that is committed in time, messages for the next page, ways to
ask for a sign-in, for the password, or for patience."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response
from sqlmodel import select

from market.errors import Invalid, NotAllowed, Problem
from market.models import Field
from market.roles import Viewer
from tests.web.pages import Client
from tests.web.people import signed_in
from tests.web.site import Site
from web.deps import Now, Posted, Tx, attempt, limited, may
from web.render import go, page

Member = Annotated[Viewer, Depends(may("account.use"))]
Secured = Annotated[Viewer, Depends(may("account.secure"))]
Asked = Annotated[Viewer, Depends(may("account.secure", fresh=True))]


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


def with_routes(site: Site) -> Client:
    app: FastAPI = site.app
    code = iter(f"T{n:02}" for n in range(99))

    @app.post("/t/write")
    def write(request: Request, given: Posted, session: Tx) -> Response:
        session.add(Field(code=next(code), name=str(given["name"])))
        if given["name"] == "raise":
            raise NotAllowed("不行。")
        if given["name"] == "page":
            return page(request, "errors/show.html", 422, code=422, title="t", sentence="s",
                        fragment=False, request_id="")  # fmt: skip
        return go(request, "/about", said="已保存“<b>新</b>”。")

    @app.post("/t/attempt")
    def tried(request: Request, given: Posted, session: Tx) -> Response:
        with attempt(session) as problems:
            session.add(Field(code="TT", name="x"))
            session.flush()
            raise Invalid([Problem("name", "重名。"), Problem("code", "太短。")])
        return Response("；".join(problem.reason for problem in problems))

    @app.get("/t/who", dependencies=[Depends(limited("export"))])
    def who(viewer: Member) -> Response:
        return Response(viewer.name)

    @app.post("/t/attachments")
    def upload(given: Posted, viewer: Member) -> Response:
        return Response(str(len(given["file"].file.read())))  # type: ignore[union-attr]

    @app.get("/t/secure")
    @app.post("/t/secure")
    def secure(now: Now, viewer: Secured) -> Response:
        return Response("done")

    @app.get("/t/secure-form")
    def form(viewer: Asked) -> Response:
        return Response("form")

    return signed_in(site)


def names(site: Site) -> list[str]:
    with site.session() as session:
        return [row.name for row in session.exec(select(Field)) if row.code.startswith("T")]


def test_what_was_written_is_there_when_the_answer_arrives(site: Site) -> None:
    client = with_routes(site)
    before = names(site)
    assert client.send("/t/write", name="kept") == "/about"
    assert names(site) == [*before, "kept"]


@pytest.mark.parametrize(("name", "status"), [("raise", 403), ("page", 422)])
def test_a_refusal_keeps_nothing(site: Site, name: str, status: int) -> None:
    client = with_routes(site)
    before = names(site)
    assert client.raw.post("/t/write", data={"name": name}).status_code == status
    assert names(site) == before


def test_an_attempt_collects_every_problem_and_keeps_nothing(site: Site) -> None:
    client = with_routes(site)
    before = names(site)
    assert client.raw.post("/t/attempt", data={"name": "x"}).text == "重名。；太短。"
    assert names(site) == before


def test_a_file_is_read_only_of_somebody_who_is_signed_in(site: Site) -> None:
    client, body = with_routes(site), b"a" * 5_000_000
    token = {"csrftoken": client.raw.token()}
    assert client.raw.post("/t/attachments", data=token, files={"file": body}).text == "5000000"
    token = {"csrftoken": site.client.raw.token()}
    answer = site.client.raw.post("/t/attachments", data=token, files={"file": body})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F")


def test_a_message_is_shown_once_and_as_text(site: Site) -> None:
    client = with_routes(site)
    client.send("/t/write", name="kept")
    page = client.get("/about")
    assert " ".join(page.by_id("said").itertext()).split() == ["已保存“<b>新</b>”。"]
    assert "said" not in {item.get("id") for item in client.get("/about").root.iter()}


def test_nobody_else_writes_the_message(site: Site) -> None:
    client = signed_in(site)
    client.raw.cookies.set("kejie_said", "IuiiqyI.x.y", domain="testserver.local")
    assert "said" not in {item.get("id") for item in client.get("/about").root.iter()}


def test_a_visitor_is_led_to_signing_in_and_back(site: Site) -> None:
    with_routes(site)
    answer = site.client.raw.get("/t/who?a=1&b=%E9%94%97")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Ft%2Fwho%3Fa%3D1%26b%3D%25E9%2594%2597"


def test_a_part_of_a_page_leads_the_whole_page_to_signing_in(site: Site) -> None:
    with_routes(site)
    headers = {"HX-Request": "true", "Referer": "http://testserver/needs/7?a=1"}
    answer = site.client.raw.get("/t/who", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in?next=%2Fneeds%2F7%3Fa%3D1"


@pytest.mark.parametrize(
    ("referer", "next"),
    [("http://testserver/account/security", "%2Faccount%2Fsecurity"),
     ("https://evil.example/x", "%2F"), ("http://testserver//evil.example", "%2F"), ("", "%2F")],
)  # fmt: skip
def test_a_sensitive_act_asks_for_the_password_and_comes_back_to_its_page(
    site: Site, referer: str, next: str
) -> None:
    client = with_routes(site)
    assert client.raw.post("/t/secure").text == "done"
    later = site.app.state.now() + timedelta(hours=1)
    site.app.state.now = lambda: later
    answer = client.raw.post("/t/secure", headers={"Referer": referer})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/confirm?next={next}")
    assert client.raw.get("/t/secure").text == "done"
    assert (
        client.raw.get("/t/secure-form").headers["location"] == "/confirm?next=%2Ft%2Fsecure-form"
    )


def test_whoever_comes_too_often_is_told_how_long_to_wait(site: Site) -> None:
    client = with_routes(site)
    for _ in range(20):
        assert client.raw.get("/t/who").status_code == 200
    answer = client.raw.get("/t/who")
    assert answer.status_code == 429
    assert 3_500 < int(answer.headers["retry-after"]) <= 3_600
    assert "导出过于频繁。请在 60 分钟后再试。" in answer.text
    assert signed_in(site).raw.get("/t/who").status_code == 200
