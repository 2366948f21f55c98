"""Getting the news of an area: asked for, confirmed by a code, ended by a link or a code; nothing tells whether a number is subscribed."""
from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from onestop import clock
from onestop.notify import services as outbox
from onestop.notify.contacts import contact, either, masked
from onestop.notify.models import Message, Subscription
from onestop.notify.services import subscriptions as services
from onestop.notify.services.subscriptions import Wish
from onestop.transitions import Refused
from tests.cast import Cast

NINE = clock.at(date(2026, 11, 25), 9)
PHONE = "0900111222"


def text(answer: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def asked(cast: Cast, who: str = PHONE, browser: Client | None = None, **more: str) -> Any:
    typed = {"contact": who, "place": cast.commune.code, "language": "vi", "agree": "on", **more}
    return (browser or Client()).post(reverse("news:subscribe"), typed)


def code(template: str = "subscription_code") -> str:
    found = re.search(r"\b(\d{6})\b", Message.objects.filter(template_key=template).order_by("-pk")[0].body)
    assert found is not None
    return found[1]


def subscribed(cast: Cast, who: str = PHONE, area: Any = None) -> Subscription:
    services.ask(wish=Wish(either(who), area or cast.commune, "Tôi đồng ý (thử)"))
    return services.confirm(contact=either(who), area=area or cast.commune, code=code())


def test_a_number_is_confirmed_by_the_code_that_was_sent_to_it(cast: Cast) -> None:
    browser = Client()
    with clock.frozen(NINE):
        page = text(browser.get(reverse("news:subscribe")))
        assert "Tôi có thể thôi nhận bất cứ lúc nào" in page
        answer = asked(cast, browser=browser)
        assert answer.status_code == 302 and PHONE not in answer["Location"]
        row = Subscription.objects.get()
        assert (row.state, row.contact, row.area) == ("waiting", PHONE, cast.commune)
        assert "Tôi có thể thôi nhận" in row.consent_words and code() not in row.code_digest
        message = Message.objects.get()
        assert message.urgency == "now" and message.recipient_key == PHONE
        shown = text(browser.get(answer["Location"]))
        assert "•••••••222" in shown and PHONE not in shown
        assert browser.post(answer["Location"], {"code": "000000"}).status_code == 422
        assert browser.post(answer["Location"], {"code": code()}).status_code == 302
        row.refresh_from_db()
        assert row.state == "active" and row.confirmed_at == NINE
        assert browser.post(answer["Location"], {"code": code()}).status_code == 302  # twice is harmless


def test_an_address_is_confirmed_behind_the_link_by_a_button(cast: Cast) -> None:
    with clock.frozen(NINE):
        asked(cast, "An@Thu.Example", language="en")
        row, message = Subscription.objects.get(), Message.objects.get()
        assert row.email == "an@thu.example" and row.language == "en"
        link = re.search(r"https?://\S+(/nhan-tin/xac-nhan/\S+)", message.body)
        assert link is not None
        browser = Client()
        page = browser.get(link[1])
        assert page.status_code == 200 and f'value="{code()}"' in page.content.decode()
        assert Subscription.objects.get().state == "waiting"  # reading confirms nothing
        browser.post(link[1], {"code": code()})
        assert Subscription.objects.get().state == "active"


def test_nothing_tells_whether_a_number_is_subscribed(cast: Cast) -> None:
    with clock.frozen(NINE):
        subscribed(cast)
    with clock.frozen(NINE + timedelta(hours=1)):
        known, unknown = asked(cast), asked(cast, "0900999888")
        assert known.status_code == unknown.status_code == 302
        strip = re.compile(r"•+\d{3}|value=\"[^\"]*\"|\?ai=[^\"]*")
        pages = [strip.sub("", Client().get(answer["Location"]).content.decode()) for answer in (known, unknown)]
        assert pages[0] == pages[1]
    with clock.frozen(NINE + timedelta(hours=2)):
        before = Message.objects.count()
        ends = [Client().post(reverse("news:end_ask"), {"contact": who}) for who in (PHONE, "0900777666")]
        pages = [strip.sub("", Client().get(answer["Location"]).content.decode()) for answer in ends]
        assert pages[0] == pages[1] and {answer.status_code for answer in ends} == {302}
        assert Message.objects.count() == before + 1
        wrong = [Client().post(answer["Location"], {"code": "123"}) for answer in ends]
        assert strip.sub("", wrong[0].content.decode()) == strip.sub("", wrong[1].content.decode())


def test_who_is_subscribed_keeps_what_they_agreed_to_whoever_types_their_number(cast: Cast) -> None:
    with clock.frozen(NINE):
        subscribed(cast)
    with clock.frozen(NINE + timedelta(hours=1)):
        asked(cast, language="en")
        row = Subscription.objects.get()
        assert (row.state, row.language, row.consent_words) == ("active", "vi", "Tôi đồng ý (thử)")


def test_a_code_lasts_half_an_hour_and_five_tries(cast: Cast) -> None:
    wish = Wish(either(PHONE), cast.commune, "Đồng ý")
    with clock.frozen(NINE):
        services.ask(wish=wish)
        for _try in range(5):
            with pytest.raises(Refused):
                services.confirm(contact=wish.contact, area=wish.area, code="000000")
        with pytest.raises(Refused):
            services.confirm(contact=wish.contact, area=wish.area, code=code())
    with clock.frozen(NINE + timedelta(minutes=2)):
        services.ask(wish=wish)
    with clock.frozen(NINE + timedelta(minutes=32)), pytest.raises(Refused):  # at its end it is over
        services.confirm(contact=wish.contact, area=wish.area, code=code())
    with clock.frozen(NINE + timedelta(minutes=32) - timedelta(microseconds=1)):
        assert services.confirm(contact=wish.contact, area=wish.area, code=code()).state == "active"


def test_a_number_gets_one_code_a_minute_and_six_a_day(cast: Cast) -> None:
    wish = Wish(either(PHONE), cast.commune, "Đồng ý")
    for number in range(20):
        with clock.frozen(NINE + timedelta(seconds=31 * number)):
            services.ask(wish=wish)
    assert Message.objects.count() == 6
    with clock.frozen(NINE + timedelta(days=1, minutes=20)):
        services.ask(wish=wish)
    assert Message.objects.count() == 7


def test_one_address_may_not_ask_for_codes_without_end(cast: Cast) -> None:
    answers = [asked(cast, f"09001112{number:02d}").status_code for number in range(12)]
    assert answers == [302] * 10 + [429] * 2


def test_the_link_in_a_message_shows_and_ends(cast: Cast) -> None:
    with clock.frozen(NINE):
        row = services.note(actor=cast.desk, wish=Wish(either(PHONE), cast.commune, "Đã đọc và đồng ý"), via="counter")
        assert (row.state, row.via, row.noted_by) == ("active", "counter", cast.desk)
        link = re.search(r"https?://[^/]+(/nhan-tin/thoi/\S+)", Message.objects.get().body)
        assert link is not None
        browser = Client()
        assert "đang nhận tin của: Phường Ninh Kiều" in text(browser.get(link[1]))
        assert Subscription.objects.get().state == "active"
        browser.post(link[1])
        row = Subscription.objects.get()
        assert row.state == "ended" and row.ended_at == NINE
        assert "đã thôi nhận tin" in text(browser.get(link[1]))
        assert browser.post(link[1]).status_code == 302
        for wrong in ("0" * 32, "x" * 20, "0" * 20, "abc"):
            assert browser.get(reverse("news:end", args=[wrong])).status_code == 404


def test_a_code_ends_every_subscription_of_a_number(cast: Cast) -> None:
    with clock.frozen(NINE):
        subscribed(cast)
    with clock.frozen(NINE + timedelta(minutes=5)):
        subscribed(cast, area=cast.other_office.area)
    with clock.frozen(NINE + timedelta(minutes=10)):
        browser = Client()
        answer = browser.post(reverse("news:end_ask"), {"contact": PHONE})
        browser.post(answer["Location"], {"code": code("subscription_end_code")})
    assert set(Subscription.objects.values_list("state", flat=True)) == {"ended"}


def test_whoever_ended_may_come_back(cast: Cast) -> None:
    with clock.frozen(NINE):
        services.end(subscription=subscribed(cast))
    with clock.frozen(NINE + timedelta(hours=1)):
        services.ask(wish=Wish(either(PHONE), cast.commune, "Đồng ý lại"))
        row = Subscription.objects.get()
        assert row.state == "waiting" and row.ended_at is not None  # an objection stands until somebody confirms
        services.confirm(contact=either(PHONE), area=cast.commune, code=code())
    row.refresh_from_db()
    assert (row.state, row.ended_at, row.consent_words) == ("active", None, "Đồng ý lại")


def test_no_consent_no_commune_no_number_is_refused(cast: Cast) -> None:
    assert asked(cast, agree="").status_code == 422
    assert asked(cast, place="Không Có Nơi Này").status_code == 422
    assert asked(cast, "123").status_code == 422
    assert asked(cast, place=cast.province.code).status_code == 422
    assert not Subscription.objects.exists() and not Message.objects.exists()


def test_officers_note_people_of_their_province_only(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.hotline)
    with clock.frozen(NINE):
        typed = {"contact": PHONE, "place": cast.commune.code, "language": "vi", "agree": "on"}
        assert "Người dân đã nghe và đồng ý" in text(browser.get(reverse("notify:note_subscription")))
        assert browser.post(reverse("notify:note_subscription"), typed).status_code == 302
        assert Subscription.objects.get().via == "hotline"
        browser.post(reverse("notify:note_subscription"), typed)
        assert Message.objects.count() == 1  # noted already: nobody is told twice
    browser.force_login(cast.guard)
    assert browser.get(reverse("notify:note_subscription")).status_code == 403
    with pytest.raises(Refused) as refusal:
        services.note(actor=cast.citizen, wish=Wish(either("0900111223"), cast.commune, "x"), via="counter")
    assert refusal.value.code == "forbidden"


@pytest.mark.parametrize(("typed", "phone", "email"), [
    ("0912 345 678", "0912345678", ""), ("+84 912.345.678", "0912345678", ""), ("912345678", "0912345678", ""),
    ("An.B@Thu.vn", "", "an.b@thu.vn"), ("an@", "", ""), ("12", "", "")])
def test_a_contact_is_read_as_people_write_it(typed: str, phone: str, email: str) -> None:
    found = either(typed)
    assert (found.phone, found.email) == (phone, email)
    assert contact(phone, email).key == (phone or email)


def test_a_contact_is_masked() -> None:
    assert masked("0912345678") == "•••••••678"
    assert masked("an@thu.vn") == "a•••@thu.vn"


def test_a_code_that_is_over_is_not_sent_any_more(cast: Cast) -> None:
    with clock.frozen(NINE):
        asked(cast)
    with clock.frozen(NINE + timedelta(minutes=31)):
        assert outbox.claim(Message.objects.get().pk) is None
    assert Message.objects.get().state == "obsolete"
