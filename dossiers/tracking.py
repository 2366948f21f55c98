"""What the public may know of a dossier: found by its number and a second factor, its date explained in sentences, its history.

Never a name, an address, a paper's name or a comment (rules.md 9).
"""
from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import UTC, date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from dossiers import deadlines
from dossiers.deadlines import Line
from dossiers.models import Dossier, DossierEvent
from dossiers.services import ledger
from dossiers.states import CLOCK_STOPPED, ENDED, WAITING_ACCEPTANCE, Cause, State
from onestop import clock
from onestop.catalogue.states import Unit
from onestop.offices.models import CalendarDay
from onestop.people import shown, tokens
from onestop.people.words import clean

TRACKED_KEY = "dossiers_tracked"  # numbers whose second factor a browser has given


def find(number: str, *, secret: str = "", phone_last4: str = "") -> Dossier | None:
    """The dossier with this code or submission reference, if the second factor fits: the secret, or the phone's last four
    digits. None for a wrong number and a wrong factor alike, after the same comparison."""
    number = clean(number).upper()[:60]
    rows = Dossier.objects.select_related("procedure", "version", "received_office")
    dossier = rows.filter(code__iexact=number).first() or rows.filter(reference=number).first() if number else None
    stored = dossier.secret_digest if dossier else tokens.digest("")
    phone = dossier.phone[-4:] if dossier else "----"
    by_secret = tokens.matches(clean(secret).upper(), stored)
    by_phone = hmac.compare_digest(clean(phone_last4).encode(), phone.encode()) and len(phone) == 4
    return dossier if dossier is not None and (by_secret or by_phone) else None


def opened_in(session: Mapping[str, Any], number: str) -> Dossier | None:
    """The dossier with this number, if its second factor was given in the browser of this session."""
    rows = Dossier.objects.select_related("procedure__current", "version", "received_office__area__parent__parent",
                                          "received_office__province",
                                          "competent_office")
    mine = rows.filter(pk__in=session.get(TRACKED_KEY, []))
    return mine.filter(Q(code__iexact=number) | Q(reference=number.upper())).first()


# All that the page of a dossier says, in one row of plain columns: its dates and state, the names on the page, and the last rows
# of its history and its ledger. Both are append-only: the same last row, the same rows before it.
MARK = """
    SELECT d.id, coalesce(d.code, d.reference), d.state, d.channel, d.return_method, d.version_id, d.was_late,
           d.submitted_at, d.accept_due_at, d.received_at, d.original_due_at, d.due_at, d.decided_at,
           p.name, o.name, o.address, o.hotline,
           (SELECT max(e.id) FROM dossiers_dossierevent e WHERE e.subject_id = d.id),
           (SELECT max(c.id) FROM dossiers_clockentry c WHERE c.dossier_id = d.id)
    FROM dossiers_dossier d JOIN catalogue_procedure p ON p.id = d.procedure_id JOIN offices_office o ON o.id = d.received_office_id
    WHERE d.id IN ({mine}) AND (upper(d.code) = %s OR d.reference = %s)
"""
Mark = tuple[Any, ...]


def mark(session: Mapping[str, Any], number: str) -> Mark | None:
    """What the page of the dossier with this number depends on, today's date and whether it is past due included; None unless
    its second factor was given in the browser of this session. One query."""
    mine = session.get(TRACKED_KEY, [])
    if not mine:
        return None
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(mine=", ".join(["%s"] * len(mine))), [*mine, number.upper(), number.upper()])
        row = cursor.fetchone()
    if row is None:
        return None
    now, due = clock.now(), row[11]
    return (*row, now.date(), due is not None and now > (due if due.tzinfo else due.replace(tzinfo=UTC)))


def clock_state(dossier: Dossier) -> str:
    """'waiting' before acceptance, 'running', 'stopped' or 'ended' (api.md)."""
    if dossier.state in WAITING_ACCEPTANCE:
        return "waiting"
    if dossier.state in ENDED:
        return "ended"
    if dossier.state in CLOCK_STOPPED or suspended_today(dossier):
        return "stopped"
    return "running"


def suspended_today(dossier: Dossier) -> bool:
    """Whether a whole-day suspension covers today."""
    return clock.today() in deadlines.gaps_of(ledger.entries_of(dossier)).days


def lateness(dossier: Dossier) -> str:
    """'before', 'on' or 'after' the due date: of the result, or of today while there is none; '' without a date (rules.md 5.4).

    A dossier that was late before its date was moved stays 'after'.
    """
    if dossier.due_at is None or dossier.state in (State.REFUSED, State.WITHDRAWN):
        return ""
    moment = dossier.decided_at or clock.now()
    if dossier.was_late or (moment > dossier.due_at and dossier.state not in CLOCK_STOPPED):
        return "after"
    same_day = clock.local(moment).date() >= clock.local(dossier.due_at).date()
    return "on" if same_day else "before"


def events(dossier: Dossier) -> list[DossierEvent]:
    """The public history, oldest first. Show `verb` and `at` of each, nothing else."""
    return list(dossier.events.filter(public=True))


def explain(dossier: Dossier) -> list[str]:
    """Why the date is what it is, in sentences of the current language, from the ledger."""
    if dossier.received_at is None:
        if dossier.state != State.SUBMITTED or dossier.accept_due_at is None:
            return []
        return [_("Hồ sơ được nộp lúc %(at)s.") % {"at": shown.moment(dossier.submitted_at)},
                _("Cơ quan kiểm tra và tiếp nhận chậm nhất %(at)s.") % {"at": shown.moment(dossier.accept_due_at)}]
    found = ledger.outcome(dossier, as_of=clock.now())
    if found is None:
        return []
    names = holiday_names([day for line in found.explanation for day in line.params.get("days", [])])
    sentences = [sentence(line, names) for line in found.explanation]
    if found.stopped and dossier.state not in ENDED:
        sentences[-1] = _("Khi tiếp tục, ngày trả kết quả được tính lại với phần thời gian còn lại.")
    return [*sentences, *late_sentences(dossier)]


def late_sentences(dossier: Dossier) -> list[str]:
    """One sentence where the dossier is or was late."""
    if lateness(dossier) != "after":
        return []
    if dossier.was_late:
        return [_("Hồ sơ đã quá hạn trước khi ngày trả kết quả được điều chỉnh; vẫn được tính là quá hạn.")]
    return [_("Hồ sơ đã quá hạn.") if dossier.decided_at is None else _("Kết quả có sau ngày hẹn.")]


def holiday_names(days: list[date]) -> dict[date, str]:
    """What the approved calendars call these days."""
    if not days:
        return {}
    rows = CalendarDay.objects.filter(date__in=days).exclude(name="").order_by("calendar__version")
    return dict(rows.values_list("date", "name"))


def amount_words(amount: Decimal, unit: str) -> str:
    """'10 ngày làm việc'."""
    number = f"{amount.normalize():f}".replace(".", ",")
    return f"{number} {Unit(unit).label}"


def sentence(line: Line, names: dict[date, str]) -> str:
    """One step of the explanation in words."""
    return WORDS[line.key](line.params, names)


def _received(params: dict[str, Any], names: dict[date, str]) -> str:
    return _("Hồ sơ được tiếp nhận lúc %(at)s.") % {"at": shown.moment(params["at"])}


def _term(params: dict[str, Any], names: dict[date, str]) -> str:
    return _("Thời hạn giải quyết là %(term)s.") % {"term": amount_words(params["amount"], params["unit"])}


def _same_day(params: dict[str, Any], names: dict[date, str]) -> str:
    cutoff = f"{params['cutoff']:%H:%M}"
    return _("Thủ tục trả kết quả trong ngày; hồ sơ nhận sau %(cutoff)s thì trả vào ngày làm việc tiếp theo.") % {"cutoff": cutoff}


def _after_cutoff(params: dict[str, Any], names: dict[date, str]) -> str:
    return _("Hồ sơ được nhận sau %(cutoff)s nên tính từ ngày làm việc tiếp theo, %(day)s.") % {
        "cutoff": f"{params['cutoff']:%H:%M}", "day": shown.day(params["day"])}


def _day_off(params: dict[str, Any], names: dict[date, str]) -> str:
    return _("Hồ sơ được nhận vào ngày nghỉ nên tính từ ngày làm việc tiếp theo, %(day)s.") % {"day": shown.day(params["day"])}


def _first_day(params: dict[str, Any], names: dict[date, str]) -> str:
    return _("Ngày tiếp nhận (%(day)s) không tính vào thời hạn; tính từ ngày kế tiếp.") % {"day": shown.day(params["day"])}


def _from_moment(params: dict[str, Any], names: dict[date, str]) -> str:
    return _("Thời hạn tính trong giờ làm việc, từ %(at)s.") % {"at": shown.moment(params["at"])}


def _listed(params: dict[str, Any], names: dict[date, str]) -> str:
    words = [f"{shown.day(day)} ({names[day]})" if day in names else shown.day(day) for day in params["days"]]
    return ", ".join(words)


def _stopped(params: dict[str, Any], names: dict[date, str]) -> str:
    said = {"start": shown.moment(params["start"]), "end": shown.moment(params["end"]), "cause": Cause(params["cause"]).label.lower()}
    return _("Thời gian tạm dừng từ %(start)s đến %(end)s: %(cause)s.") % said


def _stopped_now(params: dict[str, Any], names: dict[date, str]) -> str:
    said = {"start": shown.moment(params["start"]), "cause": Cause(params["cause"]).label.lower()}
    return _("Thời gian đang tạm dừng từ %(start)s: %(cause)s.") % said


def _suspended(params: dict[str, Any], names: dict[date, str]) -> str:
    said = {"first": shown.day(params["first"]), "last": shown.day(params["last"]), "basis": params["legal_basis"]}
    return _("Thời gian tạm dừng từ %(first)s đến hết ngày %(last)s theo %(basis)s.") % said


def _extended(params: dict[str, Any], names: dict[date, str]) -> str:
    said = {"until": shown.day(params["until"]), "basis": params["legal_basis"]}
    if params["cause"] == Cause.APOLOGY:
        return _("Cơ quan xin lỗi và hẹn lại đến hết ngày %(until)s.") % said
    return _("Ngày trả kết quả được gia hạn đến hết ngày %(until)s theo %(basis)s.") % said


WORDS = {
    "received": _received, "term": _term, "same_day": _same_day, "after_cutoff": _after_cutoff, "received_on_day_off": _day_off,
    "first_day": _first_day, "from_moment": _from_moment, "stopped": _stopped, "stopped_now": _stopped_now, "suspended": _suspended,
    "extended": _extended,
    "no_term": lambda params, names: _("Thủ tục không quy định ngày hẹn trả; sẽ báo khi có kết quả."),
    "weekends": lambda params, names: _("Thứ Bảy, Chủ nhật không phải ngày làm việc nên không tính."),
    "calendar_days": lambda params, names: _("Ngày nghỉ cũng được tính; nếu hết hạn vào ngày nghỉ thì trả vào ngày làm việc tiếp theo."),
    "holidays": lambda params, names: _("Không tính ngày nghỉ: %(days)s.") % {"days": _listed(params, names)},
    "worked": lambda params, names: _("Có tính ngày làm bù: %(days)s.") % {"days": _listed(params, names)},
    "lifted": lambda params, names: _("Việc tạm dừng theo %(basis)s đã được bãi bỏ.") % {"basis": params["legal_basis"]},
    "due": lambda params, names: _("Vì vậy ngày trả kết quả là %(at)s.") % {"at": shown.moment(params["at"])},
}
