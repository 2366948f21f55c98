"""Many dossiers quickly: copies of one that was received through the services, each with its own ledger."""
from __future__ import annotations

from datetime import date

from dossiers.models import ClockEntry, Dossier, Extension
from dossiers.scopes import YES, Scope
from dossiers.services import extensions, intake
from dossiers.states import Kind
from onestop import clock
from onestop.catalogue.models import Procedure
from onestop.directives.models import Directive, DirectiveScope, Rule
from tests.cast import Cast
from tests.dossiers.conftest import APPLICANT

UNTIL = date(2026, 12, 25)
LETTER = "2468/VPUB-KSTT"


def grounds(cast: Cast, kind: str = "may_extend") -> Directive:
    """A published letter of the province with one rule."""
    letter = Directive.objects.create(number=LETTER, issuer="Văn phòng UBND", issued_on=clock.today(), title="Thử",
                                      starts_on=clock.today(), published_at=clock.now())
    DirectiveScope.objects.create(directive=letter, area=cast.province)
    Rule.objects.create(directive=letter, kind=kind, clause="khoản 1c", text="Do dịch bệnh, chưa thể xác minh thực tế.")
    return letter


def copies(dossier: Dossier, count: int, prefix: str = "MAU") -> list[Dossier]:
    """The dossier and count - 1 more like it, each with its own ledger."""
    rows = []
    for number in range(1, count):
        row = Dossier.objects.get(pk=dossier.pk)
        row.pk, row.reference, row.code = None, f"{prefix}{number:05d}", f"{dossier.code}-{number}"
        row.full_name, row.search_name = f"Người mẫu {number}", f"nguoi mau {number}"
        rows.append(row)
    Dossier.objects.bulk_create(rows, batch_size=500)
    ClockEntry.objects.bulk_create(
        [ClockEntry(dossier=row, kind=Kind.START, cause="received", effective_at=dossier.received_at) for row in rows], batch_size=500)
    return [dossier, *rows]


def received(cast: Cast, count: int, procedure: Procedure | None = None, prefix: str = "MAU") -> list[Dossier]:
    """So many accepted dossiers of the office, of the procedure that needs field verification if none is named."""
    made = intake.receive_in_person(actor=cast.desk, office=cast.office, procedure=procedure or cast.field_procedure, applicant=APPLICANT)
    return copies(made.dossier, count, prefix)


def ask(cast: Cast, letter: Directive, *, scope: Scope | None = None, instrument: str = "directed_extension", until: date = UNTIL,
        **more: object) -> Extension:
    """The specialist's request for every dossier of the office that needs field verification."""
    facts = {"reason": "Chưa thể xác minh thực tế", "citizen_text": "Do dịch bệnh, chưa thể xác minh thực tế.", "clause": "khoản 1c",
             **more}
    return extensions.request_scope(actor=cast.specialist, scope=Scope(field_verification=YES) if scope is None else scope,
                                    instrument=instrument, until=until, directive=letter, **facts)  # type: ignore[arg-type]
