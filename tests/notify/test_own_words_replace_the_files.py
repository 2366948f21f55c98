"""The portal's own words: checked before they are used, versioned, given up; what was written stays as it is."""
from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from onestop.catalogue.models import Procedure
from onestop.notify import services, texts
from onestop.notify.models import Message, TemplateText
from onestop.notify.services import Recipient, wording_texts
from onestop.notify.wording import TEMPLATES
from onestop.transitions import Refused
from tests.cast import Cast

KEY = "appointment_booked"
SUBJECT = "Hẹn {{ code }}"
BODY = "Mời đến {{ office }} lúc {{ time }} ngày {{ day }}, mã {{ code }}.\nThủ tục: {{ procedure }}\nXem: {{ link }}"


def write(cast: Cast, body: str = BODY, *, key: str = KEY, subject: str = SUBJECT, language: str = "vi", seen: int = 0,
          actor: object = None) -> TemplateText:
    return wording_texts.write(actor=actor or cast.administrator, key=key, language=language, subject=subject, body=body, seen=seen)


def said(language: str = "vi", **changed: object) -> tuple[str, str]:
    return texts.render(template=KEY, context={**TEMPLATES[KEY].sample, **changed}, language=language)


def wrong(cast: Cast, **words: str) -> dict[str, list[object]]:
    with pytest.raises(Refused) as caught:
        write(cast, **words)
    assert caught.value.code == "invalid"
    return caught.value.fields


def test_they_are_used_from_then_on_and_what_was_written_stays(cast: Cast) -> None:
    def tell(event: str) -> Message:
        found = services.tell(event_key=event, template=KEY, context=TEMPLATES[KEY].sample, recipient=Recipient("Mẫu", "0912345678"))
        assert found is not None
        return found

    before = tell("appointment:1:booked")
    write(cast)
    after = tell("appointment:2:booked")
    assert after.subject == "Hẹn H7K2M9"
    assert after.body.startswith("Mời đến Bộ phận Một cửa phường Mẫu lúc 08:30 ngày 02/12/2026")
    assert tell("appointment:1:booked").body == before.body != after.body
    assert said("en")[1] != after.body  # the other language keeps the file's
    assert wording_texts.give_up(actor=cast.administrator, key=KEY, language="vi")
    assert not wording_texts.give_up(actor=cast.administrator, key=KEY, language="vi")
    assert said()[1] == before.body


def test_a_line_that_names_nothing_is_left_out(cast: Cast) -> None:
    write(cast)
    assert "Thủ tục: Một việc\nXem:" in said(procedure="Một việc")[1]
    assert "Thủ tục" not in said(procedure="")[1]
    private = Procedure(name="Việc riêng", sensitive=True)
    assert "Thủ tục" not in said(procedure=private)[1] and "Việc riêng" not in said(procedure=private)[1]


def test_without_what_is_needed_the_files_words_do(cast: Cast) -> None:
    write(cast, "Nộp {{ amount }} cho {{ number }}: {{ pay_url }}", key="dossier_payment", subject="Nộp tiền")
    context = {**TEMPLATES["dossier_payment"].sample, "amount": "", "pay_url": ""}
    body = texts.render(template="dossier_payment", context=context, language="vi")[1]
    assert "Vui lòng liên hệ" in body


def test_lists_are_put_in_a_row_and_nothing_said_is_read_as_a_template(cast: Cast) -> None:
    write(cast, "Hồ sơ {{ number }}, hạn {{ answer_by }}: {{ answer_url }}\nGiấy tờ: {{ items }}\nLý do: {{ reason }}",
          key="dossier_supplement", subject="Bổ sung {{ number }}")
    context = {**TEMPLATES["dossier_supplement"].sample, "items": ["Một", "Hai"], "reason": "{{ answer_url }} {% load x %} <b>"}
    body = texts.render(template="dossier_supplement", context=context, language="vi")[1]
    assert "Giấy tờ: Một; Hai" in body and "Lý do: {{ answer_url }} {% load x %} <b>" in body


@pytest.mark.parametrize("bad", [
    "{% load i18n %}", "{% if code %}x{% endif %}", "{% include 'base.html' %}", "{% debug %}", "{{ code|upper }}", "{{ office.name }}",
    "{{ link.__class__ }}", "{{ 'x' }}", "{{ _('x') }}", "{{ unknown }}", "{{ settings }}", "{{ portal }}", "{{ code", "code }}",
    "{% csrf_token %}", "{{ code }} {{", "{# ẩn", "{{ secret }}", "{{ }}", "{{ code }}{{ procedure }}"])
def test_nothing_but_plain_placeholders_of_this_message(cast: Cast, bad: str) -> None:
    fields = wrong(cast, body=f"{BODY}\n{bad}")
    assert list(fields) == ["body"] and str(fields["body"][0])
    assert not TemplateText.objects.exists()


@pytest.mark.parametrize(("field", "words"), [
    ("body", {"body": "Không có gì"}), ("body", {"body": BODY.replace("{{ link }}", "")}), ("body", {"body": ""}),
    ("body", {"body": BODY + "ă" * 500}), ("body", {"body": "x" * 2000}), ("subject", {"subject": ""}),
    ("subject", {"subject": "{{ procedure }}"}), ("subject", {"subject": "{{ link }} {% now 'Y' %}"}), ("subject", {"subject": "x" * 151})])
def test_what_is_needed_is_there_and_it_is_not_too_long(cast: Cast, field: str, words: dict[str, str]) -> None:
    assert field in wrong(cast, **words)


def test_versions_are_kept_with_who_and_when(cast: Cast) -> None:
    first = write(cast)
    assert write(cast) == first  # the same words again
    second = write(cast, BODY + "\nCảm ơn", seen=1)
    first.refresh_from_db()
    assert (first.active, first.ended_by, second.version) == (False, cast.administrator, 2) and first.ended_at
    third = wording_texts.use_again(actor=cast.administrator, row=first, seen=2)
    assert (third.version, third.body) == (3, first.body)
    assert list(TemplateText.objects.filter(active=True)) == [third]
    with pytest.raises(IntegrityError), transaction.atomic():
        TemplateText.objects.filter(pk=first.pk).update(active=True)


def test_who_did_not_see_the_newest_version_overwrites_nothing(cast: Cast) -> None:
    write(cast)
    with pytest.raises(Refused) as caught:
        write(cast, BODY + "\nMuộn", seen=0)
    assert caught.value.status == 409 and TemplateText.objects.count() == 1


def test_only_the_administrator(cast: Cast) -> None:
    for actor in (cast.monitor, cast.leader, cast.hotline, cast.citizen):
        with pytest.raises(Refused) as caught:
            write(cast, actor=actor)
        assert caught.value.status == 403
    with pytest.raises(Refused) as caught:
        write(cast, key="no_such", subject="x", body="y")
    assert caught.value.status == 404


def test_bookings_that_remember_words_learn_of_new_ones(cast: Cast, transactional_db: None) -> None:
    if connection.vendor == "postgresql":
        from onestop.directives import stamp
        before = stamp.current()
        write(cast)
        assert stamp.current() != before


# --- pages --------------------------------------------------------------------------------------------------------

def test_the_list_and_the_pages(cast: Cast, client, django_assert_max_num_queries) -> None:
    client.force_login(cast.monitor)
    with django_assert_max_num_queries(12):
        page = client.get(reverse("notify:wordings")).content.decode()
    assert "Đã đặt lịch hẹn" in page and "Trang" in page
    assert "Mã xác nhận số điện thoại" in client.get(reverse("notify:wordings"), {"q": "ma xac nhan"}).content.decode()
    assert "Nhắc lịch hẹn" not in client.get(reverse("notify:wordings"), {"kind": "officer"}).content.decode()
    page = client.get(reverse("notify:wording", args=[KEY])).content.decode()
    assert "riêng tư" in page and "Viết lời riêng" not in page
    for key in TEMPLATES:
        assert client.get(reverse("notify:wording", args=[key])).status_code == 200, key
    assert client.get(reverse("notify:wording", args=["no_such"])).status_code == 404
    for address in ("edit_wording", "give_up_wording"):
        assert client.post(reverse(f"notify:{address}", args=[KEY, "vi"])).status_code == 403
    for person, status in ((cast.leader, 403), (cast.citizen, 403)):
        client.force_login(person)
        assert client.get(reverse("notify:wordings")).status_code == status


def test_an_administrator_looks_first_then_saves_then_goes_back(cast: Cast, client) -> None:
    client.force_login(cast.administrator)
    edit = reverse("notify:edit_wording", args=[KEY, "vi"])
    assert "{{ code }}" in client.get(edit).content.decode()
    words = {"subject": SUBJECT, "body": BODY, "seen": 0}
    page = client.post(edit, {**words, "preview": "1"}).content.decode()
    assert "Mời đến Bộ phận Một cửa phường Mẫu" in page and not TemplateText.objects.exists()
    page = client.post(edit, {**words, "body": "{% load x %}", "save": "1"}).content.decode()
    assert "Không dùng được lệnh" in page and not TemplateText.objects.exists()
    assert client.post(edit, {**words, "save": "1"}).status_code == 302
    shown = client.get(reverse("notify:wording", args=[KEY])).content.decode()
    assert "Đã sửa lời" in shown and "Bản 1" in shown
    assert "Đã sửa lời" in client.get(reverse("notify:wordings"), {"kind": "own"}).content.decode()
    client.post(reverse("notify:give_up_wording", args=[KEY, "vi"]))
    assert not TemplateText.objects.filter(active=True).exists()
    client.post(reverse("notify:use_wording_again", args=[TemplateText.objects.get().pk]))
    assert TemplateText.objects.get(active=True).version == 2
    assert client.get(reverse("notify:edit_wording", args=[KEY, "xx"])).status_code == 404
