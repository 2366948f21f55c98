"""People choose their order of channels and their language, and add an e-mail address that is used only once it is confirmed."""
from __future__ import annotations

import html
import re
import time
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onestop import clock
from onestop.notify import services
from onestop.notify.models import Message, Preference, PreferenceEvent
from onestop.notify.services import Recipient, own_wishes
from onestop.notify.states import Via
from onestop.people.models import User
from onestop.transitions import Refused
from tests.cast import Cast
from tests.notify.conftest import Tell

NINE = clock.at(date(2026, 11, 25), 9)
PHONE, OTHER, NEW = "0912345678", "0987654321", "moi@vi-du.example"
PERSON = Recipient("Nguyễn Thị Mẫu", PHONE, "cu@vi-du.example")


@pytest.fixture(autouse=True)
def channels(settings: Any, db: Any) -> None:
    settings.NOTIFY_CHANNELS, settings.HOTLINE = ["sms", "email"], "1900 0000"


@pytest.fixture
def citizen(cast: Cast) -> Client:
    User.objects.filter(pk=cast.citizen.pk).update(phone=PHONE, email="cu@vi-du.example")
    browser = Client()
    browser.force_login(User.objects.get(pk=cast.citizen.pk))
    return browser


def text(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def link() -> str:
    """The path of the newest link."""
    found = re.search(r"(/nhan-tin/thu-dien-tu/[^\s]+)", Message.objects.filter(template_key="preference_email").order_by("-pk")[0].body)
    assert found is not None
    return found[1]


def asked(person: Recipient = PERSON, email: str = NEW, at: Any = NINE) -> Preference:
    with clock.frozen(at):
        return own_wishes.ask_for_email(person=person, email=email)


def code() -> str:
    """The newest code to the telephone."""
    found = re.search(r"\b\d{6}\b", Message.objects.filter(template_key="preference_code").order_by("-pk")[0].body)
    assert found is not None
    return found[0]


def confirmed(at: Any = NINE + timedelta(minutes=1)) -> Preference:
    with clock.frozen(at):
        return own_wishes.confirm_email(token=link().rstrip("/").rpartition("/")[2], code=code())


def test_the_order_and_the_language_are_used_for_this_person_only(cast: Cast, citizen: Client, tell: Tell) -> None:
    before = Preference.objects.create(contact=OTHER, order=["sms"], noted_at=NINE)
    page = citizen.get(reverse("news:own"))
    assert page.status_code == 200 and PHONE not in page.content.decode() and "cu@vi-du" not in page.content.decode()
    assert "•••••••678" in text(page) and "c•••@vi-du.example" in text(page)
    typed = {"viec": "thu-tu", "place0": "email", "place1": "call", "place2": "", "language": "en"}
    assert citizen.post(reverse("news:own"), typed).status_code == 302
    told = tell(email="cu@vi-du.example", language="vi", office=cast.office)
    assert (told.channel, told.ways, told.language) == ("email", ["call"], "en")
    other = tell("shipment:2:ordered", phone=OTHER, email="khac@vi-du.example")
    assert (other.channel, other.language) == ("sms", "vi")
    before.refresh_from_db()
    assert (before.order, before.noted_at, Preference.objects.count()) == (["sms"], NINE, 2)
    event = PreferenceEvent.objects.get()
    assert (event.actor, event.actor_label, event.data["order"]) == (None, "citizen", ["email", "call"])


def test_only_what_the_portal_has_and_reaches_them_is_offered(citizen: Client, settings: Any) -> None:
    assert own_wishes.choices(PERSON, None) == [Via.SMS, Via.EMAIL, Via.CALL]
    assert own_wishes.choices(Recipient("", PHONE), None) == [Via.SMS, Via.CALL]
    assert own_wishes.choices(Recipient("", "", "a@vi-du.example"), None) == [Via.EMAIL]
    assert own_wishes.choices(PERSON, Preference(zalo_id="z1")) == [Via.SMS, Via.EMAIL, Via.CALL]
    settings.NOTIFY_CHANNELS = ["sms", "zalo"]
    assert own_wishes.choices(PERSON, Preference(zalo_id="z1")) == [Via.SMS, Via.ZALO, Via.CALL]
    for places in ({"place0": "zalo"}, {"place0": "sms", "place1": "sms"}, {"place0": ""}, {"place0": "file"}):
        assert citizen.post(reverse("news:own"), {"viec": "thu-tu", "language": "vi", **places}).status_code == 422
    with pytest.raises(Refused):
        own_wishes.choose(person=PERSON, order=["zalo"], language="vi")
    assert not Preference.objects.exists()


def test_an_officers_note_of_zalo_stays(citizen: Client, settings: Any) -> None:
    settings.NOTIFY_CHANNELS = ["sms", "zalo"]
    Preference.objects.create(contact=PHONE, order=["zalo"], zalo_id="z1")
    assert own_wishes.choose(person=PERSON, order=["sms", "zalo"], language="vi").zalo_id == "z1"


def test_an_address_is_used_only_once_its_link_was_confirmed(citizen: Client, tell: Tell) -> None:
    with clock.frozen(NINE):
        assert citizen.post(reverse("news:own"), {"viec": "them-thu", "email": NEW}).status_code == 302
        page = text(citizen.get(reverse("news:own")))
        assert "m•••@vi-du.example" in page and NEW not in page
        own_wishes.choose(person=PERSON, order=["email", "sms"], language="vi")
    assert tell(email="cu@vi-du.example").email == "cu@vi-du.example"
    assert set(Message.objects.filter(email=NEW).values_list("template_key", flat=True)) == {"preference_email"}
    with clock.frozen(NINE + timedelta(hours=23)):
        anyone = Client()
        assert "m•••@vi-du.example" in text(anyone.get(link())) and not Preference.objects.get().email
        assert "Đã xác nhận" in text(anyone.post(link(), {"code": code()})) == text(anyone.post(link()))
    told = tell("shipment:2:ordered", email="cu@vi-du.example")
    assert (told.channel, told.email, told.recipient_key) == ("email", NEW, PHONE)
    warned = Message.objects.get(template_key="preference_email_added")
    assert (warned.channel, warned.phone) == ("sms", PHONE) and NEW not in warned.body and "m•••@vi-du.example" in warned.body
    assert not PreferenceEvent.objects.filter(data__email=NEW).exists()
    citizen.post(reverse("news:own"), {"viec": "bo-thu"})
    assert tell("shipment:3:ordered", email="cu@vi-du.example").email == "cu@vi-du.example"


def test_a_message_whose_person_is_asked_at_the_last_moment_takes_the_address_too(tell: Tell) -> None:
    asked()
    confirmed()
    own_wishes.choose(person=PERSON, order=["email"], language="vi")
    message = tell()
    Message.objects.filter(pk=message.pk).update(email="", channel="sms", ways=["unasked"])
    claimed = services.claim(message.pk)
    assert claimed is not None and (claimed.channel, claimed.email) == ("email", NEW)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=3)])
def test_a_link_ends_at_its_hour(late: timedelta) -> None:
    asked()
    with pytest.raises(Refused) as refusal:
        confirmed(NINE + timedelta(hours=own_wishes.HOURS) + late)
    assert (refusal.value.code, Preference.objects.get().email) == ("link_over", "")
    assert confirmed(NINE + timedelta(hours=own_wishes.HOURS) - timedelta(microseconds=1)).email == NEW


def test_a_newer_link_replaces_the_older_one_and_a_forged_one_opens_nothing() -> None:
    asked()
    first = link()
    asked(email="khac@vi-du.example", at=NINE + timedelta(minutes=1))
    with clock.frozen(NINE + timedelta(minutes=2)):
        for path in (first, link()[:-3] + "x/", "/nhan-tin/thu-dien-tu/abc/"):
            assert Client().get(path).status_code == Client().post(path).status_code == 404
        assert Client().post(link(), {"code": code()}).status_code == 200
    assert Preference.objects.get().email == "khac@vi-du.example"


def test_the_code_holds_as_long_as_its_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it is typed some time after it was sent."""
    asked()
    later = time.time() + 3600
    monkeypatch.setattr("django.core.signing.time", SimpleNamespace(time=lambda: later))
    assert confirmed(NINE + timedelta(hours=1)).email == NEW


def test_links_are_sent_slowly_and_not_in_place_of_another_address() -> None:
    asked()
    for email, at, code in (("b@vi-du.example", NINE + timedelta(seconds=59), "too_soon"), ("kein", NINE, "bad_email"),
                            ("CU@vi-du.example", NINE + timedelta(minutes=5), "same_email")):
        with pytest.raises(Refused) as refusal:
            asked(email=email, at=at)
        assert refusal.value.code == code
    for place in range(1, own_wishes.A_DAY):
        asked(Recipient("", f"090000000{place}"))
    with pytest.raises(Refused) as refusal:  # somebody's inbox is not filled by many telephones
        asked(Recipient("", "0900000009"))
    assert refusal.value.code == "too_soon"
    with pytest.raises(Refused) as refusal:
        asked(Recipient("", "", "nur@vi-du.example"))
    assert refusal.value.code == "no_email"


def test_whoever_reads_the_new_address_and_not_the_telephone_confirms_nothing() -> None:
    """Somebody books, or hands in, with another person's number: the messages of that number don't go to their own address."""
    asked()
    told = Message.objects.get(template_key="preference_code")
    assert (told.channel, told.phone, told.email) == ("sms", PHONE, "") and code() not in link()
    wrong = "000000" if code() != "000000" else "111111"
    with clock.frozen(NINE + timedelta(minutes=2)):
        for typed in ({}, {"code": ""}, {"code": wrong}, {"code": "x" * 5000}, {"code": "\0"}, *[{"code": wrong}] * own_wishes.TRIES):
            assert Client().post(link(), typed).status_code == 422
        assert Client().post(link(), {"code": code()}).status_code == 422  # too many tries: a new link is needed
        assert not Preference.objects.get().email
    asked(at=NINE + timedelta(minutes=3))
    assert confirmed(at=NINE + timedelta(minutes=4)).email == NEW


def test_giving_an_address_up_makes_the_next_link_come_no_sooner(settings: Any) -> None:
    asked()
    own_wishes.drop_email(person=PERSON)
    with pytest.raises(Refused) as refusal:
        asked(email="b@vi-du.example", at=NINE + timedelta(seconds=59))
    assert refusal.value.code == "too_soon"
    for minute in range(1, own_wishes.A_DAY):
        asked(email=f"b{minute}@vi-du.example", at=NINE + timedelta(minutes=minute))
    with pytest.raises(Refused):  # nor is somebody's telephone filled with codes
        asked(email="c@vi-du.example", at=NINE + timedelta(hours=1))
    settings.NOTIFY_CHANNELS = ["email"]
    assert not own_wishes.may_add_email(PERSON)


def test_codes_stay_with_what_they_prove() -> None:
    asked()
    confirmed()
    own_wishes.choose(person=PERSON, order=["email"], language="en")
    code = services.tell(event_key="phone_code:1", template="phone_code", context={"code": "482913", "minutes": "10"},
                         recipient=Recipient("", PHONE))
    assert code is not None and (code.channel, code.email, code.language) == ("sms", "", "vi")


def test_nobody_without_an_account_sees_the_page(db: Any) -> None:
    assert Client().get(reverse("news:own")).status_code == 302
