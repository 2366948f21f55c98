"""Why a date is what it is, in sentences: one function for receipt, tracking page, officer's page and API (rules.md 5.2)."""
from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from dossiers.deadlines import Line
from dossiers.lateness import category
from dossiers.models import Dossier
from dossiers.services import ledger
from dossiers.states import ENDED, Cause, State
from onestop import clock
from onestop.catalogue.states import Unit
from onestop.offices.models import CalendarDay
from onestop.people import shown


def explain(dossier: Dossier) -> list[str]:
    """Why the date is what it is, in sentences of the current language, from the ledger."""
    if dossier.received_at is None:
        if dossier.state != State.SUBMITTED:
            return []
        sent = _("Hồ sơ được nộp lúc %(at)s.") % {"at": shown.moment(dossier.submitted_at)}
        if dossier.accept_due_at is None:  # papers were asked for before acceptance
            return [sent, _("Cơ quan đã yêu cầu bổ sung; thời hạn kiểm tra được tính lại từ khi nhận được phần bổ sung.")]
        return [sent, _("Cơ quan kiểm tra và tiếp nhận chậm nhất %(at)s.") % {"at": shown.moment(dossier.accept_due_at)}]
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
    if category(dossier) != "after":
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


WORDS: dict[str, Callable[[dict[str, Any], dict[date, str]], str]] = {
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
