"""The electronic result: a signed link told by message, opened with a second factor, for a time; every opening is written down."""
from __future__ import annotations

import hmac
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, Result, ResultLink
from dossiers.services import processing
from dossiers.services.hand_overs import Received
from dossiers.services.records import claim, inform, write_event
from dossiers.states import ReturnMethod, ScanState, State
from onestop import clock
from onestop.history import CITIZEN
from onestop.patience import patiently
from onestop.people import shown, tokens
from onestop.people.words import clean
from onestop.transitions import Refused

SIGNER = signing.Signer(salt="dossiers.result-link", sep=".")
GIVEN_OUT = (State.DECIDED, State.RETURNED)
PER_SWEEP = 200


def _gone() -> Refused:
    return Refused("link_ended", _("Liên kết này không còn dùng được. Vui lòng tra cứu hồ sơ hoặc liên hệ nơi trả kết quả."), status=404)


def electronic(dossier: Dossier) -> bool:
    """Whether there is an electronic result to be given out."""
    return dossier.state in GIVEN_OUT and dossier.return_method == ReturnMethod.ELECTRONIC and with_file(dossier).exists()


def with_file(dossier: Dossier) -> QuerySet[Result]:
    """The results that stand and have a file in which no virus was found."""
    return dossier.results.filter(withdrawn_at__isnull=True, upload__isnull=False).exclude(upload__scan_state=ScanState.INFECTED)


def make_if_electronic(dossier: Dossier) -> ResultLink | None:
    """A new link where the citizen wants the result electronically and there is one; in the caller's transaction."""
    return make(dossier) if electronic(dossier) else None


def make(dossier: Dossier) -> ResultLink:
    """A new link, told by message; earlier ones end. In the caller's transaction."""
    revoke(dossier)
    link = ResultLink(dossier=dossier, expires_at=clock.now() + timedelta(days=settings.RESULT_LINK_DAYS))
    token = SIGNER.sign(link.key.hex)
    link.token_digest = tokens.digest(token)
    link.save(force_insert=True)
    event = write_event(dossier, "send_result_link", actor=None, via="worker", before=dossier.state, public=False)
    inform(dossier, event, "dossier_result_link", link=settings.PUBLIC_URL + reverse("dossiers:result_link", args=[token]),
           until=lambda: shown.day(clock.local(link.expires_at).date()))
    return link


@patiently
def send_again(dossier: Dossier) -> ResultLink | None:
    """A new link for whoever lost or locked theirs; None where there is nothing to be given out electronically."""
    with transaction.atomic():
        return make_if_electronic(claim(dossier))


def revoke(dossier: Dossier) -> int:
    """End a dossier's links; how many were alive."""
    return dossier.result_links.filter(revoked_at__isnull=True).update(revoked_at=clock.now())


def make_due() -> int:
    """Links for dossiers that became electronic through any door and have none; how many were made."""
    alive = ResultLink.objects.filter(dossier=OuterRef("pk"), revoked_at__isnull=True)
    file = Result.objects.filter(dossier=OuterRef("pk"), withdrawn_at__isnull=True, upload__isnull=False).exclude(
        upload__scan_state=ScanState.INFECTED)
    waiting = Dossier.objects.filter(Exists(file), ~Exists(alive), state=State.DECIDED, return_method=ReturnMethod.ELECTRONIC)
    return sum(_make_one(dossier) for dossier in waiting[:PER_SWEEP])


@patiently
def _make_one(dossier: Dossier) -> bool:
    with transaction.atomic():
        found = claim(dossier)
        if found.result_links.filter(revoked_at__isnull=True).exists():
            return False
        return make_if_electronic(found) is not None


def found_by(token: str) -> ResultLink:
    """The live link with this token. Raises Refused('link_ended', 404) for a forged, ended or expired one alike, and
    'link_locked' (429) for one that was tried too often."""
    try:
        SIGNER.unsign(token)
    except signing.BadSignature as error:
        raise _gone() from error
    rows = ResultLink.objects.select_related("dossier__procedure", "dossier__received_office")
    link = rows.filter(token_digest=tokens.digest(token), revoked_at__isnull=True, expires_at__gt=clock.now()).first()
    if link is None or link.dossier.state not in GIVEN_OUT:
        raise _gone()
    if link.failures >= settings.RESULT_LINK_FAILURES:
        raise _locked()
    return link


def _locked() -> Refused:
    sentence = _("Liên kết đã bị khóa vì nhập sai nhiều lần. Vui lòng tra cứu hồ sơ hoặc liên hệ nơi trả kết quả để nhận liên kết mới.")
    return Refused("link_locked", sentence, status=429)


@patiently
def open(token: str, factor: str) -> ResultLink:
    """Open a link with the second factor: the last four digits of the phone, or the dossier's secret.

    Raises Refused: 'link_ended' 404, 'wrong_factor' 422 (counted), 'link_locked' 429 after RESULT_LINK_FAILURES wrong tries.
    """
    link = found_by(token)
    given = clean(factor).upper().replace(" ", "")
    if not _fits(link.dossier, given):
        _count_failure(link)
        sentence = _("Số vừa nhập không đúng. Vui lòng kiểm tra lại.")
        raise Refused("wrong_factor", sentence, fields={"factor": [sentence]})
    ResultLink.objects.filter(pk=link.pk, opened_at__isnull=True).update(opened_at=clock.now())
    return link


def _fits(dossier: Dossier, given: str) -> bool:
    phone = dossier.phone[-4:]
    by_phone = len(phone) == 4 and hmac.compare_digest(given.encode(), phone.encode())
    return by_phone or tokens.matches(given, dossier.secret_digest)


def _count_failure(link: ResultLink) -> None:
    """One more wrong try, committed whatever the caller does; the last one locks. Nobody gets tries by asking at once."""
    alive = ResultLink.objects.filter(pk=link.pk, failures__lt=settings.RESULT_LINK_FAILURES)
    if alive.update(failures=F("failures") + 1) != 1 or link.failures + 1 >= settings.RESULT_LINK_FAILURES:
        raise _locked()


@patiently
def fetch(dossier: Dossier, key: str, *, via: str) -> Result:
    """The electronic result somebody with the second factor takes away: written down each time, the first time is the hand-over.

    Raises Refused('not_found', 404) where there is no such result, or the citizen chose another way.
    """
    with transaction.atomic():
        found = claim(dossier)
        result = with_file(found).filter(upload__key=key).select_related("upload").first() if electronic(found) else None
        if result is None:
            raise Refused("not_found", _("Không tìm thấy tệp kết quả này."), status=404)
        if found.state == State.DECIDED:
            processing.hand_over(actor=None, actor_label=CITIZEN, dossier=found, via="electronic",
                                 received=Received(receiver=found.full_name, phone=found.phone, note=via))
            found.refresh_from_db(fields=["state"])
        write_event(found, "fetch_result", actor=None, via=via, label=CITIZEN, before=found.state, public=False, data={"result": result.pk})
    return result
