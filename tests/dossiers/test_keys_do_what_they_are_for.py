"""A key for taking dossiers in decides nothing; a letter's blockade keeps everybody from the counter."""
from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from dossiers.states import State
from onestop.people.states import Scope
from onestop.people.tokens import create_token


def key(*scopes: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(name='thử', scopes=scopes)[1]}")
    return client


@pytest.mark.parametrize(("scope", "status"), [(Scope.INTAKE, 403), (Scope.PROCESS, 200)])
def test_deciding_needs_the_scope_of_casework(cast, desk, morning, scope, status):
    dossier = desk.receive()
    assert key(scope).post(f"/api/v1/dossiers/{dossier.code}/decide/", {}, format="json").status_code == status
    assert desk.fresh(dossier).state == (State.DECIDED if status == 200 else State.ACCEPTED)
