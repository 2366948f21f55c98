"""The pages of gateways, of the day's money and figures, and of people's wishes."""
from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.urls import reverse

from onestop import clock
from onestop.notify import services
from onestop.notify.channels import gateway
from onestop.notify.checks import WITHOUT_GATEWAY, texts_have_a_gateway
from onestop.notify.models import Message, Preference, Provider, ProviderChange, Spending
from onestop.notify.states import State, Urgency, Via

pytestmark = pytest.mark.django_db
VALUES = {"code": "hai", "name": "Cổng hai", "channel": "sms", "rank": "2", "url": "http://127.0.0.1:9/sms2",
          "key": "bi-mat", "report_key": "ky",
          "price": "350", "per_second": "20", "active": "on", "headers": "{}",
          "mapping": '{"id": "request_id", "to": "msisdn", "text": "content"}',
          "extra": '{"brand": "MOTCUA"}', "answers": '{"code": "code", "good": ["0"]}', "reports": "{}"}


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_gateway_is_made_changed_and_its_secrets_stay_unseen(admin):
    assert admin.post(reverse("notify:new_provider"), VALUES).status_code == 302
    row = Provider.objects.get(code="hai")
    assert row.fields == {"id": "request_id", "to": "msisdn", "text": "content"}
    assert (row.extra, row.key, row.price) == ({"brand": "MOTCUA"}, "bi-mat", 350)
    page = admin.get(reverse("notify:provider", args=[row.pk])).content.decode()
    assert "bi-mat" not in page
    assert f"/api/v1/messages/{row.code}/reports/" in page
    admin.post(reverse("notify:provider", args=[row.pk]), VALUES | {"key": "", "price": "400"})
    row.refresh_from_db()
    assert (row.key, row.price) == ("bi-mat", 400)
    assert list(ProviderChange.objects.order_by("pk").values_list("verb", flat=True)) == ["make", "change"]
    assert not any("bi-mat" in str(change.data) for change in ProviderChange.objects.all())
    assert "Cổng hai" in admin.get(reverse("notify:providers")).content.decode()


@pytest.mark.parametrize("wrong", [
    {"url": ""}, {"url": "ftp://x"}, {"answers": "[1]"}, {"answers": "{"}, {"code": "a b"}, {"channel": "email"}])
def test_a_wrong_gateway_is_refused(admin, wrong):
    assert admin.post(reverse("notify:new_provider"), VALUES | wrong).status_code == 422
    assert not Provider.objects.exists()


def test_a_resting_gateway_is_woken_and_tried(admin, cast):
    row = Provider.objects.create(code="a", name="A", channel=Via.SMS, url="http://127.0.0.1:9/", failures=7,
                                  rest_until=clock.now() + timedelta(hours=1))
    assert "Dùng lại ngay" in admin.get(reverse("notify:provider", args=[row.pk])).content.decode()
    admin.post(reverse("notify:wake_provider", args=[row.pk]))
    row.refresh_from_db()
    assert (row.failures, row.rest_until) == (0, None)
    for _twice in range(2):
        answer = admin.post(reverse("notify:try_provider", args=[row.pk]), {"to": "0912 345 678"})
    message = Message.objects.get()
    assert answer.url == reverse("notify:message", args=[message.pk])
    assert (message.gateway, message.phone, message.urgency, message.channel) == (row, "0912345678", Urgency.NOW, Via.SMS)
    assert admin.post(reverse("notify:try_provider", args=[row.pk]), {"to": "12"}).status_code == 422


def test_the_days_money_and_figures_are_shown_and_the_cap_is_raised(admin, cast, tell, settings, django_assert_max_num_queries):
    settings.SMS_DAILY_CAP = 1000
    Spending.objects.create(date=clock.today(), channel=Via.SMS, spent=990)
    for number in range(3):
        tell(f"e:{number}", office=cast.office)
    waiting = tell("e:wait", office=cast.office)
    later = clock.now() + timedelta(hours=20)
    Message.objects.filter(pk=waiting.pk).update(channel="sms", last_error=services.CAP_REACHED, next_attempt_at=later)
    with django_assert_max_num_queries(8):
        page = admin.get(reverse("notify:day")).content.decode()
    assert "990 đ" in page
    assert "1.000 đ" in page
    assert "Xem tại cổng" in page
    admin.post(reverse("notify:raise_cap"), {"channel": "sms", "cap": "5000"})
    waiting.refresh_from_db()
    assert waiting.next_attempt_at <= clock.now()
    row = Spending.objects.get()
    assert (row.cap, row.raised_by, row.spent) == (5000, cast.administrator, 990)


def test_a_monitor_counts_but_changes_nothing(client, cast):
    client.force_login(cast.monitor, backend="django.contrib.auth.backends.ModelBackend")
    assert "Đổi mức hôm nay" not in client.get(reverse("notify:day")).content.decode()
    assert client.post(reverse("notify:raise_cap"), {"channel": "sms", "cap": "1"}).status_code == 403
    assert client.get(reverse("notify:providers")).status_code == 403


def test_somebodys_wish_is_noted_and_followed(client, cast, tell, settings):
    settings.NOTIFY_CHANNELS = ["sms", "email"]
    client.force_login(cast.hotline, backend="django.contrib.auth.backends.ModelBackend")
    typed = {"contact": "+84 912 345 678", "first": "email", "second": "sms", "third": "zalo", "fourth": "call",
             "zalo_id": "zalo-cua-mau", "language": "vi"}
    assert client.post(reverse("notify:preference"), typed).status_code == 302
    noted = Preference.objects.get()
    assert (noted.contact, noted.order) == ("0912345678", ["email", "sms", "zalo", "call"])
    assert "Cách nhận tin" in client.get(reverse("notify:preference"), {"nguoi": "0912345678"}).content.decode()
    message = tell(email="a@example.vn")
    assert (message.channel, message.ways) == (Via.EMAIL, [Via.SMS])
    assert client.post(reverse("notify:preference"), typed | {"second": "email"}).status_code == 422
    assert client.post(reverse("notify:preference"), typed | {"contact": "abc"}).status_code == 422


def test_the_list_is_narrowed_by_template_gateway_and_day(admin, cast, tell):
    row = Provider.objects.create(code="a", name="A", channel=Via.SMS, url="http://127.0.0.1:9/")
    tell("e:1", office=cast.office)
    Message.objects.update(gateway=row, state=State.SENT)
    tell("e:2", phone="0987654321", office=cast.office)

    def count(**asked: object) -> int:
        return admin.get(reverse("notify:messages"), asked).content.decode().count('data-label="Người nhận"')

    assert [count(template="shipment_ordered"), count(template="phone_code")] == [2, 0]
    assert [count(gateway=row.pk), count(day=clock.today()), count(day=clock.today() - timedelta(days=1))] == [1, 2, 0]
    assert [count(phone="4321"), count(phone="0987654321"), count(phone="09876")] == [1, 1, 0]


@pytest.mark.parametrize("wrong", [{"url": "http://[::1"}, {"url": "http://x:99999/"}, {"answers": '{"a": "\\u0000"}'}, {"mapping": "[1]"}])
def test_a_gateway_that_can_not_be_reached_so_is_not_kept(admin, wrong):
    row = Provider.objects.create(code="a", name="A", channel=Via.SMS, url="http://127.0.0.1:9/")
    typed = {"name": "A", "rank": 1, "url": "http://127.0.0.1:9/", "price": 1, "per_second": 0, "active": "on"}
    assert admin.post(reverse("notify:provider", args=[row.pk]), typed | wrong).status_code == 422
    assert admin.post(reverse("notify:provider", args=[row.pk]), typed | {"mapping": '{"id": 5, "to": null}'}).status_code == 302
    row.refresh_from_db()
    assert gateway.dialect_of(row).body({"id": "1", "to": "2"}) == b'{"5": "1", "None": "2"}'


def test_texts_without_any_gateway_are_complained_of_only_while_there_is_none(client, db, settings):
    settings.NOTIFY_CHANNELS, settings.SMS_GATEWAY_URL = ["sms", "file"], ""
    assert [found.id for found in run_checks(databases=["default"]) if found.id == WITHOUT_GATEWAY] == [WITHOUT_GATEWAY]
    assert texts_have_a_gateway(databases=None) == []
    assert client.get("/readyz").json()["gateway_missing"] is True
    assert b"onestop_message_gateway_missing 1" in client.get("/metrics").content
    row = Provider.objects.create(code="mot", name="Cổng một (thử)", channel=Via.SMS)
    assert texts_have_a_gateway(databases=["default"]) == []
    assert client.get("/readyz").json()["gateway_missing"] is False
    Provider.objects.filter(pk=row.pk).update(active=False)
    assert len(texts_have_a_gateway(databases=["default"])) == 1
    settings.SMS_GATEWAY_URL = "https://gateway.example/sms"
    assert texts_have_a_gateway(databases=["default"]) == []
