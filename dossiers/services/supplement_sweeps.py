"""What happens by itself to completeness requests: a reminder, the end where nothing came, the clock that no office may let stand."""
from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from dossiers.models import Dossier, DossierEvent, Letter, Parcel, Supplement, Upload
from dossiers.services import dues, forms, halting, intake, ledger
from dossiers.services.records import claim, inform, take, write_event
from dossiers.services.supplements import answer_url
from dossiers.states import ParcelState, RulePack, Stage, State
from onestop import clock, worktime
from onestop.history import WORKER
from onestop.offices import calendars
from onestop.patience import or_next_sweep, patiently

PER_SWEEP = 200
ASKING = ("request_supplement", "reopen_supplement")
NOT_BEFORE = timedelta(days=1)  # nobody is reminded of what they were told today
LONGEST_REST = timedelta(days=20)  # longer than any row of days off
OPEN = Q(answered_at__isnull=True, closed_at__isnull=True)
WAITS = Q(stage=Stage.APPRAISAL, dossier__state=State.SUPPLEMENT) | Q(stage=Stage.INTAKE, dossier__state=State.SUBMITTED)


def sweep() -> int:
    """Everything once; how many were reminded, closed and resumed."""
    return remind() + close_unanswered() + resume_unlooked()


def remind() -> int:
    """Remind the citizens whose deadline is SUPPLEMENT_REMIND_DAYS days ahead or less, a day after they were asked at the earliest."""
    until = clock.today() + timedelta(days=settings.SUPPLEMENT_REMIND_DAYS)
    just_asked = DossierEvent.objects.filter(subject=OuterRef("dossier"), verb__in=ASKING, at__gt=clock.now() - NOT_BEFORE)
    due = Supplement.objects.filter(OPEN, WAITS, ~Exists(just_asked), reminded_at__isnull=True, answer_by__lte=until).order_by(
        "answer_by", "pk")
    return sum(or_next_sweep(f"reminder {item.pk}", remind_one, item) for item in due[:PER_SWEEP])


@patiently
def remind_one(supplement: Supplement) -> bool:
    """One reminder; whether this call wrote it."""
    with transaction.atomic():
        found, asked = claim(Dossier(pk=supplement.dossier_id)), Supplement.objects.get(pk=supplement.pk)
        waits = found.state == (State.SUBMITTED if asked.stage == Stage.INTAKE else State.SUPPLEMENT)
        if not waits or asked.reminded_at is not None or asked.answered_at is not None or asked.closed_at is not None:
            return False
        asked.reminded_at = clock.now()
        asked.save(update_fields=["reminded_at"])
        event = write_event(found, "remind_supplement", actor=None, via="worker", before=found.state, public=False)
        inform(found, event, "dossier_supplement_reminder", answer_by=f"{asked.answer_by:%d/%m/%Y}", closes=settings.SUPPLEMENT_AUTO_CLOSE,
               answer_url=lambda: answer_url(found))
    return True


def close_unanswered() -> int:
    """Close what stayed unanswered past its deadline, where the citizen was reminded in time and nothing of theirs lies unread."""
    if not settings.SUPPLEMENT_AUTO_CLOSE:
        return 0
    reminded = clock.now() - timedelta(days=settings.SUPPLEMENT_REMIND_DAYS)
    past = Supplement.objects.filter(OPEN, WAITS, answer_by__lt=last_day_over(clock.today()), reminded_at__lte=reminded)
    return sum(or_next_sweep(f"guidance {item.pk}", close_one, item) for item in past.select_related("asked_by").order_by("pk")[:PER_SWEEP])


def last_day_over(today: date) -> date:
    """Deadlines before this day are over `today`: one that ends on a day off ends with the next working day (Civil Code 2015, 148)."""
    try:
        cal, day = calendars.work_calendar(today - LONGEST_REST, today), today
        while day > today - LONGEST_REST and not worktime.is_working_day(cal, day - worktime.DAY):
            day -= worktime.DAY
    except worktime.CalendarMissing:
        return today
    return day


def office_sleeps(found: Dossier, asked: Supplement) -> bool:
    """Whether something of the citizen's came since and waits for the office: a message unread, a file, a parcel unopened."""
    letters = Letter.objects.filter(dossier=found, author__isnull=True, at__gte=asked.asked_at, read_at__isnull=True)
    uploads = Upload.objects.filter(dossier=found, by_office=False, created_at__gte=asked.asked_at)
    parcels = Parcel.objects.filter(office=found.received_office_id, state=ParcelState.REGISTERED, sender_phone=found.phone,
                                    received_at__gte=asked.asked_at)
    return letters.exists() or uploads.exists() or parcels.exists()


@patiently
def close_one(supplement: Supplement) -> bool:
    """Close one by its rule pack: 2025 a notice of stopping (form 05), 2018 a refusal to settle it (form 03); before acceptance a
    refusal in both. Whether this call did it."""
    reason = _("Hồ sơ không được bổ sung trong thời hạn đã hướng dẫn (hết ngày %(day)s).") % {"day": f"{supplement.answer_by:%d/%m/%Y}"}
    with transaction.atomic():
        found, asked = claim(Dossier(pk=supplement.dossier_id)), Supplement.objects.get(pk=supplement.pk)
        if asked.answered_at is not None or asked.closed_at is not None or office_sleeps(found, asked):
            return False
        asked.closed_at = clock.now()
        asked.save(update_fields=["closed_at"])
        if asked.stage == Stage.APPRAISAL:
            before, found.state = found.state, take(found, "stop").after
            found.save(update_fields=["state"])
            event = write_event(found, "stop", actor=None, via="worker", before=before, reason=reason, legal_basis=asked.legal_basis)
            inform(found, event, "dossier_stopped", reason=reason, legal_basis=asked.legal_basis)
            dues.end(found, actor=None, via="worker", reason=reason)
        else:
            event = intake.write_refusal(found, actor=None, via="worker", label=WORKER, reason=reason, legal_basis=asked.legal_basis)
    if asked.stage == Stage.INTAKE:
        forms.refused(event=event)
    elif found.rule_pack == RulePack.VN_2018:
        forms.refusal(dossier=found, signer=asked.asked_by, reason=reason, legal_basis=asked.legal_basis)
    else:
        forms.stop(dossier=found, signer=asked.asked_by, reason=reason, legal_basis=asked.legal_basis, stage=str(State.SUPPLEMENT.label))
    return True


def resume_unlooked() -> int:
    """Let the clock run on where the citizen has answered and nobody has looked within the working hours of the acceptance rule:
    a clock that stands still may not hide an office that sleeps."""
    answered = Supplement.objects.filter(stage=Stage.APPRAISAL, answered_at__isnull=False, confirmed_at__isnull=True,
                                         closed_at__isnull=True, dossier__state=State.SUPPLEMENT).order_by("answered_at")
    return sum(or_next_sweep(f"answer {item.pk}", resume_one, item) for item in answered[:PER_SWEEP])


@patiently
def resume_one(supplement: Supplement) -> bool:
    """One dossier; whether this call let it run on."""
    with transaction.atomic():
        found, asked = claim(Dossier(pk=supplement.dossier_id)), Supplement.objects.get(pk=supplement.pk)
        if found.state != State.SUPPLEMENT or asked.confirmed_at is not None or asked.answered_at is None:
            return False
        if ledger.acceptance_limit(asked.answered_at, settings.ACCEPTANCE_WORKING_HOURS) > clock.now():
            return False
        before, found.state = found.state, take(found, "resume").after
        halting.run_on(found, before, actor=None, via="worker", note=_("Cơ quan chưa kiểm tra phần bổ sung trong thời hạn."))
    return True
