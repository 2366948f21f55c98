"""Every address needs sign-in unless it is on these short lists."""
import pytest
from django.urls import reverse

from tests.house.addresses import Address, addresses

# Pages for citizens without an account, and what the machinery asks for.
PUBLIC = {
    "healthz", "readyz", "metrics", "people:sign_in", "people:language",
    "guide:home", "guide:search", "guide:procedure", "guide:office", "guide:offices", "guide:letters", "guide:letter", "guide:places",
    "news:subscribe", "news:confirm", "news:confirm_link", "news:end_ask", "news:end_code", "news:end",
    "guide:announcements", "guide:announcement", "guide:announcement_aloud",
    "bookings:start", "bookings:month", "bookings:hold", "bookings:details", "bookings:extend", "bookings:leave",
    "bookings:leave_soon", "bookings:stay", "bookings:confirm_phone", "bookings:collect", "bookings:group_new", "bookings:group",
    "bookings:group_cancel", "bookings:waiting_join", "bookings:waiting", "bookings:waiting_accept", "bookings:waiting_decline",
    "bookings:waiting_withdraw",
    "bookings:display", "bookings:display_numbers", "bookings:line", "bookings:line_place", "bookings:rule",
    "bookings:manage", "bookings:wishes", "bookings:invited", "bookings:relocated", "bookings:cancel", "bookings:move", "bookings:ics",
    "bookings:slip",
    "dossiers:submit", "dossiers:draft", "dossiers:submitted", "dossiers:proof", "dossiers:filing_proof", "dossiers:track",
    "dossiers:tracked", "dossiers:citizen_wishes", "news:confirm_email", "dossiers:citizen_return", "dossiers:citizen_collection",
    "dossiers:tracked_result", "dossiers:tracked_result_file", "dossiers:result_link",
    "dossiers:result_link_file", "dossiers:answer_supplement",
    "postal:campaign_answer",
    "dossiers:pay", "dossiers:pay_return", "dossiers:letters", "dossiers:letters_read", "dossiers:letter_file",
    "postal:points",
}
# Operations of the API that need no token (api.md, column 'scope'): the second factor or a signature is checked inside.
PUBLIC_API = {
    ("procedures", "get"), ("procedure", "get"), ("offices", "get"), ("availability", "get"), ("room", "get"),
    ("appointment", "get"), ("appointment_cancel", "post"), ("appointment_reschedule", "post"),
    ("submissions", "post"), ("submission_check", "post"), ("uploads", "post"), ("upload", "get"), ("upload", "post"),
    ("dossier", "get"), ("carrier-events", "post"), ("reception-points", "get"), ("message-reports", "post"),
    ("payment_notice", "get"), ("payment_notice", "post"),
    ("schema", "get"), ("docs", "get"),
}
ALL = addresses()
PAGES = [address for address in ALL if not address.is_api]
API = [address for address in ALL if address.is_api]
METHODS = ("get", "post", "put", "patch", "delete")


def test_every_address_has_a_name_of_its_own():
    names = [address.name for address in ALL]
    assert all(not name.endswith(":") and name for name in names), "an address without a name"
    assert len(names) == len(set(names)), sorted({name for name in names if names.count(name) > 1})


def test_the_public_list_is_short_and_true():
    names = {address.name for address in PAGES}
    assert not PUBLIC - names, f"listed as public, but no such page: {sorted(PUBLIC - names)}"
    operations = {(address.name.removeprefix("api:"), method) for address in API for method in _methods(address)}
    assert not PUBLIC_API - operations, f"listed as public, but no such operation: {sorted(PUBLIC_API - operations)}"


@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.name)
def test_a_page_needs_sign_in_unless_listed(address: Address, client, db):
    assert address.needs_sign_in == (address.name not in PUBLIC)
    if address.needs_sign_in:
        for method in ("get", "post"):
            answer = getattr(client, method)(address.example())
            assert answer.status_code == 302
            assert answer.url.startswith(reverse("people:sign_in"))


@pytest.mark.parametrize("address", API, ids=lambda address: address.name)
def test_an_operation_needs_a_token_unless_listed(address: Address, client, db):
    for method in _methods(address):
        answer = getattr(client, method)(address.example(), data={}, content_type="application/json")
        if (address.name.removeprefix("api:"), method) in PUBLIC_API:
            assert answer.status_code not in (401, 403) or answer.json()["code"] != "not_authenticated"
            assert answer.status_code < 500
        else:
            assert answer.status_code == 401, f"{method} {address.example()} answered {answer.status_code}"


def _methods(address: Address) -> list[str]:
    view = address.view_class
    actions = getattr(address.pattern.callback, "actions", None)
    return [method for method in METHODS if (method in actions if actions else hasattr(view, method))]
