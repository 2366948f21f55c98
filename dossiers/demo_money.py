"""Money of the demonstration: grounds for exemption, a sum that is asked for, cash with a receipt, an exemption, a bank's file compared."""
from __future__ import annotations

from dossiers.models import Dossier, ExemptionGround, Fee, PaymentRequest
from dossiers.services import payments
from dossiers.states import RUNNING, State
from onestop import clock
from onestop.offices.models import Office
from onestop.people.models import Assignment, User
from onestop.people.states import Role

VIA = "demo"
GROUNDS = (
    ("tre-em", "Trẻ em dưới 16 tuổi", 100, "Nghị quyết về phí, lệ phí của thành phố (minh họa), Điều 4"),
    ("ho-ngheo", "Người thuộc hộ nghèo", 100, "Nghị quyết về phí, lệ phí của thành phố (minh họa), Điều 4"),
    ("nop-truc-tuyen", "Nộp hồ sơ trực tuyến", 50, "Nghị quyết về phí, lệ phí của thành phố (minh họa), Điều 5"),
)


def load(office: Office, officer: User | None) -> int:
    """Make it once; how many requests to pay."""
    boss = administrator(office)
    if officer is None or boss is None or PaymentRequest.objects.exists():
        return 0
    keep_grounds(boss)
    waiting = Dossier.objects.filter(received_office=office, state=State.PAYMENT).order_by("pk").first()
    if waiting is not None:
        payments.ask(actor=officer, dossier=waiting, amount=120_000, purpose="Lệ phí cấp giấy (minh họa)", stops_clock=True, via=VIA)
    costly = Fee.objects.filter(full__gt=0, dossier__received_office=office, dossier__state__in=RUNNING)
    dossiers = [fee.dossier for fee in costly.select_related("dossier").order_by("dossier__submitted_at", "pk")[:2]]
    for dossier, act in zip(dossiers, (in_cash, exempt), strict=False):
        act(dossier, officer, boss)
    others = Dossier.objects.filter(received_office=office, state__in=RUNNING).exclude(pk__in=[dossier.pk for dossier in dossiers])
    if others.exists():
        by_transfer(others.order_by("-pk")[0], officer, boss)
    return PaymentRequest.objects.count()


def administrator(office: Office) -> User | None:
    """Somebody who keeps the province's portal."""
    held = Assignment.objects.in_force(clock.today()).filter(role=Role.ADMINISTRATOR, office__province=office.province)
    first = held.select_related("user").order_by("pk").first()
    return first.user if first else None


def keep_grounds(boss: User) -> None:
    """The list of grounds."""
    for code, name, percent, basis in GROUNDS:
        if not ExemptionGround.objects.filter(code=code).exists():
            payments.save_ground(actor=boss, ground=None, code=code, name=name, percent=percent, legal_basis=basis)


def in_cash(dossier: Dossier, officer: User, boss: User) -> None:
    """Paid at the counter."""
    asked = payments.ask(actor=officer, dossier=dossier, via=VIA)
    payments.cash(actor=officer, request=asked, payer=dossier.full_name, via=VIA)


def exempt(dossier: Dossier, officer: User, boss: User) -> None:
    """A poor household."""
    ground = ExemptionGround.objects.get(code="ho-ngheo")
    payments.exempt(actor=officer, dossier=dossier, ground=ground, evidence="Giấy chứng nhận hộ nghèo (minh họa)", via=VIA)


def by_transfer(dossier: Dossier, officer: User, boss: User) -> None:
    """Paid by transfer, found in the bank's file beside a line that nobody knows."""
    asked = payments.ask(actor=officer, dossier=dossier, amount=35_000, purpose="Lệ phí sao lục (minh họa)", via=VIA)
    lines = ("so tham chieu;ghi co;noi dung", f"FT0001;{asked.amount};CT {asked.number} nop phi", "FT0002;15000;chuyen tien (minh hoa)")
    payments.reconcile(actor=boss, file_name="sao-ke-minh-hoa.csv", content="\n".join(lines).encode(), source="bank", day=clock.today())
