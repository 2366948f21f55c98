"""Odd input on the call list, the desk, overbooking and the invited person's answer: a sentence or a 404, never a fault."""
import pytest

from bookings import links
from bookings.models import Ticket
from bookings.services import calls, visits
from onestop import clock
from tests.pages.conftest import LONG, NULL, booked, slots_on, text_of, url

ODD = [NULL, LONG, "9" * 30, "-1", "٣", "²", "%", "\u202e", "a" * 10_000, "' OR 1=1 --", "<script>alert(1)</script>"]


@pytest.fixture
def leader(office, client_of):
    return client_of(office.leader)


@pytest.mark.parametrize("odd", ODD)
def test_lists_and_searches(office, client_of, leader, odd):
    hotline = client_of(office.hotline)
    asked = {"call_list": ("loai", "page"), "calls": ("q", "ngay", "ket_qua", "page"), "hotline": ("tim", "o_dau", "ho_so", "cuoc", "doi")}
    for name, field in ((name, field) for name, fields in asked.items() for field in fields):
        answer = hotline.get(url(f"bookings:{name}"), {field: odd, "thu_tuc": "9.000001"})
        assert answer.status_code == 200 and "<script>alert" not in text_of(answer)
    for field in ("don_vi", "thu_tuc", "ngay"):
        typed = {"don_vi": office.office.code, "thu_tuc": "9.000001", "ngay": "2026-11-26"} | {field: odd}
        assert leader.get(url("bookings:overbook"), typed).status_code == 200
        assert leader.post(url("bookings:overbook"), typed).status_code == 422
    assert hotline.get(url("bookings:hotline_places"), {"thu_tuc": odd}).status_code == 404
    assert leader.get(url("bookings:outreach"), {"page": odd}).status_code == 200
    assert leader.get(url("bookings:outreach_upload"), {"thu_tuc": odd}).status_code == 200
    assert leader.get(url("bookings:outreach_select"), {"thu_tuc": odd}).status_code == (200 if odd == "\u202e" else 404)


@pytest.mark.parametrize("odd", ODD)
def test_what_is_sent(office, client_of, leader, slot, client, odd):
    task = calls.hand_over(actor=office.hotline, office=office.office, full_name="Người Gọi", phone="0912345678", note="Hỏi về hồ sơ")
    for field in ("outcome", "seen"):
        sent = {"outcome": "no_answer", "note": "", "seen": "0"} | {field: odd}
        assert leader.post(url("bookings:call_attempt", task.pk), sent).status_code in (302, 422)
    assert leader.post(url("bookings:call_answer", task.pk), {"answer": odd}).status_code == 422
    assert leader.post(url("bookings:call_answer", task.pk), {"answer": "moved", "slot": odd}).status_code in (302, 404, 422)
    assert leader.post(url("bookings:desk_choose"), {"quay": odd}).status_code == 404
    mine = booked(office, slot).appointment
    sent = {"khoa": links.secret_of(mine.code), "answer": odd}
    assert client.post(url("bookings:invited", mine.code), sent).status_code == 302
    assert client.post(url("bookings:invited", mine.code), sent | {"khoa": odd}).status_code == 404
    assert client.get(url("bookings:line", mine.code), {"khoa": odd}).status_code == 404
    assert client.get(url("bookings:invited", mine.code), sent).status_code == 405


@pytest.mark.parametrize("odd", ODD)
def test_at_the_counter(office, client_of, odd):
    ahead = next(slot for slot in slots_on(office, clock.today()) if slot.starts_at > clock.now())
    row = booked(office, ahead).appointment
    with clock.frozen(ahead.starts_at):
        visits.check_in(actor=office.guard, appointment=row)
        desk = client_of(office.desk)
        desk.post(url("bookings:desk_choose"), {"quay": office.room.counters.first().pk})
        ticket = Ticket.objects.get()
        assert desk.post(url("bookings:desk_act", ticket.pk, "goi-lai"), {"seen": odd}).status_code == 302
        assert desk.post(url("bookings:desk_call")).status_code == 302
        assert desk.post(url("bookings:desk_act", ticket.pk, "chuyen-quay"), {"to": odd}).status_code == 404
        assert desk.post(url("bookings:desk_act", ticket.pk, "gac-lai"), {"reason": odd, "seen": odd}).status_code == 302
        assert desk.post(url("bookings:desk_act", ticket.pk, "xoa")).status_code == 404
        office.room.counters.filter(pk=desk.session["queue_counter"]).update(number=9)
        assert desk.get(url("bookings:desk")).status_code == 200
