"""What the administrator checks before more time is given (letter Cần Thơ 1c and 2; rules.md 6): one finding a question.

A finding is {code, ok, hard, sentence}, kept with the item as it was when it was computed. A hard one that isn't ok leaves
the dossier out, with its sentence as the reason; a soft one is shown to whoever decides.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from dossiers import deadlines
from dossiers.models import Dossier, Extension
from dossiers.services import ledger
from dossiers.states import OPEN, Cause, Instrument, Kind
from onestop import clock, worktime
from onestop.catalogue.models import Procedure
from onestop.directives.models import Directive
from onestop.directives.rules import Applied, Rules, reaches, rules_under
from onestop.directives.states import RuleKind
from onestop.offices.models import Office
from onestop.transitions import Refused

CAUSES = {Instrument.APOLOGY.value: Cause.APOLOGY, Instrument.DIRECTED_EXTENSION.value: Cause.DIRECTED,
          Instrument.SUSPENSION.value: Cause.FORCE_MAJEURE}
# The rules of a letter on which an instrument can rest.
GROUNDS = {Instrument.DIRECTED_EXTENSION.value: (RuleKind.MAY_EXTEND,),
           Instrument.SUSPENSION.value: (RuleKind.STOP_CLOCK, RuleKind.MAY_EXTEND)}
Finding = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """One dossier of a request: what was found, its date before and after, why it is left out ('' if it isn't)."""

    findings: list[Finding]
    due_from: datetime | None
    due_to: datetime | None
    excluded_because: str


class Assessor:
    """Judges the dossiers of one request; rules are read once a procedure, the calendar once a year."""

    def __init__(self, extension: Extension, office: Office, directive: Directive | None) -> None:
        self.extension, self.office, self.directive = extension, office, directive
        self._grounds: dict[int, Applied | None] = {}
        self._in_scope: bool | None = None
        self._calendars: dict[int, worktime.Calendar] = {}
        self._known: dict[int, dict[Any, datetime]] = {}

    def judge(self, dossier: Dossier) -> Judged:
        """The findings in Vietnamese, which is the language of the record."""
        with translation.override("vi"):
            try:
                due_to = self.new_due(dossier)
            except Refused as refusal:
                return Judged([finding("calendar", False, str(refusal.sentence))], dossier.due_at, None, str(refusal.sentence))
            findings = self._findings(dossier, due_to)
        reasons = [item["sentence"] for item in findings if item["hard"] and not item["ok"]]
        return Judged(findings, dossier.due_at, None if reasons else due_to, reasons[0][:255] if reasons else "")

    def entry(self, dossier: Dossier) -> deadlines.Entry:
        """The ledger row this request would add to a dossier."""
        kind, begin, until = moments(self.extension)
        return deadlines.Entry(kind=kind, cause=CAUSES[self.extension.instrument], effective_at=begin, effective_until=until,
                               at=clock.now(), key=-1)

    def new_due(self, dossier: Dossier) -> datetime | None:
        """The due date with the request carried out. Raises Refused('calendar_missing')."""
        if dossier.received_at is None:
            return None
        first = clock.local(dossier.received_at).date()
        if first.year not in self._calendars:
            self._calendars[first.year] = ledger.calendar_from(first)
        known = self._known.setdefault(first.year, {})
        return ledger.dates(dossier, extra=[self.entry(dossier)], cal=self._calendars[first.year], known=known)[0]

    def ground(self, procedure: Procedure) -> Applied | None:
        """The rule of the cited letter that holds at the office for a procedure today."""
        if procedure.pk not in self._grounds:
            kinds = GROUNDS.get(self.extension.instrument, ()) if self.directive else ()
            rules = rules_under(directive_id=self.directive.pk, office=self.office, procedure=procedure,
                                on=clock.today()) if self.directive else Rules()
            self._grounds[procedure.pk] = next((rule for kind in kinds if (rule := rules.get(kind))), None)
        return self._grounds[procedure.pk]

    def in_scope(self) -> bool:
        """Whether the office lies in the scope of the cited letter."""
        if self._in_scope is None:
            self._in_scope = self.directive is not None and reaches(directive_id=self.directive.pk, office=self.office)
        return self._in_scope

    def _findings(self, dossier: Dossier, due_to: datetime | None) -> list[Finding]:
        found = [self._state(dossier), self._still_ahead()]
        found += self._apology(dossier) if self.extension.instrument == Instrument.APOLOGY else self._letter(dossier)
        moved = due_to is not None and (dossier.due_at is None or due_to > dossier.due_at)
        found.append(finding("moves", moved, _("Ngày trả kết quả được lùi lại.") if moved else _(
            "Ngày đề nghị không muộn hơn ngày trả kết quả hiện tại.")))
        late = ledger.is_late(dossier, clock.now())
        found.append(finding("in_time", not late, _("Hồ sơ đã quá hạn khi đề nghị; vẫn được tính là quá hạn.") if late else _(
            "Đề nghị được lập trước khi hết hạn."), hard=False))
        return found

    def _state(self, dossier: Dossier) -> Finding:
        is_open = dossier.state in OPEN
        return finding("open", is_open, _("Hồ sơ đang được giải quyết.") if is_open else _(
            "Hồ sơ không còn trong quá trình giải quyết (%(state)s).") % {"state": dossier.get_state_display()})

    def _still_ahead(self) -> Finding:
        ahead = self.extension.until >= clock.today()
        return finding("ahead", ahead, _("Ngày đề nghị chưa qua.") if ahead else _("Ngày đề nghị đã qua."))

    def _letter(self, dossier: Dossier) -> list[Finding]:
        needs = dossier.procedure.field_verification
        rule = self.ground(dossier.procedure) if needs else None
        letter = self.directive.number if self.directive else ""
        found = [finding("field_verification", needs, _("Thủ tục phải thẩm định, xác minh thực tế.") if needs else _(
            "Thủ tục không phải thẩm định, xác minh thực tế."))]
        scoped = self.in_scope()
        found.append(finding("office_in_scope", scoped, _("Đơn vị thuộc phạm vi áp dụng của văn bản.") if scoped else _(
            "Đơn vị không thuộc phạm vi áp dụng của văn bản số %(letter)s.") % {"letter": letter}))
        if needs and scoped:
            said = {"clause": rule.clause if rule else "", "letter": letter}
            found.append(finding("directive", rule is not None, _(
                "%(clause)s văn bản số %(letter)s đang có hiệu lực tại đơn vị và cho phép.") % said if rule else _(
                "Văn bản số %(letter)s không có hiệu lực tại đơn vị hôm nay, hoặc không cho phép việc này.") % said))
        ends_on = self.directive.ends_on if self.directive else None
        inside = ends_on is None or self.extension.until <= ends_on
        found.append(finding("until_in_period", inside, _("Ngày đề nghị nằm trong thời gian hiệu lực của văn bản.") if inside else _(
            "Ngày đề nghị sau ngày văn bản hết hiệu lực."), hard=False))
        return found

    def _apology(self, dossier: Dossier) -> list[Finding]:
        used = sum(row.kind == Kind.EXTEND and row.cause == Cause.APOLOGY for row in dossier.clock.all())
        early, most = self._a_day_before(dossier), settings.APOLOGIES_PER_DOSSIER
        said = {"used": used, "most": most}
        return [
            finding("apology_quota", used < most, _("Hồ sơ còn được xin lỗi và hẹn lại (đã %(used)s, tối đa %(most)s lần).") % said
                    if used < most else _("Hồ sơ đã xin lỗi và hẹn lại %(used)s lần; mỗi hồ sơ tối đa %(most)s lần.") % said),
            finding("apology_early", early, _("Lập chậm nhất một ngày làm việc trước ngày hẹn trả.") if early else _(
                "Lập muộn hơn một ngày làm việc trước ngày hẹn trả."), hard=False),
        ]

    def _a_day_before(self, dossier: Dossier) -> bool:
        if dossier.due_at is None or dossier.received_at is None:
            return True
        cal = self._calendars[clock.local(dossier.received_at).year]
        today = clock.today()
        left = worktime.working_days_between(cal, today, clock.local(dossier.due_at).date())
        return left >= (1 if worktime.is_working_day(cal, today) else 2)  # on a day off the next working day is what is left of it


def finding(code: str, ok: bool, sentence: str, *, hard: bool = True) -> Finding:
    """One answer; `hard` leaves the dossier out where it isn't ok."""
    return {"code": code, "ok": ok, "hard": hard, "sentence": sentence}


def require_signature(extension: Extension) -> None:
    """An apology is signed by the head of the office before it is carried out (rules.md 6). Raises Refused('unsigned', 409)."""
    if extension.instrument == Instrument.APOLOGY and extension.signed_at is None:
        raise Refused("unsigned", _lazy("Văn bản xin lỗi và hẹn lại phải được thủ trưởng đơn vị ký trước khi thực hiện."), status=409)


def moments(extension: Extension) -> tuple[Kind, datetime, datetime]:
    """The kind of ledger row a request makes, and its moments."""
    if extension.instrument == Instrument.SUSPENSION:
        return Kind.SUSPEND, *ledger.whole_days(extension.starts_on or clock.today(), extension.until)
    moment = clock.now()
    return Kind.EXTEND, moment, max(moment, clock.at(max(extension.until, clock.local(moment).date()), 23, 59))


def legal_basis(extension: Extension) -> str:
    """'khoản 1c, văn bản số 2468/VPUB-KSTT'; '' for an apology."""
    if extension.directive is None:
        return ""
    return ", ".join(part for part in (extension.clause, extension.directive.number) if part)
