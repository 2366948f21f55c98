"""Letter Cần Thơ 2468/VPUB-KSTT of 13/7/2021, replayed at the one-stop shop of quận Ninh Kiều."""
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from dossiers.models import Dossier
from dossiers.services import processing
from dossiers.tasks import execute_extension
from onestop.catalogue.queries import procedures_at
from onestop.people.models import User
from tests.letters.replay import API, SLOT, Replay, text

OFFICE, LETTER = "quan-ninh-kieu", "2468/VPUB-KSTT"
BEFORE, DAY = date(2021, 7, 12), date(2021, 7, 14)  # Monday before the letter, Wednesday after it
BIRTH, FIELD, PLAIN = "1.001193", "1.012796", "1.004222"
ASKED = {"instrument": "directed_extension", "until": "2021-08-20", "clause": "điểm c khoản 1",
         "reason": "Chưa thể xác minh thực tế", "citizen_text": "Do giãn cách xã hội nên chưa thể xác minh thực tế."}


@pytest.fixture
def received(replay: Replay) -> list[Dossier]:
    """Two dossiers that need field verification and one that doesn't, handed in before the letter."""
    with replay.at(BEFORE, 9):
        desk = replay.visitor("motcua")
        return [replay.received(replay.take_in(desk, OFFICE, code)) for code in (FIELD, FIELD, PLAIN)]


def ask(replay: Replay, browser: Client, dossier: Dossier, **more: str):  # type: ignore[no-untyped-def]
    """The answer to the officer's form that asks for more time."""
    address = reverse("dossiers:ask_extension", args=[dossier.pk])
    return browser.post(address, {**ASKED, "directive": replay.letter(LETTER).pk, **more})


def fresh(dossier: Dossier) -> Dossier:
    return Dossier.objects.get(pk=dossier.pk)


def test_ct1_every_procedure_page_steers_online_then_post_then_counter(replay: Replay) -> None:
    """Cần Thơ, 1a: people are led to online or public post first; the counter comes last, on every procedure page."""
    with replay.at(DAY):
        codes = [item.code for item in procedures_at(replay.office(OFFICE))]
        assert len(codes) > 30
        for code in codes:
            page = text(replay.procedure_page(code, OFFICE))
            places = [page.index(f"{number}. {name}") for number, name in
                      enumerate(("Trực tuyến", "Bưu chính công ích", "Trực tiếp"), 1)]
            assert places == sorted(places), code
            assert "Bạn nên nộp trực tuyến hoặc gửi qua bưu chính công ích" in page and LETTER in page, code
            told = Client().get(f"{API}procedures/{code}/", {"office": OFFICE}).json()["channels"]
            assert [row["channel"] for row in told] == ["online", "postal", "in_person"], code
    with replay.at(BEFORE):
        assert LETTER not in text(replay.procedure_page(BIRTH, OFFICE))


def test_ct2_the_roster_with_rotation_feeds_places_and_the_room_cap(replay: Replay) -> None:
    """Cần Thơ, 1b: officers take turns, some at the counter and the rest at home; the roster feeds places and the room's cap."""
    thursday = date(2021, 7, 15)
    with replay.at(DAY, 7):
        replay.open_counter(OFFICE, DAY)
        leader, roster = replay.visitor("lanhdao"), reverse("bookings:duty", args=[OFFICE])
        officers = {name: User.objects.get(username=name).pk for name in ("motcua", "chuyenvien")}
        for name, user in (("Tổ sáng", "motcua"), ("Tổ tối", "chuyenvien")):
            team = {"moi-name": name, "moi-members": [officers[user]]}
            assert leader.post(reverse("bookings:team_save", args=[OFFICE]), team).status_code == 302
        teams = leader.get(reverse("bookings:teams", args=[OFFICE])).context["teams"]
        turns = {"first": DAY.isoformat(), "last": "2021-07-16", "every": "day", "begins": teams[0].pk, "away": "home"}
        turned = leader.post(reverse("bookings:teams", args=[OFFICE]), turns, follow=True)
        assert "Đã lưu 12 thay đổi" in text(turned)  # two officers, three days, two buổi
        cell = f"d{officers['chuyenvien']}-{thursday:%Y%m%d}-morning"
        form = leader.get(f"{roster}?tuan={DAY.isoformat()}").context["form"]
        assert form[cell].value().startswith("q") and form[f"d{officers['motcua']}-{thursday:%Y%m%d}-morning"].value() == "home"
        # Ten people, one of them the officer at the counter: nine places, and whoever would be too many is shown before saving.
        program, slot = replay.program("book", "visits", office=OFFICE), replay.slots(OFFICE, BIRTH, thursday)[0]
        booked = [replay.book_by_program(program, BIRTH, slot, people=people).json()["code"] for people in (8, 1)]
        assert replay.book_by_program(program, BIRTH, slot).json()["code"] == "slot_full"
        everybody = {f"d{officers[name]}-{thursday:%Y%m%d}-morning": "counter" for name in officers}
        warned = leader.post(f"{roster}?tuan={DAY.isoformat()}", everybody)
        assert warned.status_code == 409 and booked[1] in text(warned) and booked[0] not in text(warned)
        moved = leader.post(f"{roster}?tuan={DAY.isoformat()}", {**everybody, "rebook": "1", "reason": "Cả hai tổ cùng trực"}, follow=True)
        assert "đợt chuyển lịch cho 1 lịch hẹn" in text(moved)
    with replay.at(thursday, 7, 30):
        door = text(replay.visitor("baove").get(reverse("bookings:door", args=[OFFICE])))
        assert "2 cán bộ" in door


def test_ct2_staff_at_home_process_dossiers_in_the_same_console(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 1b: officers at home have the same console: inbox, dossier, and every step of processing."""
    with replay.at(DAY, 9):
        officer = User.objects.get(username="chuyenvien")
        cells = {f"d{officer.pk}-{DAY:%Y%m%d}-{part}": "home" for part in ("morning", "afternoon")}
        answer = replay.visitor("lanhdao").post(f"{reverse('bookings:duty', args=[OFFICE])}?tuan={DAY.isoformat()}", cells)
        assert answer.status_code == 302, text(answer)
        home = replay.visitor(officer)
        assert received[2].number in text(home.get(reverse("dossiers:inbox")))
        assert home.post(reverse("dossiers:start", args=[received[2].pk])).status_code == 302
        assert home.post(reverse("dossiers:decide", args=[received[2].pk]), {"note": "Đã ký số"}).status_code == 302
        assert fresh(received[2]).state == "decided"


def test_ct3_handing_in_and_collecting_are_booked_ahead_and_spaced(replay: Replay) -> None:
    """Cần Thơ, 1b: appointments for handing in and for collecting results; never a crowd at one moment."""
    with replay.at(DAY):
        replay.open_counter(OFFICE, DAY)
        day = date(2021, 7, 15)
        first, second = replay.slots(OFFICE, BIRTH, day)[:2]
        handing_in = replay.book_on_web(OFFICE, BIRTH, first)
        assert "Nộp hồ sơ" in handing_in.page and "Tờ khai đăng ký khai sinh" in handing_in.page
        collecting = replay.book_on_web(OFFICE, BIRTH, first, viec="collect")
        assert "Nhận kết quả" in collecting.page
        program = replay.program("book", office=OFFICE)
        assert replay.book_by_program(program, BIRTH, first, people=8).status_code == 201
        full = replay.book_by_program(program, BIRTH, first)  # ten people come at this time
        assert (full.status_code, full.json()["code"]) == (409, "slot_full")
        assert first not in replay.slots(OFFICE, BIRTH, day) and second in replay.slots(OFFICE, BIRTH, day)
        assert first not in replay.slots(OFFICE, BIRTH, day, "collect")


def test_ct3_a_finished_result_is_collected_by_appointment_from_the_tracking_page(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 1b: whoever's result is ready books a time to collect it; a second time leads to the same appointment."""
    dossier = received[2]
    with replay.at(DAY):
        replay.open_counter(OFFICE, DAY)
        processing.start(actor=User.objects.get(username="chuyenvien"), dossier=dossier, via="web")
        processing.decide(actor=User.objects.get(username="lanhdao"), dossier=fresh(dossier), via="web")
        browser, collect = Client(), reverse("bookings:collect", args=[dossier.number])
        assert browser.get(collect)["Location"].startswith(reverse("dossiers:track"))
        found = browser.post(reverse("dossiers:track"), {"ma": dossier.number, "so": dossier.phone[-4:]})
        assert collect in browser.get(found["Location"]).content.decode()
        page = browser.get(collect, {"ngay": "2021-07-15"}).content.decode()
        assert browser.post(collect, {"slot": SLOT.findall(page)[0]})["Location"] == reverse("bookings:details")
        booked = browser.post(reverse("bookings:details"), replay.person())
        assert "Nhận kết quả" in text(browser.get(booked["Location"])) and dossier.number in text(browser.get(booked["Location"]))
        assert browser.get(collect)["Location"] == booked["Location"]


def test_ct4_more_time_is_asked_for_one_dossier(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 1c: a dossier whose field verification can't take place: the agency asks for more time."""
    with replay.at(DAY, 9):
        officer = replay.visitor("chuyenvien")
        page = text(officer.get(reverse("dossiers:ask_extension", args=[received[0].pk])))
        assert LETTER in page and "điểm c khoản 1" in page
        answer = ask(replay, officer, received[0])
        assert answer.status_code == 302, text(answer)
        shown = text(officer.get(answer["Location"]))
        assert received[0].number in shown and "20/08/2021" in shown and LETTER in shown
        assert fresh(received[0]).due_at == received[0].due_at  # nothing moves before the check


def test_ct4_more_time_is_asked_for_many_dossiers_at_once(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 1c: the same for many dossiers in one request, carried out by the worker."""
    with replay.at(DAY, 9):
        program = replay.program("extend", office=OFFICE, user="chuyenvien")
        body = {**ASKED, "office": OFFICE, "directive": LETTER, "filter": {"received_from": "2021-07-01"}}
        asked = program.post("/api/v1/extensions/", body, format="json")
        assert asked.status_code == 201, asked.content.decode()
        assert {row["dossier"]: bool(row["excluded_because"]) for row in asked.json()["preview"]} == {
            received[0].number: False, received[1].number: False, received[2].number: True}
        pk = asked.json()["id"]
        assert replay.visitor("quantri").post(reverse("dossiers:approve_extension", args=[pk])).status_code == 302
        execute_extension(pk)
        execute_extension(pk)
    assert [fresh(item).due_at.date().isoformat() for item in received[:2]] == ["2021-08-20"] * 2  # type: ignore[union-attr]
    assert fresh(received[2]).due_at == received[2].due_at


def bulk_by_page(replay: Replay, browser: Client, **more: str):  # type: ignore[no-untyped-def]
    """The answer to the agency's form that asks for more time for everything it works on."""
    return browser.post(reverse("dossiers:ask_bulk_extension"), {**ASKED, "directive": replay.letter(LETTER).pk, **more})


def test_ct4_ct5_ct6_in_bulk_through_the_pages(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 1c and 2: the agency asks for all at once, the administrator checks, takes none that doesn't meet the clause and
    carries it out in the background; everybody is told once, with reason, basis and new date."""
    with replay.at(DAY, 9):
        officer, administrator = replay.visitor("chuyenvien"), replay.visitor("quantri")
        asked = bulk_by_page(replay, officer)
        assert asked.status_code == 302, text(asked)
        address = asked["Location"].rstrip("/")
        assert officer.post(f"{address}/phe-duyet/").status_code == 403  # never the requester
        page = text(administrator.get(asked["Location"]))
        assert "Thủ tục không phải thẩm định, xác minh thực tế." in page and "20/08/2021" in page and LETTER in page
        assert administrator.post(f"{address}/phe-duyet/", {"reason": "Đúng điểm c khoản 1"}).status_code == 302
        pk = int(address.rpartition("/")[2])
        execute_extension(pk)
        execute_extension(pk)
        for dossier in received[:2]:
            message = replay.told(dossier, "dossier_new_date")
            for said in (message, replay.tracking_page(dossier)):
                assert LETTER in said and "điểm c khoản 1" in said and "20/08/2021" in said
            assert "Do giãn cách xã hội nên chưa thể xác minh thực tế." in message
    assert [fresh(item).due_at.date().isoformat() for item in received[:2]] == ["2021-08-20"] * 2  # type: ignore[union-attr]
    assert fresh(received[2]).due_at == received[2].due_at


def test_ct5_a_request_in_bulk_is_rejected_with_the_reason(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 2: a request in bulk that is not carried out goes back with the reason, and no date moves."""
    with replay.at(DAY, 9):
        officer = replay.visitor("chuyenvien")
        asked = bulk_by_page(replay, officer, field_verification="yes")
        address = asked["Location"].rstrip("/")
        assert replay.visitor("quantri").post(f"{address}/tu-choi/", {"reason": "Phường vẫn đi lại được"}).status_code == 302
        assert "Phường vẫn đi lại được" in text(officer.get(asked["Location"]))
    assert [fresh(item).due_at for item in received] == [item.due_at for item in received]


def test_ct5_the_administrator_checks_against_clause_1c_and_carries_it_out(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 1c and 2: the province's administrator checks the request, sees the findings and carries it out."""
    with replay.at(DAY, 9):
        asked = ask(replay, replay.visitor("chuyenvien"), received[0])["Location"]
        address = asked.rstrip("/")
        assert replay.visitor("chuyenvien").post(f"{address}/phe-duyet/").status_code == 403  # never the requester
        administrator = replay.visitor("quantri")
        assert received[0].received_office.name in text(administrator.get(reverse("dossiers:extensions")))
        page = text(administrator.get(asked))
        assert "Thủ tục phải thẩm định, xác minh thực tế." in page
        assert f"điểm c khoản 1 văn bản số {LETTER} đang có hiệu lực tại đơn vị và cho phép." in page
        assert administrator.post(f"{address}/phe-duyet/", {"reason": "Đúng điểm c khoản 1"}).status_code == 302
    moved = fresh(received[0])
    assert moved.due_at is not None and moved.due_at.date() == date(2021, 8, 20)
    assert moved.original_due_at == received[0].due_at


def test_ct5_what_does_not_meet_the_clause_is_refused_with_the_reason(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 2: more time only for dossiers that meet clause 1c; others are refused with the reason, as is what is rejected."""
    with replay.at(DAY, 9):
        officer, administrator = replay.visitor("chuyenvien"), replay.visitor("quantri")
        answer = ask(replay, officer, received[2], directive="")
        assert answer.status_code == 422
        program = replay.program("extend", office=OFFICE, user="chuyenvien")
        body = {**ASKED, "office": OFFICE, "directive": LETTER, "dossiers": [received[2].number]}
        refused = program.post("/api/v1/extensions/", body, format="json")
        assert refused.status_code == 422 and refused.json()["code"] == "nothing_to_extend"
        assert "không phải thẩm định, xác minh thực tế" in refused.json()["detail"]
        address = ask(replay, officer, received[0])["Location"]
        assert administrator.post(f"{address.rstrip('/')}/tu-choi/", {"reason": ""}).status_code == 422
        assert administrator.post(f"{address.rstrip('/')}/tu-choi/", {"reason": "Phường vẫn đi lại được"}).status_code == 302
        assert "Phường vẫn đi lại được" in text(officer.get(address))
    with replay.at(BEFORE, 10):  # the day before the letter there is no ground
        early = ask(replay, officer, received[1])
        assert early.status_code == 422
    assert [fresh(item).due_at for item in received] == [item.due_at for item in received]


def test_ct6_the_citizen_is_told_reason_legal_basis_and_new_date(replay: Replay, received: list[Dossier]) -> None:
    """Cần Thơ, 1c: the citizen or organisation is told why, on what basis, and the new date, by message and on the tracking page."""
    with replay.at(DAY, 9):
        address = ask(replay, replay.visitor("chuyenvien"), received[0])["Location"].rstrip("/")
        assert replay.visitor("quantri").post(f"{address}/phe-duyet/").status_code == 302
        message = replay.told(received[0], "dossier_new_date")
        assert "Lý do: Do giãn cách xã hội nên chưa thể xác minh thực tế." in message
        for said in (message, replay.tracking_page(received[0])):
            assert LETTER in said and "điểm c khoản 1" in said
            assert "20/08/2021" in said
