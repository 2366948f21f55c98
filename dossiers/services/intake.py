"""How dossiers come in: online, by post, at the counter; accepted with a code and a due date, or refused with a reason."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from dossiers import competence, policies
from dossiers.competence import NO_CHOICE, Offices
from dossiers.models import Dossier, DossierEvent, DossierPaper, Draft, rule_pack_on
from dossiers.services import codes, drafts, dues, files, forms, ledger, opinions, resemblance, steps
from dossiers.services.applicants import Applicant, Request, fields_of, long_text
from dossiers.services.files import Attached
from dossiers.services.records import CITIZEN, allow, claim, day_text, inform, take, write_event
from dossiers.states import Cause, FormKind, Kind
from onestop import clock
from onestop.catalogue import eforms
from onestop.catalogue.models import EFormVersion, Procedure
from onestop.catalogue.states import Channel
from onestop.directives.states import RuleKind
from onestop.guide.channels import Situation, options_in, situation
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people import tokens
from onestop.people.models import User
from onestop.transitions import Refused

__all__ = ["Applicant", "Attached", "PaperCount", "Request", "Submitted", "accept", "receive_in_person", "refuse", "register_postal",
           "submit_online"]
SECRET_LENGTH = 10


@dataclass(frozen=True)
class PaperCount:
    """A paper on the counter: its place in the procedure's list, whether it was handed in, how many of each kind."""

    position: int
    name: str = ""
    present: bool = True
    originals: int = 0
    certified: int = 0
    copies: int = 0


CLOSED_MEANWHILE = frozenset({"office_closed", "blockade"})  # why a counter may close while somebody stands at it


@dataclass(frozen=True)
class Submitted:
    """A new dossier and its secret, which is told only now."""

    dossier: Dossier
    secret: str


def open_channel(*, office: Office, procedure: Procedure, channel: str, appointment_held: bool = True,
                 visit_began: bool = False) -> Situation:
    """What is needed to take a dossier in by a channel today. Raises Refused with the letter and clause where it is closed,
    'appointment_needed' where the counter serves only people with an appointment (Cà Mau 1)."""
    case = situation(office=office, procedure=procedure, on=clock.today())
    if channel != Channel.ONLINE and competence.receives(office, procedure):
        case = replace(case, only_receives=True)
    option = next(option for option in options_in(case) if option.channel == channel)
    if not option.available and not (visit_began and option.code in CLOSED_MEANWHILE):
        raise Refused(option.code, option.reason, directive=option.source)
    rule = case.rules.get(RuleKind.APPOINTMENT_ONLY)
    if channel == Channel.IN_PERSON and rule and not appointment_held and not case.served_anyway:
        sentence = _("Theo %(clause)s văn bản số %(number)s, chỉ tiếp nhận trực tiếp người có lịch hẹn. Vui lòng đặt lịch, nộp trực "
                     "tuyến hoặc qua bưu chính.") % rule.source
        raise Refused("appointment_needed", sentence, directive=rule.source)
    return case


def create(*, case: Situation, channel: str, values: dict[str, Any], papers: Sequence[PaperCount] = (), key: str = "",
           actor: User | None, via: str, label: str = "", offices: Offices = NO_CHOICE) -> Submitted:
    """The row of a new dossier with its papers and its first event, in the caller's transaction. Raises Refused('not_competent')."""
    if case.office is None or case.version is None:
        raise ValueError("a dossier needs an office and a version of its procedure")
    secret, moment = secret_of(key), clock.now()
    dossier = Dossier.objects.create(
        reference=codes.new_reference(), secret_digest=tokens.digest(secret), procedure=case.procedure, version=case.version,
        channel=channel, received_office=case.office, competent_office=competence.chosen(case.procedure, case.office, offices),
        helped_office=offices.helped, submitted_at=moment,
        accept_due_at=ledger.acceptance_limit(moment, settings.ACCEPTANCE_WORKING_HOURS), rule_pack=rule_pack_on(clock.today()),
        submission_key=key or None, **values)
    _list_papers(dossier, papers)
    event = write_event(dossier, "submit", actor=actor, via=via, label=label or CITIZEN)
    if channel == Channel.ONLINE:
        inform(dossier, event, "dossier_submitted", accept_by=lambda: day_text(dossier.accept_due_at))
    return Submitted(dossier, secret)


def secret_of(key: str) -> str:
    """The secret of a new dossier. One that was submitted under a key has the secret of that key, so that whoever sends the same
    again, because the answer was lost, can be answered the same."""
    return tokens.derived_secret("submission", key, SECRET_LENGTH) if key else tokens.new_secret(SECRET_LENGTH)


def submitted_before(key: str) -> Submitted | None:
    """What was submitted under a key, with its secret; None if nothing was."""
    dossier = Dossier.objects.select_related("procedure", "received_office").filter(submission_key=key).first() if key else None
    return Submitted(dossier, secret_of(key)) if dossier is not None else None


def _list_papers(dossier: Dossier, counts: Sequence[PaperCount]) -> None:
    """Copy the version's list of papers, with what was handed in. Raises Refused('unknown_paper')."""
    given = {count.position: count for count in counts}
    rows = []
    for paper in dossier.version.papers.all():
        count = given.pop(paper.position, None)
        rows.append(DossierPaper(
            dossier=dossier, position=paper.position, name=paper.name, present=bool(count and count.present),
            originals=count.originals if count else 0, certified=count.certified if count else 0, copies=count.copies if count else 0))
    if given:
        raise Refused("unknown_paper", _("Giấy tờ không có trong thành phần hồ sơ của thủ tục."))
    DossierPaper.objects.bulk_create(rows)


@contextmanager
def _once(key: str) -> Iterator[None]:
    """One transaction. Raises Refused('already_submitted', 409) where a dossier with this key is there already."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if key and Dossier.objects.filter(submission_key=key).exists():
            raise Refused("already_submitted", _("Hồ sơ này đã được nộp trước đó, không cần nộp lại."), status=409) from error
        raise


@patiently
def submit_online(*, office: Office, procedure: Procedure, applicant: Applicant, request: Request, uploads: Sequence[Attached] = (),
                  submission_key: str = "", draft: Draft | None = None, form_version: EFormVersion | None = None,
                  actor: User | None = None, via: str = "web", actor_label: str = "") -> Submitted:
    """A citizen's online submission, waiting for acceptance within the working hours of the rule (rules.md 5.1).

    `submission_key`: the form's own key; the same form sent twice is refused with 'already_submitted' (409). A `draft` becomes
    this dossier, once, and is emptied. With a `form_version` the answers are stored as its rules clean them. The proof of filing is
    made after the commit, by a job. Raises Refused with the letter where online is closed, 'invalid' with fields (those of the form
    as 'answers.<field>'), and as files.attach().
    """
    case = open_channel(office=office, procedure=procedure, channel=Channel.ONLINE)
    values = online_values(applicant, request, form_version, uploads)
    with _once(submission_key[:64]):
        made = create(case=case, channel=Channel.ONLINE, values=values, key=submission_key[:64], actor=actor, via=via,
                      label=actor_label)
        files.attach(dossier=made.dossier, files=uploads)
        if draft is not None:
            drafts.close(draft, made.dossier)
        resemblance.look(made.dossier)
        enqueue_after_commit("dossiers.issue_filing", made.dossier.pk)
    return made


def online_values(applicant: Applicant, request: Request, form_version: EFormVersion | None, uploads: Sequence[Attached]) -> dict[str, Any]:
    """The fields of a dossier with the form's answers, cleaned; every fault of both told at once. Raises Refused('invalid')."""
    wrong: dict[str, list[Any]] = {}
    values: dict[str, Any] = {}
    try:
        values = fields_of(applicant, replace(request, answers={}) if form_version else request)
    except Refused as refusal:
        wrong.update(refusal.fields)
    if form_version is not None:
        cleaned = eforms.clean(form_version.schema, eforms.with_files(form_version.schema, request.answers, files.names_of(uploads)))
        wrong.update({f"answers.{path}": list(sentences) for path, sentences in cleaned.errors.items()})
        values |= {"answers": cleaned.answers, "form_version": form_version}
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
    return values


@patiently
def register_postal(*, actor: User, office: Office, procedure: Procedure, applicant: Applicant, request: Request,
                    papers: Sequence[PaperCount] = (), via: str = "web", accept_now: bool = False,
                    submission_key: str = "", offices: Offices = NO_CHOICE) -> Submitted:
    """A dossier that came by post, opened and counted; the term starts at its acceptance (rules.md 8).

    With `accept_now` it is accepted in the same step. The same `submission_key` twice is refused with 'already_submitted' (409).
    Raises Refused as accept() and where post is closed.
    """
    allow(policies.can_receive(actor, office))
    case = open_channel(office=office, procedure=procedure, channel=Channel.POSTAL)
    values = fields_of(applicant, request)
    with _once(submission_key[:64]):
        made = create(case=case, channel=Channel.POSTAL, values=values, papers=papers, key=submission_key[:64], actor=actor, via=via,
                      offices=offices)
        resemblance.look(made.dossier)
        if accept_now:
            _accept(made.dossier, actor=actor, via=via, label="", note="")
    return _with_receipt(made, actor) if accept_now else made


@patiently
def receive_in_person(*, actor: User, office: Office, procedure: Procedure, applicant: Applicant, papers: Sequence[PaperCount] = (),
                      return_method: str = "counter", return_address: str = "", note: str = "", appointment_held: bool = False,
                      visit_began: bool = False, via: str = "web", submission_key: str = "", offices: Offices = NO_CHOICE) -> Submitted:
    """A dossier handed in at the counter: accepted at once, with code, return date and receipt.

    `visit_began`: the person was let in before the office closed; visits under way are finished.

    Raises Refused with the letter where the counter is closed to it, 'appointment_needed', 'invalid', 'not_allowed' (403),
    'already_submitted' (409) where `submission_key` has made one.
    """
    allow(policies.can_receive(actor, office))
    case = open_channel(office=office, procedure=procedure, channel=Channel.IN_PERSON, appointment_held=appointment_held,
                        visit_began=visit_began)
    values = fields_of(applicant, Request(note=note, return_method=return_method, return_address=return_address))
    with _once(submission_key[:64]):
        made = create(case=case, channel=Channel.IN_PERSON, values=values, papers=papers, key=submission_key[:64], actor=actor, via=via,
                      offices=offices)
        resemblance.look(made.dossier)
        _accept(made.dossier, actor=actor, via=via, label="", note="")
    return _with_receipt(made, actor)


def _with_receipt(made: Submitted, signer: User | None) -> Submitted:
    issue_receipt(made.dossier, signer)
    return made


@patiently
def accept(*, actor: User | None, dossier: Dossier, via: str, note: str = "", actor_label: str = "") -> Dossier:
    """Accept what was submitted: code, due date, receipt; the citizen is told. The receipt's PDF is made after the commit.

    Raises Refused: 'not_allowed' 403, 'already_done' and 'wrong_state' 409, 'calendar_missing'.
    """
    with transaction.atomic():
        found = claim(dossier)
        allow(actor is None or policies.can_accept(actor, found))
        _accept(found, actor=actor, via=via, label=actor_label, note=note)
    issue_receipt(found, actor)
    return found


def _accept(dossier: Dossier, *, actor: User | None, via: str, label: str, note: str) -> None:
    step = take(dossier, "accept")
    received = ledger.receipt(clock.now(), online=dossier.channel == Channel.ONLINE)
    dossier.state, dossier.received_at = step.after, received
    dossier.code = codes.next_code(identifier=dossier.received_office.identifier, received_on=clock.local(received).date())
    dossier.rule_pack = rule_pack_on(clock.local(received).date())
    dossier.save(update_fields=["state", "received_at", "code", "rule_pack"])
    ledger.add(dossier, kind=Kind.START, cause=Cause.RECEIVED, effective_at=received, decided_by=actor, executed_by=actor)
    ledger.recompute(dossier)
    steps.accepted(dossier, actor)
    dues.set_fee(dossier)
    event = write_event(dossier, "accept", actor=actor, via=via, label=label, before=step.before, reason=long_text(note))
    inform(dossier, event, "dossier_accepted")


def issue_receipt(dossier: Dossier, signer: User | None) -> None:
    """The receipt (form 01) of an accepted dossier, once. Outside of any transaction of ours: it writes a file."""
    if not dossier.forms.filter(kind=FormKind.RECEIPT).exists():
        forms.receipt(dossier=dossier, signer=signer)


@patiently
def refuse(*, actor: User | None, dossier: Dossier, via: str, reason: str, legal_basis: str = "", actor_label: str = "",
           competent: str = "") -> Dossier:
    """Refuse what was submitted, with a reason the citizen can read and the rule it rests on (form 03 follows).

    `competent`: the body that decides such matters, where that is why (rules.md 7, form 03).

    Raises Refused: 'reason_missing', 'not_allowed' 403, 'already_done' and 'wrong_state' 409.
    """
    reason = long_text(reason)
    if not reason:
        raise Refused("reason_missing", _("Vui lòng ghi lý do từ chối."), fields={"reason": [_("Vui lòng ghi lý do từ chối.")]})
    with transaction.atomic():
        found = claim(dossier)
        allow(actor is None or policies.can_refuse(actor, found))
        event = write_refusal(found, actor=actor, via=via, reason=reason, legal_basis=legal_basis, label=actor_label, competent=competent)
    forms.refused(event=event)
    return found


def write_refusal(found: Dossier, *, actor: User | None, via: str, reason: str, legal_basis: str, label: str = "",
                  competent: str = "") -> DossierEvent:
    """The refusal of a dossier whose row is held, in the caller's transaction; forms.refused() follows after it.

    Raises Refused: 'already_done' and 'wrong_state' 409."""
    step, competent = take(found, "refuse"), " ".join(long_text(competent).split())[:200]
    found.state = step.after
    found.save(update_fields=["state"])
    steps.close(found)
    dues.end(found, actor=actor, via=via, reason=reason)
    opinions.end(found, actor=actor, via=via)
    event = write_event(found, "refuse", actor=actor, via=via, label=label, before=step.before, reason=reason, legal_basis=legal_basis,
                        data={"competent": competent} if competent else None)
    inform(found, event, "dossier_refused", reason=reason, legal_basis=legal_basis, competent=competent)
    return event
