"""Keys: shown once, stored hashed, scoped, revocable."""
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from onestop.people import services, tokens
from onestop.people.models import ApiToken
from onestop.people.rest.authentication import BearerToken, needs
from onestop.transitions import Refused


def last_line(*args):
    out = StringIO()
    call_command("create_token", *args, stdout=out, stderr=StringIO())
    return out.getvalue().strip().splitlines()[-1]


def authenticate(text):
    request = APIRequestFactory().get("/", headers={"authorization": f"Bearer {text}"})
    return BearerToken().authenticate(APIView().initialize_request(request))


def test_the_command_prints_the_key_alone_and_only_its_hash_is_kept(cast):
    text = last_line("Tổng đài", "--scope", "book", "--scope", "visits", "--office", cast.office.code)
    token = ApiToken.objects.get()
    assert token.digest == tokens.digest(text)
    assert text not in str(vars(token))
    assert token.scopes == ["book", "visits"]
    assert list(token.offices.all()) == [cast.office]


@pytest.mark.parametrize("args", [["x", "--scope", "king"], ["x"], ["", "--scope", "book"], ["x" * 81, "--scope", "book"],
                                  ["x", "--scope", "book", "--office", "khong-co"]])
def test_the_command_refuses_with_a_sentence(db, args):
    with pytest.raises(CommandError):
        last_line(*args)
    assert not ApiToken.objects.exists()


def test_a_key_opens_what_its_scopes_say(cast):
    partner, _token = authenticate(last_line("Đối tác", "--scope", "book"))
    request = APIView().initialize_request(APIRequestFactory().get("/"))
    request.user = partner
    assert needs("book", "visits")().has_permission(request, None)
    assert not needs("report")().has_permission(request, None)
    assert partner.may_act_for(cast.office.pk), "a key without offices acts for all"


def test_a_key_for_one_office_does_not_act_for_another(cast):
    partner, _token = authenticate(last_line("Đối tác", "--scope", "book", "--office", cast.office.code))
    assert partner.may_act_for(cast.office.pk)
    assert not partner.may_act_for(cast.other_office.pk)


def test_the_screen_shows_a_new_key_once_and_revokes_it(client, cast):
    client.force_login(cast.administrator)
    url = reverse("people:tokens")
    answer = client.post(url, {"name": "Zalo", "scopes": ["book"], "offices": [cast.office.pk]})
    assert answer.status_code == 201
    token = ApiToken.objects.get()
    text = answer.context["text"]
    assert token.digest == tokens.digest(text)
    assert text not in client.get(url).content.decode()
    assert authenticate(text)[1] == token
    for _time in range(2):
        assert client.post(reverse("people:revoke_token", args=[token.pk])).status_code == 302
    assert sorted(token.events.values_list("verb", flat=True)) == ["issue_token", "revoke_token"]
    answer = client.get("/api/v1/procedures/", headers={"authorization": f"Bearer {text}"})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert "WWW-Authenticate" in answer


@pytest.mark.parametrize("wrong", [
    {"name": ""}, {"scopes": []}, {"scopes": ["king"]}, {"offices": []}, {"offices": ["999999"]}, {"name": "x" * 81}])
def test_wrong_input_makes_no_key(client, cast, wrong):
    client.force_login(cast.administrator)
    answer = client.post(reverse("people:tokens"), {"name": "Zalo", "scopes": ["book"], "offices": [cast.office.pk], **wrong})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_only_an_administrator_makes_and_ends_keys(client, cast):
    token, _text = services.issue_token(actor=cast.administrator, name="Zalo", scopes=["book"], offices=[cast.office])
    for actor in (cast.leader, cast.outsider, cast.citizen):
        with pytest.raises(Refused):
            services.issue_token(actor=actor, name="Zalo", scopes=["book"], offices=[cast.office])
        with pytest.raises(Refused):
            services.revoke_token(actor=actor, token=token)
    client.force_login(cast.leader)
    assert client.get(reverse("people:tokens")).status_code == 403


def test_a_key_for_all_offices_is_not_the_screens_to_see_or_end(client, cast):
    token, _text = tokens.create_token(name="Toàn quốc", scopes=["report"])
    client.force_login(cast.administrator)
    assert "Toàn quốc" not in client.get(reverse("people:tokens")).content.decode()
    assert client.post(reverse("people:revoke_token", args=[token.pk])).status_code == 404


@pytest.mark.parametrize("header", ["Bearer", "Bearer  ", "Basic abc", "Bearer khong-dung", "Bearer " + "x" * 5000])
def test_wrong_keys_are_refused(client, db, header):
    answer = client.get("/api/v1/procedures/", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.json()["code"]
