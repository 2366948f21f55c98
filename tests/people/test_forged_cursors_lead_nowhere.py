"""A cursor that was not made here is a 404 with a sentence, never a 500."""
from base64 import b64encode
from urllib.parse import quote

import pytest
from django.test import Client

from tests.cast import Cast


@pytest.mark.parametrize("inside", ["p=abc", "o=abc", "p=99999999999999999999999999", "r=1&p=", "p=\x00", "p=1&o=-5"])
@pytest.mark.parametrize("path", ["/api/v1/procedures/", "/api/v1/offices/"])
def test_a_forged_cursor_is_not_found(client: Client, cast: Cast, path: str, inside: str) -> None:
    cursor = quote(b64encode(inside.encode()).decode())
    answer = client.get(f"{path}?cursor={cursor}")
    assert answer.status_code in (200, 404)
    assert answer.headers["content-type"] in ("application/json", "application/problem+json")
