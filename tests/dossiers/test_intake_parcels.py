"""Thường Tín 5, rules.md 8: parcels are registered unopened, cleaned, counted; complete ones become dossiers, others are answered."""
from datetime import timedelta

import pytest
from django.urls import reverse

from dossiers.models import Dossier, Parcel
from dossiers.services import parcels
from dossiers.services.applicants import Applicant, Request
from dossiers.services.intake import PaperCount
from dossiers.services.parcels import Sender
from dossiers.states import ParcelState
from onestop.notify.models import Message
from tests.dossiers.refusals import refused
from tests.pages.conftest import PERSON, text_of

SENDER = Sender("Người gửi mẫu", "0912 345 678", "Số 1, đường Mẫu", "EB 123 vn", "Bưu điện mẫu")
BOTH = [PaperCount(1, originals=1), PaperCount(2, copies=2)]
WHO = Applicant("Người gửi mẫu", "0912345678")


@pytest.fixture
def parcel(cast, morning):
    return parcels.register(actor=cast.desk, office=cast.office, sender=SENDER)


def counted(cast, parcel, papers=BOTH, **more):
    parcels.clean_off(actor=cast.desk, parcel=parcel)
    return parcels.count(actor=cast.desk, parcel=parcel, procedure=cast.procedure, papers=papers, **more)


def test_registered_once_by_its_waybill(cast, parcel):
    assert (parcel.state, parcel.waybill, parcel.sender_phone) == (ParcelState.REGISTERED, "EB123VN", "0912345678")
    assert parcels.register(actor=cast.desk, office=cast.office, sender=SENDER) == parcel
    unnamed = Sender("Người gửi mẫu")
    assert parcels.register(actor=cast.desk, office=cast.office, sender=unnamed) != parcels.register(
        actor=cast.desk, office=cast.office, sender=unnamed)


def test_who_may_and_what_is_needed(cast, morning):
    with refused("not_allowed"):
        parcels.register(actor=cast.outsider, office=cast.office, sender=SENDER)
    with refused("invalid", "sender_name", "sender_phone", "waybill"):
        parcels.register(actor=cast.desk, office=cast.office, sender=Sender("", "12", "", "E" * 41))


def test_never_opened_before_the_hygiene_step(cast, parcel):
    with refused("not_cleaned"):
        parcels.count(actor=cast.desk, parcel=parcel, procedure=cast.procedure, papers=BOTH)
    first = parcels.clean_off(actor=cast.desk, parcel=parcel).cleaned_at
    assert parcels.clean_off(actor=cast.specialist, parcel=parcel).cleaned_at == first
    assert parcel.events.filter(verb="clean").count() == 1


def test_complete_becomes_one_dossier_with_code_and_counts(cast, parcel):
    assert counted(cast, parcel).missing == []
    dossier = parcels.file(actor=cast.desk, parcel=parcel, applicant=WHO, request=Request())
    again = parcels.file(actor=cast.desk, parcel=parcel, applicant=WHO, request=Request())
    assert dossier == again == Dossier.objects.get() and dossier.code and dossier.channel == "postal"
    assert list(dossier.papers.values_list("position", "present", "originals", "copies")) == [(1, True, 1, 0), (2, True, 0, 2)]
    parcel.refresh_from_db()
    assert (parcel.state, parcel.dossier) == (ParcelState.FILED, dossier)
    with refused("wrong_state", status=409):
        parcels.send_back(actor=cast.desk, parcel=parcel, reason="muộn")


def test_missing_papers_are_told_with_a_date_and_come_later(cast, parcel, morning):
    with refused("invalid", "answer_by"):
        counted(cast, parcel, [PaperCount(1)])
    late = counted(cast, parcel, [PaperCount(1)], answer_by=morning.date() + timedelta(days=10))
    assert late.state == ParcelState.MISSING and late.missing == ["Giấy chứng sinh"]
    told = Message.objects.get(template_key="parcel_missing")
    assert told.phone == "0912345678" and "Giấy chứng sinh" in told.body and "05/12/2026" in told.body
    complete = counted(cast, parcel)
    assert (complete.state, complete.missing, complete.answer_by) == (ParcelState.REGISTERED, [], None)


def test_sent_back_with_a_reason(cast, parcel):
    with refused("reason_missing"):
        parcels.send_back(actor=cast.desk, parcel=parcel, reason=" ")
    parcels.send_back(actor=cast.desk, parcel=parcel, reason="Không thuộc thẩm quyền")
    assert "Không thuộc thẩm quyền" in Message.objects.get(template_key="parcel_sent_back").body
    with refused("already_done"):
        parcels.send_back(actor=cast.desk, parcel=parcel, reason="lần hai")
    with refused("not_counted"):
        parcels.file(actor=cast.desk, parcel=parcel, applicant=WHO, request=Request())


def test_the_screens_from_scan_to_dossier(cast, morning, client):
    client.force_login(cast.desk)
    index = reverse("dossiers:parcels")
    assert "van_don=EB9" in text_of(client.get(index, {"q": "EB9"}))
    new = client.post(reverse("dossiers:parcel_new"), {"waybill": "EB9", "carrier": "Bưu điện mẫu", "sender_name": "Người gửi mẫu",
                                                       "sender_phone": "0912345678", "sender_address": "", "procedure": "", "note": ""})
    parcel = Parcel.objects.get()
    page = reverse("dossiers:parcel", args=[parcel.pk])
    assert new.url == page and client.get(index, {"q": "eb 9"}).url == page
    client.post(reverse("dossiers:parcel_clean", args=[parcel.pk]))
    count = reverse("dossiers:parcel_count", args=[parcel.pk])
    assert "thuộc thủ tục nào" in text_of(client.get(count))
    assert cast.procedure.code in text_of(client.get(count, {"q": "khai sinh"}))
    chosen = f"{count}?thu_tuc={cast.procedure.code}"
    assert client.post(chosen, {"paper_1": "on", "paper_1_originals": "x"}).status_code == 422
    assert client.post(chosen, {"paper_1": "on", "paper_1_originals": "1", "answer_by": ""}).status_code == 422
    client.post(chosen, {"paper_1": "on", "paper_1_originals": "1", "answer_by": "2026-12-10"})
    assert "Giấy chứng sinh" in text_of(client.get(page)) and "10/12/2026" in text_of(client.get(page))
    file = reverse("dossiers:parcel_file", args=[parcel.pk])
    assert client.post(file, {"full_name": ""}).status_code == 422
    done = client.post(file, PERSON | {"address": "", "note": "", "return_method": "counter", "return_address": ""})
    assert done.url == reverse("dossiers:detail", args=[Dossier.objects.get().pk])
    assert "Đã lập hồ sơ" in text_of(client.get(page))


def test_lists_by_state_date_and_text_for_the_own_office_only(cast, parcel, client):
    parcels.register(actor=cast.desk, office=cast.office, sender=Sender("Người khác mẫu"))
    client.force_login(cast.leader)
    index = reverse("dossiers:parcels")
    assert "EB123VN" in text_of(client.get(index)) and "Người khác mẫu" in text_of(client.get(index))
    assert "Người khác mẫu" not in text_of(client.get(index, {"q": "0912345678"}))
    for nothing in ({"muc": "filed"}, {"tu_ngay": "2026-11-26"}, {"den_ngay": "2026-11-24"}):
        assert "EB123VN" not in text_of(client.get(index, nothing))
    for odd in ({"muc": "x"}, {"tu_ngay": "x"}, {"q": "\0"}, {"page": "x"}):
        assert client.get(index, odd).status_code == 200
    client.force_login(cast.outsider)
    assert "EB123VN" not in text_of(client.get(index))
    assert client.get(reverse("dossiers:parcel", args=[parcel.pk])).status_code == 404
    assert client.post(reverse("dossiers:parcel_clean", args=[parcel.pk])).status_code == 404
