"""The demo catalogue: real procedures in the national format; what the source leaves open is settled for most of them."""
import json
from collections.abc import Callable
from datetime import time
from pathlib import Path

from django.db import transaction

from onestop.catalogue.answers import Answer, checked
from onestop.catalogue.eforms import building
from onestop.catalogue.models import Paper, Procedure, ProcedureVersion, ReviewItem
from onestop.catalogue.services import eforms
from onestop.catalogue.services.importing import import_procedures
from onestop.catalogue.services.review import answer_items
from onestop.people.models import User

FILE = Path(__file__).with_name("demo_procedures.jsonl")
FORMS = Path(__file__).with_name("demo_eforms.json")
LABEL = "Dữ liệu minh họa"
REASON = "Cách hiểu của bộ dữ liệu minh họa, chưa phải kết quả rà soát thật"
SAME_DAY = time(15)  # received after 15:00: the result comes on the next working day (rules.md 5.1)

ONE_DAY: Answer = {"amount": "1", "unit": "working_day"}
WORKING_DAYS: Answer = {"unit": "working_day"}
# Which open item gets which answer; what is not named here stays open, to show the review screens.
ANSWERS: dict[str, tuple[str, Answer]] = {
    **dict.fromkeys((
        "1.001193", "1.000656", "1.000894", "1.004873", "1.001022", "1.004884", "1.000689", "1.004772", "1.005461", "1.004746",
        "1.004859", "2.000528", "2.000720"), ("no_unit", WORKING_DAYS)),
    **dict.fromkeys(("2.000635", "2.002516", "2.000815", "2.000884", "2.001019"), ("no_term", ONE_DAY)),
    "2.001035": ("no_term", {"amount": "2", "unit": "working_day"}),
}
CUTOFF = ("1.001193", "1.000656", "1.000894", "2.000635", "2.002516", "2.000815", "2.000884", "2.001019")
FLAGS: dict[str, tuple[str, ...]] = {
    "presence_required": ("1.000894", "1.004746", "2.000884", "2.001019", "2.001035"),
    "field_verification": ("1.012753", "1.012796", "1.012812", "1.012817", "1.012784", "1.013225", "1.013229", "1.013979",
                           "1.002693", "1.011606", "1.011607"),
    "urgent": ("1.000656", "1.000419", "2.000635"),
    "sensitive": ("2.001263", "2.001255", "1.003160", "1.003179", "1.001022", "1.000689"),
}
# (name, originals, certified copies, plain copies, required)
PaperRow = tuple[str, int, int, int, bool]
IDENTITY: PaperRow = ("Thẻ căn cước hoặc hộ chiếu của người yêu cầu (xuất trình)", 1, 0, 0, True)
LAND: PaperRow = ("Giấy chứng nhận quyền sử dụng đất đã cấp", 1, 0, 1, True)
PAPERS: dict[str, tuple[PaperRow, ...]] = {
    "1.001193": (
        ("Tờ khai đăng ký khai sinh", 1, 0, 0, True),
        ("Giấy chứng sinh", 1, 0, 0, True),
        IDENTITY,
        ("Giấy chứng nhận kết hôn của cha, mẹ (nếu đã đăng ký kết hôn)", 0, 0, 1, False),
        ("Văn bản ủy quyền (nếu ủy quyền cho người khác)", 0, 1, 0, False),
    ),
    "1.000656": (
        ("Tờ khai đăng ký khai tử", 1, 0, 0, True),
        ("Giấy báo tử hoặc giấy tờ thay giấy báo tử", 1, 0, 0, True),
        IDENTITY,
    ),
    "1.000894": (
        ("Tờ khai đăng ký kết hôn có chữ ký của hai bên", 1, 0, 0, True),
        ("Giấy xác nhận tình trạng hôn nhân", 1, 0, 0, True),
        ("Thẻ căn cước hoặc hộ chiếu của hai bên (xuất trình)", 2, 0, 0, True),
    ),
    "1.004873": (
        ("Tờ khai cấp Giấy xác nhận tình trạng hôn nhân", 1, 0, 0, True),
        ("Bản án, quyết định ly hôn hoặc trích lục khai tử của vợ, chồng trước (nếu có)", 0, 1, 0, False),
        IDENTITY,
    ),
    "2.000635": (
        ("Tờ khai cấp bản sao trích lục hộ tịch", 1, 0, 0, True),
        IDENTITY,
    ),
    "2.000815": (
        ("Bản chính giấy tờ, văn bản cần chứng thực", 1, 0, 0, True),
        ("Bản sao cần chứng thực", 0, 0, 1, True),
    ),
    "2.000884": (
        ("Thẻ căn cước hoặc hộ chiếu của người ký (xuất trình)", 1, 0, 0, True),
        ("Giấy tờ, văn bản sẽ ký trước mặt người chứng thực", 1, 0, 0, True),
    ),
    "1.004222": (
        ("Tờ khai thay đổi thông tin cư trú", 1, 0, 0, True),
        ("Giấy tờ chứng minh chỗ ở hợp pháp", 0, 1, 0, True),
        IDENTITY,
    ),
    "1.004194": (
        ("Tờ khai thay đổi thông tin cư trú", 1, 0, 0, True),
        ("Giấy tờ chứng minh chỗ ở hợp pháp", 0, 0, 1, True),
    ),
    "1.012753": (
        ("Đơn đăng ký đất đai, tài sản gắn liền với đất", 1, 0, 0, True),
        ("Giấy tờ về quyền sử dụng đất (nếu có)", 0, 1, 0, False),
        ("Mảnh trích đo bản đồ địa chính thửa đất (nếu có)", 1, 0, 0, False),
        ("Chứng từ thực hiện nghĩa vụ tài chính (nếu có)", 0, 0, 1, False),
    ),
    "1.012817": (("Đơn đề nghị xác định lại diện tích đất ở", 1, 0, 0, True), LAND),
    "1.012784": (
        ("Đơn đề nghị tách thửa đất, hợp thửa đất", 1, 0, 0, True),
        ("Bản vẽ tách thửa đất, hợp thửa đất", 1, 0, 0, True),
        LAND,
    ),
    "1.013225": (
        ("Đơn đề nghị cấp giấy phép xây dựng", 1, 0, 0, True),
        ("Giấy tờ chứng minh quyền sử dụng đất", 0, 1, 0, True),
        ("Bản vẽ thiết kế xây dựng", 2, 0, 0, True),
        ("Cam kết bảo đảm an toàn công trình liền kề (nếu có)", 1, 0, 0, False),
    ),
    "2.000720": (
        ("Giấy đề nghị đăng ký thay đổi nội dung đăng ký hộ kinh doanh", 1, 0, 0, True),
        ("Giấy chứng nhận đăng ký hộ kinh doanh đã cấp", 1, 0, 0, True),
    ),
    "1.001613": (
        ("Đơn đề nghị hưởng bảo hiểm xã hội một lần", 1, 0, 0, True),
        ("Sổ bảo hiểm xã hội", 1, 0, 0, True),
    ),
}


@transaction.atomic
def load(*, password: str, say: Callable[[str], None]) -> None:
    """Import the demo catalogue and set what an office would have set. A second call changes nothing."""
    report = import_procedures(FILE)
    if not report.created:
        say(f"Danh mục minh họa đã có: {report.taken} thủ tục.")
        return
    set_flags()
    set_papers()
    administrator = User.objects.filter(username="quantri").first()
    settle(administrator)
    set_forms(administrator)
    open_left = Procedure.objects.exclude(pk__in=Procedure.objects.usable()).count()
    say(f"Danh mục minh họa: {report.taken} thủ tục, {open_left} thủ tục để lại cho màn hình rà soát.")


def set_flags() -> None:
    """Presence, field verification, urgency and sensitivity, which the national format does not have."""
    for flag, codes in FLAGS.items():
        Procedure.objects.filter(code__in=codes).update(**{flag: True})
    ProcedureVersion.objects.filter(procedure__code__in=CUTOFF, number=1).update(cutoff_time=SAME_DAY)


def set_papers() -> None:
    """The papers of the first versions, so that the days of the letters can be replayed with them."""
    versions = ProcedureVersion.objects.filter(procedure__code__in=PAPERS, number=1, papers=None).select_related("procedure")
    Paper.objects.bulk_create([
        Paper(version=version, position=position, name=name, originals=originals, certified=certified, copies=copies, required=required)
        for version in versions
        for position, (name, originals, certified, copies, required) in enumerate(PAPERS[version.procedure.code], 1)])


def settle(administrator: User | None) -> None:
    """Answer the named open items, grouped by answer."""
    groups: dict[str, tuple[str, Answer, list[str]]] = {}
    for code, (problem, answer) in ANSWERS.items():
        groups.setdefault(f"{problem} {answer}", (problem, answer, []))[2].append(code)
    for problem, answer, codes in groups.values():
        items = ReviewItem.objects.open().filter(problem=problem, procedure__code__in=codes)
        answer_items(items, checked(problem, answer), verb="settled", actor=administrator, label=LABEL, reason=REASON)


def set_forms(administrator: User | None) -> None:
    """The electronic forms of three procedures; one of them has a next version in the making."""
    if administrator is None:
        return
    for code, schema in json.loads(FORMS.read_text(encoding="utf-8")).items():
        procedure = Procedure.objects.get(code=code)
        version = eforms.draft(actor=administrator, procedure_id=procedure.pk)
        version = eforms.change(actor=administrator, version_id=version.pk, schema=schema, revision=version.revision)
        eforms.publish(actor=administrator, version_id=version.pk, revision=version.revision, note=LABEL)
    version = eforms.draft(actor=administrator, procedure_id=Procedure.objects.get(code="1.013225").pk)
    question = {"key": "so_can_ho", "type": "integer", "label": "Số căn hộ", "min": 1, "max": 500}
    eforms.change(actor=administrator, version_id=version.pk, revision=version.revision, what="Số căn hộ",
                  schema=building.add_field(version.schema, question, section=1))
