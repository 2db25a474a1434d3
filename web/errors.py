"""What went wrong, told in the design of the site, or as problem+json under /api."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from structlog.contextvars import bound_contextvars

from market.errors import Invalid, NotAllowed, NotFound, NotFresh, NotSignedIn, Problem, TooMany
from market.importing import is_full
from web import cookies
from web.addresses import address, here
from web.render import page, wants_fragment
from web.security import headers_for, is_upload

log = logging.getLogger("kejie.web")
KEPT_SECONDS = 3_600
"""For how long a form that came without a session can be brought back."""

TITLES = {
    400: "请求无法理解",
    401: "请先登录",
    403: "这项操作不能进行",
    404: "没有找到这个页面",
    405: "这个地址不接受这种请求",
    412: "内容已经变了",
    413: "提交的内容太大",
    422: "填写的内容有误",
    428: "缺少版本",
    429: "操作太频繁",
    500: "服务器出错了",
    507: "服务器的磁盘满了",
}
SENTENCES = {
    400: "浏览器发来的请求不完整。请返回上一页重试。",
    401: "登录之后才能继续。",
    403: "当前身份没有这项权限。",
    404: "地址可能输错了，或者内容已经关闭、撤回。",
    405: "请从页面上的按钮或链接进入。",
    413: "一次最多 5,000 字。请删去与技术问题无关的部分再提交。",
    422: "请检查地址中的筛选条件。",
    429: "请稍后再试。",
    500: "问题已记入日志，不是您的操作造成的。请稍后再试。",
    507: "这一步没有保存，以前的内容都在。请联系运维人员清理磁盘，然后返回上一页再试一次。",
}
FILE_TOO_LARGE = "文件太大。一次最多传 12 MB，请压缩或拆分后再传。"
TOO_MANY_FILES = "一次选的文件太多，没有上传。一次最多 10 个，请返回上一页分几次传。"
WORDS = {
    "missing": "缺少这一项",
    "int_parsing": "应为整数",
    "int_parsing_size": "数字太长",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "finite_number": "应为有限的数字",
    "string_type": "应为文字",
    "string_unicode": "含有无法识别的字符，请用 UTF-8",
    "list_type": "应为数组",
    "date_type": "应为日期，如 2027-06-30",
    "date_parsing": "应为日期，如 2027-06-30",
    "date_from_datetime_parsing": "应为日期，如 2027-06-30",
    "string_too_short": "不能为空",
    "string_too_long": "最多 {max_length} 字",
    "too_long": "最多 {max_length} 项",
    "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "extra_forbidden": "没有这一项",
    "json_invalid": "不是有效的 JSON",
    "model_attributes_type": "应为 JSON 对象，且 Content-Type 为 application/json",
    "dict_type": "应为 JSON 对象",
}


def install(app: FastAPI) -> None:
    """Every kind of failure gets its page."""
    app.add_exception_handler(NotFound, lambda request, error: show(request, 404))
    app.add_exception_handler(NotSignedIn, _sign_in_first)
    app.add_exception_handler(NotFresh, _prove_first)
    app.add_exception_handler(TooMany, _too_many)
    app.add_exception_handler(NotAllowed, _refused)
    app.add_exception_handler(Invalid, _invalid)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(StarletteHTTPException, show_problem)
    app.add_exception_handler(Exception, _broken)


@contextmanager
def about(field: str) -> Iterator[None]:
    """What is wrong inside is wrong with this field: the market names its own argument."""
    try:
        yield
    except Invalid as error:
        raise Invalid([Problem(field, problem.reason) for problem in error.problems]) from error


def show_problem(request: Request, error: Exception) -> Response:
    """The page of an HTTP status that was raised somewhere below a route."""
    if not isinstance(error, StarletteHTTPException):
        return show(request, 500)
    words = str(error.detail)
    if words.startswith("Too many files"):  # as Starlette says it
        words = TOO_MANY_FILES
    return show(request, error.status_code, words if _is_chinese(words) else None)


def show(request: Request, status: int, sentence: str | None = None, **more: object) -> Response:
    """One failure: JSON for the API, a notice for htmx, a page for everyone else."""
    title = TITLES.get(status, HTTPStatus(status).phrase)
    if status == 413 and is_upload(request.url.path):
        sentence = FILE_TOO_LARGE
    sentence = sentence or SENTENCES.get(status, "")
    if request.url.path.startswith("/api/"):
        return problem(request, status, title, sentence, **more)
    return _page(request, status, title, sentence, more.get("problems", ()))


def problem(request: Request, status: int, title: str, detail: str, **more: object) -> JSONResponse:
    """RFC 9457 in words that help."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    body |= {"instance": request.url.path, "request_id": _id(request)}
    return JSONResponse(body, status, media_type="application/problem+json")


def _page(
    request: Request, status: int, title: str, sentence: str, problems: object
) -> HTMLResponse:
    headers = (
        {"HX-Retarget": "#notice", "HX-Reswap": "outerHTML"} if wants_fragment(request) else {}
    )
    shown = {"code": status, "title": title, "sentence": sentence, "fragment": bool(headers)}
    shown["request_id"] = _id(request)
    return page(
        request, "errors/show.html", status, headers, block="notice" if headers else None, **shown
    )


def _sign_in_first(request: Request, error: Exception) -> Response:
    return _first(request, "/sign-in", 401, str(error), {"WWW-Authenticate": "Bearer"})


def _prove_first(request: Request, error: Exception) -> Response:
    return _first(request, "/confirm", 403, str(error), {})


def _first(
    request: Request, path: str, status: int, sentence: str, headers: dict[str, str]
) -> Response:
    """Another page comes first and leads back here; a program is told why not."""
    if request.url.path.startswith("/api/"):
        answer = show(request, status, sentence)
        answer.headers.update(headers)
        return answer
    way = address(path, {"next": here(request)})
    if wants_fragment(request):
        return Response(status_code=status, headers={"HX-Redirect": way})
    answer = RedirectResponse(way, 303, {"Cache-Control": "no-store"})
    token = getattr(request.state, "kept_form", None)
    return cookies.give(request, answer, cookies.KEPT, token, KEPT_SECONDS) if token else answer


def _too_many(request: Request, error: Exception) -> Response:
    answer = show(request, 429, str(error))
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def _refused(request: Request, error: Exception) -> Response:
    return show(request, 403, str(error))


def _invalid(request: Request, error: Exception) -> Response:
    problems = [
        {"field": problem.field, "reason": problem.reason}
        for problem in error.problems  # type: ignore[attr-defined]
    ]
    return show(
        request, 422, "；".join(str(found["reason"]) for found in problems), problems=problems
    )


def _malformed(request: Request, error: Exception) -> Response:
    """A path or parameter of the wrong type: a page that is not there, or a bad API parameter."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    if any(item["loc"][0] == "path" for item in found):
        return show(request, 404)
    problems = [
        {"field": _name(item), "reason": f"{_name(item)}：{_words(item)}"} for item in found
    ]
    sentence = "；".join(problem["reason"] for problem in problems)
    return show(request, 422, sentence, problems=problems)


def _name(item: Any) -> str:
    """The field that a complaint of pydantic is about."""
    places = item["loc"][:1] if item["type"] == "json_invalid" else item["loc"]
    start = 1 if places[0] in ("query", "body", "path", "header") else 0
    names = [str(part) for part in places[start:]]
    return ".".join(names) or "请求体"


def _words(item: Any) -> str:
    """A complaint of pydantic in Chinese; its own words where it is a rare one."""
    known = WORDS.get(item["type"])
    given = {name: _plain(value) for name, value in item.get("ctx", {}).items()}
    return known.format(**given) if known else str(item["msg"])


def _plain(value: Any) -> str:
    """A bound without ".0"; choices, which pydantic writes "'a', 'b' or 'c'", as a, b and c."""
    if isinstance(value, float | int):
        return f"{value:,.0f}" if value == int(value) else str(value)
    choices = re.findall(r"'([^']*)'", str(value))
    return "、".join(choices) or str(value)


def _broken(request: Request, error: Exception) -> Response:
    with bound_contextvars(request_id=_id(request)):
        log.error("failed: %s", getattr(request.state, "route", ""), exc_info=error)
    answer = show(request, 507 if is_full(error) else 500)
    answer.headers.update(headers_for(request.app.state.settings))  # no other guard sees this one
    answer.headers["X-Request-ID"] = _id(request)
    return answer


def _id(request: Request) -> str:
    """What a reader can tell us, to be found in the log."""
    return str(getattr(request.state, "request_id", ""))


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
