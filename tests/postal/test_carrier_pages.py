"""The administrator's pages of carriers: how each is reached, its names and hours, its key shown once, its history."""
import json
import re

import pytest
from django.urls import reverse

from onestop.offices.models import Area
from onestop.offices.states import AreaLevel
from postal.carriers import http
from postal.forms.carriers import CarrierForm
from postal.models import Carrier, Manifest, Shipment
from postal.services import dispatch, files, pulling
from postal.states import Adapter, ManifestState, State

pytestmark = pytest.mark.django_db
PLAIN = {"name": "Bưu chính mới", "active": "on", "adapter": "http", "order_url": "https://buu-chinh.example.vn/don", "file_format": "csv",
         "collect_hours": "4", "working_hours_only": "on", "warn_minutes": "30", "warn_roles": ["carrier"], "late_roles": ["leader"],
         "silent_days": "5"}


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    return client


def typed(cast, **more):
    return PLAIN | {"province": cast.province.pk} | more


def test_a_new_carrier_has_a_key_that_is_shown_once(admin, cast):
    answer = admin.post(reverse("postal:carrier_new"), typed(cast, code="moi", hours_0="7:00-11:30, 13:30-17:00", hours_5="08:00-12:00",
                                                             order_id="don.ma", order_point="-", answer_waybill="data.ma"))
    made = Carrier.objects.get()
    assert answer.status_code == 201 and made.key in answer.content.decode() and answer["Cache-Control"].count("no-store") == 1
    assert made.key not in admin.get(reverse("postal:carrier", args=[made.pk])).content.decode()
    assert made.hours == {"0": [["07:00", "11:30"], ["13:30", "17:00"]], "5": [["08:00", "12:00"]]}
    assert (made.order_fields, made.answer_fields, made.late_roles) == ({"id": "don.ma", "point": ""}, {"waybill": "data.ma"}, ["leader"])
    replaced = admin.post(reverse("postal:carrier_key", args=[made.pk])).content.decode()
    fresh = Carrier.objects.get().key
    assert fresh != made.key and fresh in replaced
    assert [change.verb for change in made.changes.order_by("pk")] == ["create", "replace_key"]
    assert fresh not in json.dumps(list(made.changes.values_list("data", flat=True)))


def test_what_is_typed_comes_back_and_a_change_says_who_and_what(admin, cast, carrier):
    carrier.order_fields, carrier.hours = {"id": "a.b", "point": ""}, {"1": [["07:00", "18:00"]]}
    carrier.save()
    form = CarrierForm(user=cast.administrator, carrier=carrier)
    assert (form["order_id"].value(), form["order_point"].value(), form["hours_1"].value()) == ("a.b", "-", "07:00-18:00")
    admin.post(reverse("postal:carrier_edit", args=[carrier.pk]), typed(cast, name="Tên khác", collect_hours="6"))
    carrier.refresh_from_db()
    assert (carrier.name, carrier.collect_hours, carrier.hours, carrier.order_fields) == ("Tên khác", 6, {}, {})
    page = admin.get(reverse("postal:carrier", args=[carrier.pk])).content.decode()
    assert "Số giờ phải đến lấy: 4 → 6" in page and str(cast.administrator) in page


@pytest.mark.parametrize(("wrong", "words"), [
    ({"order_url": ""}, "cần địa chỉ"), ({"order_url": "ftp:x"}, "URL"), ({"adapter": "file"}, "ít nhất một giờ"),
    ({"adapter": "file", "manifest_times": "25:00"}, "Không có giờ"), ({"hours_0": "sáng"}, "Giờ làm việc ghi như"),
    ({"order_id": "-"}, "không được bỏ"), ({"order_id": "a", "order_carrier": "a"}, "trùng"), ({"collect_hours": "0"}, ""),
    ({"warn_roles": ["king"]}, ""), ({"province": "999999"}, "")])
def test_wrong_settings_are_named_and_nothing_is_kept(admin, cast, carrier, wrong, words):
    answer = admin.post(reverse("postal:carrier_edit", args=[carrier.pk]), typed(cast, **wrong))
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not carrier.changes.exists()


def test_another_province_s_carrier_is_not_there_and_others_have_no_page(admin, client, cast, carrier):
    elsewhere = Area.objects.create(code="T96", name="Tỉnh khác", level=AreaLevel.PROVINCE)
    foreign = Carrier.objects.create(code="xa", name="Ở xa", key="k", province=elsewhere)
    for name in ("carrier", "carrier_edit", "carrier_trial", "carrier_words", "carrier_files"):
        assert admin.get(reverse(f"postal:{name}", args=[foreign.pk])).status_code == 404
    assert "Ở xa" not in admin.get(reverse("postal:carriers")).content.decode()
    for who in (cast.desk, cast.carrier, cast.monitor):
        client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get(reverse("postal:carriers")).status_code == 403


def test_the_code_and_the_folder_are_free_or_refused(admin, cast, by_file):
    taken = admin.post(reverse("postal:carrier_new"), typed(cast, code="tep"))
    same = admin.post(reverse("postal:carrier_new"), typed(cast, code="moi", adapter="file", folder="tep", manifest_times="9:00"))
    assert [answer.status_code for answer in (taken, same)] == [422, 422]
    assert "đã có doanh nghiệp khác dùng" in taken.content.decode() and "Thư mục này" in same.content.decode()
    Manifest.objects.create(carrier=by_file, date="2026-11-25", number=1, name="x", state=ManifestState.MAKING)
    assert "Còn bảng kê đang lập" in admin.post(reverse("postal:carrier_edit", args=[by_file.pk]), typed(cast)).content.decode()


def test_a_trial_shows_the_order_in_the_carrier_s_names_and_sends_nothing(admin, carrier, by_file, simulated):
    carrier.order_fields = {"recipient.name": "nguoi_nhan.ten", "point": ""}
    carrier.save()
    page = admin.get(reverse("postal:carrier_trial", args=[carrier.pk])).content.decode()
    shown = json.loads(re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)[1].replace("&quot;", '"'))
    assert shown["nguoi_nhan"] == {"ten": "Nguyễn Thị Ví Dụ"} and "point" not in shown
    assert carrier.key not in page and simulated.book.told()["counts"]["orders"]["ids"] == 0
    assert "sẽ được tạo" in admin.get(reverse("postal:carrier_trial", args=[by_file.pk])).content.decode()


def test_a_carrier_with_names_of_its_own_is_ordered_from_and_understood(decided, carrier, simulated):
    """The second face of the simulated carrier speaks its own JSON."""
    names = {"id": "don_hang.ma", "carrier": "doi_tac", "recipient.name": "don_hang.nguoi_nhan.ten", "direction": ""}
    Carrier.objects.update(order_url=f"{simulated.url}/v2/orders", order_fields=names, answer_fields={"waybill": "du_lieu.ma_van_don"})
    decided()
    pulling.pull_decided()
    shipment = Shipment.objects.select_related("carrier", "office", "dossier").get()
    assert json.loads(http.content(shipment))["don_hang"] == {"ma": str(shipment.key), "nguoi_nhan": {"ten": "Nguyễn Thị Mẫu"}}
    dispatch.dispatch(shipment.pk)
    shipment.refresh_from_db()
    known = simulated.book.orders[str(shipment.key)]
    assert (shipment.state, shipment.waybill, known["recipient"]) == (State.ORDERED, known["waybill"], {"ten": "Nguyễn Thị Mẫu"})


def test_files_are_listed_and_a_manifest_can_be_fetched_again(admin, decided, by_file):
    decided()
    pulling.pull_decided()
    files.sweep()
    manifest = Manifest.objects.get()
    assert manifest.name in admin.get(reverse("postal:carrier_files", args=[by_file.pk])).content.decode()
    fetched = admin.post(reverse("postal:carrier_manifest", args=[by_file.pk, manifest.pk]))
    assert fetched.content == (files.folder.path_of(manifest)).read_bytes()
    assert Carrier.objects.get().adapter == Adapter.FILE
