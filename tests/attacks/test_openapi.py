"""Every operation of the API with made-up values, by everybody: nothing fails inside, nothing that
one organisation keeps reaches another, and what is answered is what the schema says."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from schemathesis.core.failures import Failure
from schemathesis.specs.openapi.checks import response_schema_conformance

from market.models import SignInKind
from tests.attacks.test_every_role_everywhere import OURS, forbidden, leaks
from tests.attacks.town import EVERYBODY, Town, town_on
from tests.web.conftest import indexed
from tests.web.people import token_of
from tests.web.routes import Route

pytestmark = pytest.mark.slow
EXAMPLES = 3
PLAIN = hypothesis.settings(
    max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
WHO = [who for who in EVERYBODY if who not in OURS or who == "own owner"]


@pytest.fixture(scope="module")
def town(empty: Any, tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town_on(indexed(empty, tmp_path_factory, 1, 1))


def headers_of(town: Town) -> dict[str, dict[str, str]]:
    """A token of the API for everybody; a visitor has none."""
    made = {
        who: token_of(town.site, town.people[who], kind=SignInKind.TOKEN)
        for who in WHO if who != "visitor"
    }  # fmt: skip
    return {who: {"Authorization": f"Bearer {made[who]}"} if who in made else {} for who in WHO}


def test_no_operation_fails_or_tells_what_is_not_for_one(town: Town) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", town.site.app)
    operations = [found.ok() for found in schema.get_all_operations()]
    headers, wrong = headers_of(town), []
    words = {who: forbidden(town, who) for who in WHO}

    def check(operation: Any) -> None:
        @PLAIN
        @given(case=operation.as_strategy())
        def tried(case: Any) -> None:
            for who in WHO:
                wrong.extend(found(operation, case, who))

        tried()

    def found(operation: Any, case: Any, who: str) -> list[str]:
        case.headers = {
            name: value for name, value in (case.headers or {}).items()
            if name.lower() not in ("authorization", "cookie")
        } | headers[who]  # fmt: skip
        case.cookies = {}
        _aimed(town, case)
        answer = case.call()
        name = f"{operation.method.upper()} {operation.path} ({who}): "
        told = [name + f"{word} 可见" for word in leaks(answer, words[who])]
        if answer.status_code >= 500:
            told.append(name + str(answer.status_code))
        elif answer.status_code < 300 and answer.content:
            try:
                case.validate_response(answer, checks=[response_schema_conformance])
            except (Failure, BaseExceptionGroup) as error:
                told.append(name + str(error)[:300])
        return told

    assert len(operations) > 50
    for operation in operations:
        check(operation)
    assert wrong == []


def _aimed(town: Town, case: Any) -> None:
    """Half of the cases are about what there is: made-up numbers seldom meet anything."""
    template = case.operation.path
    for name in case.path_parameters or {}:
        if len(str(case.path_parameters[name])) % 2:
            case.path_parameters[name] = town.of(Route("GET", template, None)).get(name, 1)
