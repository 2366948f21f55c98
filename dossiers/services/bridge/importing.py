"""Dossiers that were filed on the National Portal: each row becomes a dossier of ours, once, however often it is read."""
from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from typing import Any

import requests
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from dossiers import bridge_wire, policies
from dossiers.bridge_wire import SYSTEM, Filed
from dossiers.models import Dossier, ExternalCode, NationalImport, NationalImportRow
from dossiers.services import codes, intake, resemblance
from dossiers.services.applicants import Applicant, Request, fields_of
from dossiers.services.bridge import state
from dossiers.services.records import allow
from dossiers.states import ImportState, ReturnMethod
from onestop import clock, signature
from onestop.catalogue.models import Procedure
from onestop.catalogue.states import Channel
from onestop.guide.channels import situation
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.transitions import Refused

log = logging.getLogger(__name__)
LABEL = "Cổng Dịch vụ công quốc gia"
VIA = "dvcqg"
PAGES = 20  # of the portal's list in one pull
LONGEST_PAGE = 4 * 1024 * 1024  # bytes


def import_file(*, actor: User | None, name: str, content: bytes, most: int) -> NationalImport:
    """Read a JSON or CSV file; the same file again goes on where it stopped and makes nothing twice.

    `actor` None: the server's own command. Raises Refused: 'not_allowed' 403, 'invalid' with field file.
    """
    allow(actor is None or policies.can_bridge_anywhere(actor))
    try:
        rows = bridge_wire.read(content)
    except bridge_wire.Unreadable as error:
        raise Refused("invalid", str(error), fields={"file": [str(error)]}) from error
    if not 0 < len(rows) <= most:
        sentence = _("Tệp phải có từ 1 đến %(most)s hồ sơ.") % {"most": most}
        raise Refused("invalid", sentence, fields={"file": [sentence]})
    return read_rows(actor=actor, source=name[:160], digest=digest_of(content, actor), rows=rows)


def digest_of(content: bytes, actor: User | None) -> str:
    """By which a file is known again: to each reader their own, since each sees the outcome of what they read."""
    return hashlib.sha256(content + (f"\n{actor.pk}".encode() if actor is not None else b"")).hexdigest()


def read_rows(*, actor: User | None, source: str, digest: str, rows: Sequence[Filed]) -> NationalImport:
    """Each row in a transaction of its own, with its outcome; rows that have a dossier are left alone, those that were refused are
    tried again: what was wrong may be mended by now."""
    batch, _made = NationalImport.objects.get_or_create(digest=digest, defaults={"source": source, "read_by": actor})
    done = set(batch.rows.exclude(state=ImportState.REJECTED).values_list("line", flat=True))
    for line, filed in enumerate(rows, 1):
        if line not in done:
            take(batch, line, filed, actor)
    return batch


def take(batch: NationalImport, line: int, filed: Filed, actor: User | None) -> NationalImportRow:
    """One row: a new dossier, one that was there already, or why not."""
    code = filed.code[:80]
    try:
        with transaction.atomic():
            dossier, made = _dossier(filed, actor)
            outcome = ImportState.MADE if made else ImportState.KNOWN
            return _told(batch, line, code=code, state=outcome, dossier=dossier, problem="")
    except Refused as refusal:
        problem = " ".join([str(refusal.sentence), *(str(text) for texts in refusal.fields.values() for text in texts)])
    except IntegrityError:  # somebody else read the same row at the same moment
        known = ExternalCode.objects.filter(system=SYSTEM, code=code).select_related("dossier").first()
        return _told(batch, line, code=code, state=ImportState.KNOWN if known else ImportState.REJECTED,
                     dossier=known.dossier if known else None, problem="" if known else _("Chưa ghi được, vui lòng nhập lại."))
    return _told(batch, line, code=code, state=ImportState.REJECTED, problem=problem[:255])


def _told(batch: NationalImport, line: int, **outcome: Any) -> NationalImportRow:
    """The row of a line with what became of it; a dossier that somebody else has made of it meanwhile stays."""
    found, made = NationalImportRow.objects.get_or_create(batch=batch, line=line, defaults=outcome)
    if not made and found.state == ImportState.REJECTED:
        for name, value in outcome.items():
            setattr(found, name, value)
        found.save(update_fields=list(outcome))
    return found


def _dossier(filed: Filed, actor: User | None) -> tuple[Dossier, bool]:
    """The dossier of a row and whether it is new, in the caller's transaction. Raises Refused."""
    if not filed.code or len(filed.code) > 80:
        raise Refused("invalid", _("Thiếu mã hồ sơ của Cổng Dịch vụ công quốc gia, hoặc mã dài quá 80 ký tự."))
    known = ExternalCode.objects.filter(system=SYSTEM, code=filed.code).select_related("dossier").first()
    if known is not None:
        return known.dossier, False
    office, procedure = _office(filed.office, actor), _procedure(filed.procedure)
    case = situation(office=office, procedure=procedure, on=clock.today())
    if case.version is None:
        raise Refused("invalid", _("Thủ tục %(code)s chưa có phiên bản đang áp dụng.") % {"code": filed.procedure})
    key = f"{VIA}-{hashlib.sha256(filed.code.encode()).hexdigest()[:50]}"
    made = intake.create(case=case, channel=Channel.ONLINE, values=_values(filed), key=key, actor=actor, via=VIA, label=LABEL)
    codes.add_external(dossier=made.dossier, system=SYSTEM, code=filed.code)
    resemblance.look(made.dossier)
    enqueue_after_commit("dossiers.issue_filing", made.dossier.pk)
    return made.dossier, True


def _values(filed: Filed) -> dict[str, Any]:
    """The cleaned fields of a dossier. Raises Refused('invalid')."""
    method = filed.return_method if filed.return_method in ReturnMethod.values else ReturnMethod.COUNTER.value
    applicant = Applicant(full_name=filed.full_name, phone=filed.phone, citizen_id=filed.citizen_id, email=filed.email,
                          address=filed.address)
    return fields_of(applicant, Request(note=filed.note, return_method=method, return_address=filed.return_address))


def _office(code: str, actor: User | None) -> Office:
    """The office of a row, by our code or the agency's identifier. Raises Refused."""
    rows = Office.objects.active_on(clock.today()).select_related("province", "area", "parent")
    found = rows.filter(code=code).first() or rows.filter(identifier=code).order_by("pk").first() if code else None
    if found is None:
        raise Refused("invalid", _("Không có đơn vị nào có mã %(code)s.") % {"code": code or "–"})
    if actor is not None and not policies.can_bridge(actor, found):
        raise Refused("not_allowed", _("Tài khoản của bạn không được nhập hồ sơ cho đơn vị %(code)s.") % {"code": code}, status=403)
    return found


def _procedure(code: str) -> Procedure:
    found = Procedure.objects.usable().select_related("current").filter(code=code).first() if code else None
    if found is None:
        raise Refused("invalid", _("Không có thủ tục nào đang dùng có mã %(code)s.") % {"code": code or "–"})
    return found


# --- over HTTP ----------------------------------------------------------------------------------------------------------------

def pull() -> int:
    """Fetch what was filed since the last cursor, a page at a time; how many dossiers are new. Nothing where no address is set.

    The cursor is kept after its page: a crash in between reads the page again, which is harmless.
    """
    if not settings.NATIONAL_PORTAL_URL or state.resting(clock.now()):
        return 0
    made = 0
    for _page in range(PAGES):
        fetched = _fetch(state.row().cursor)
        if fetched is None:
            return made
        rows, following, content = fetched
        if rows:
            with translation.override("vi"):
                batch = read_rows(actor=None, source="http", digest=hashlib.sha256(content).hexdigest(), rows=rows)
            made += batch.rows.filter(state=ImportState.MADE).count()
        if not following or following == state.row().cursor:
            return made
        state.save_cursor(following)
    return made


def _fetch(cursor: str) -> tuple[list[Filed], str, bytes] | None:
    """(dossiers, next cursor, the page as it came); None where the portal can't be understood, which the breaker counts."""
    signed = signature.sign(settings.NATIONAL_PORTAL_KEY, cursor.encode())
    try:
        with requests.get(f"{settings.NATIONAL_PORTAL_URL}/ho-so", params={"cursor": cursor}, headers={signature.HEADER: signed},
                          timeout=(3, settings.SEND_TIMEOUT_SECONDS), allow_redirects=False, stream=True) as response:
            content = response.raw.read(LONGEST_PAGE, decode_content=True)
            if response.status_code != 200:
                raise ValueError(f"HTTP {response.status_code}")
        page = json.loads(content)
        found = bridge_wire.read(content), str(page.get("cursor") or ""), content
    except (requests.RequestException, OSError, ValueError, AttributeError, bridge_wire.Unreadable) as error:
        state.note_failure(f"{type(error).__name__}: {error}")
        return None
    state.note_answer()
    return found
