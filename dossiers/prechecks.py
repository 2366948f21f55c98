"""What a citizen is told before handing in: what is missing or wrong, by when it is looked at, when the result is due, what it costs."""
from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from dossiers import deadlines
from dossiers.models import Upload
from dossiers.services import intake, ledger, resemblance
from dossiers.services.applicants import Applicant, Request, fields_of
from dossiers.states import ScanState
from onestop import clock, worktime
from onestop.catalogue import eforms
from onestop.catalogue.models import ChannelTerm, EFormVersion, Procedure
from onestop.catalogue.states import Channel
from onestop.offices.models import Office
from onestop.people import shown, tokens
from onestop.people.words import clean, phone_number
from onestop.transitions import Refused

WRONG, MISSING, WARNING = "wrong", "missing", "warning"


@dataclass(frozen=True)
class Finding:
    """One thing. `kind`: 'wrong' and nothing can be handed in, 'missing' and it will be asked for, 'warning'. `where`: the field."""

    kind: str
    sentence: str
    where: str = ""
    directive: dict[str, str] | None = None


@dataclass(frozen=True)
class Outlook:
    """What would happen if it were handed in now. Moments; `due_by` is the latest, if it is accepted at the last moment."""

    findings: list[Finding] = field(default_factory=list)
    accept_by: datetime | None = None
    due_by: datetime | None = None
    term: ChannelTerm | None = None

    @property
    def ready(self) -> bool:
        """Whether it may be handed in as it is."""
        return not any(finding.kind == WRONG for finding in self.findings)


@dataclass(frozen=True)
class Asked:
    """What somebody is about to hand in. `files`: token by place in the list of papers; `mine`: dossiers this browser opened."""

    office: Office
    procedure: Procedure
    applicant: Applicant
    request: Request
    form_version: EFormVersion | None = None
    files: Sequence[tuple[int | None, str]] = ()
    mine: Collection[int] = ()


def look(asked: Asked) -> Outlook:
    """Check without handing anything in; a fixed number of queries. Nothing is written."""
    uploads = _uploads(asked)
    findings = [*_typed(asked), *_answers(asked, uploads), *_files(asked, uploads), *_twice(asked, uploads)]
    try:
        case = intake.open_channel(office=asked.office, procedure=asked.procedure, channel=Channel.ONLINE)
    except Refused as refusal:
        return Outlook([Finding(WRONG, str(refusal.sentence), directive=refusal.directive), *findings])
    term = ledger.channel_term(case.version, Channel.ONLINE) if case.version else None
    try:
        accept_by = ledger.acceptance_limit(clock.now(), settings.ACCEPTANCE_WORKING_HOURS)
        due_by = _due(term, accept_by, case.version)
    except Refused:
        return Outlook(findings, term=term)
    return Outlook(findings, accept_by, due_by, term)


def _due(term: ChannelTerm | None, received: datetime, version: Any) -> datetime | None:
    if term is None or term.amount is None:
        return None
    cal = ledger.calendar_from(clock.local(received).date())
    try:
        return deadlines.due(deadlines.Term(term.amount, term.unit, version.cutoff_time), received, [], cal).due_at
    except worktime.CalendarMissing:
        return None


def _typed(asked: Asked) -> list[Finding]:
    try:
        fields_of(asked.applicant, replace(asked.request, answers={}) if asked.form_version else asked.request)
    except Refused as refusal:
        return [Finding(WRONG, str(sentence), name) for name, sentences in refusal.fields.items() for sentence in sentences]
    return []


def _uploads(asked: Asked) -> dict[str, Upload]:
    """{token: file} of those that are there."""
    digests = {tokens.digest(token): token for _position, token in asked.files if token}
    rows = Upload.objects.filter(token_digest__in=digests, dossier__isnull=True, expires_at__gt=clock.now())
    return {digests[upload.token_digest]: upload for upload in rows}


def _answers(asked: Asked, uploads: Mapping[str, Upload]) -> list[Finding]:
    if asked.form_version is None:
        return []
    schema = asked.form_version.schema
    names = {position: uploads[token].name for position, token in asked.files if position and token in uploads}
    errors = eforms.clean(schema, eforms.with_files(schema, asked.request.answers, names)).errors
    labels = {path: f"{label}: {sentence}" for path, label, sentence in eforms.error_rows(schema, errors)}
    told = list(labels.values()) or [sentence for sentences in errors.values() for sentence in sentences]
    return [Finding(WRONG, sentence, "answers") for sentence in told]


def _files(asked: Asked, uploads: Mapping[str, Upload]) -> list[Finding]:
    """Files that are not usable, and required papers without a file: those may be sent later, but they will be asked for."""
    found, given = [], set()
    for position, token in asked.files:
        upload = uploads.get(token)
        if upload is None:
            found.append(Finding(WRONG, _("Có tệp không còn dùng được (đã hết hạn hoặc đã nộp). Vui lòng tải lên lại."), "papers"))
        elif upload.received is not None:
            found.append(Finding(WRONG, _("Tệp “%(name)s” chưa tải lên xong.") % {"name": upload.name}, "papers"))
        elif upload.scan_state == ScanState.INFECTED:
            found.append(Finding(WRONG, _("Tệp “%(name)s” có mã độc, vui lòng gửi tệp khác.") % {"name": upload.name}, "papers"))
        else:
            given.add(position)
    current = asked.procedure.current
    papers = [paper for paper in current.papers.all() if paper.required and paper.position not in given] if current else []
    return [*found, *(Finding(MISSING, _("Chưa có tệp của giấy tờ: %(name)s.") % {"name": paper.name}, "papers") for paper in papers)]


def _twice(asked: Asked, uploads: Mapping[str, Upload]) -> list[Finding]:
    last = resemblance.known_to(
        procedure=asked.procedure, phone=phone_number(asked.applicant.phone), citizen_id=clean(asked.applicant.citizen_id).replace(" ", ""),
        numbers=set(asked.mine), sums={upload.sha256 for upload in uploads.values() if upload.sha256})
    if last is None:
        return []
    sentence = _("Bạn đã nộp hồ sơ cùng thủ tục này lúc %(at)s. Nếu là một việc, không cần nộp lại.")
    return [Finding(WARNING, sentence % {"at": shown.moment(last)})]
