"""How a procedure may be handed in at an office on a day: what the law offers as the letters in force allow it.

`options_in` is pure; `situation` loads what it needs. The order is always online, post, counter (Cần Thơ 1a).
"""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from onestop.catalogue import queries as catalogue
from onestop.catalogue.models import ChannelTerm, Procedure, ProcedureVersion
from onestop.catalogue.states import Channel
from onestop.directives.rules import Applied, Rules, rules_between, rules_between_at, rules_for
from onestop.directives.states import RuleKind
from onestop.offices.models import Closure, Office
from onestop.offices.queries import closure_on
from onestop.transitions import Refused


@dataclass(frozen=True)
class ChannelOption:
    """One way to hand in. Where it isn't available, `reason` is the citizen's sentence and `source` the letter, if one is why.

    `code` is for programs. `opened_by` is the rule that opened a channel the catalogue does not have.
    """

    channel: str
    available: bool
    reason: str = ""
    source: dict[str, str] | None = None
    term: ChannelTerm | None = None
    code: str = ""
    opened_by: Applied | None = None
    directive_id: int | None = None

    @property
    def label(self) -> str:
        return str(Channel(self.channel).label)

    @property
    def pay_online(self) -> bool:
        """Whether the fee may be paid online: as the catalogue has it, or as the letter that opened the channel says."""
        return self.opened_by is not None or (self.term is not None and self.term.pay_online)


@dataclass(frozen=True)
class Situation:
    """A procedure at an office on a day, with everything that decides about its channels. No office: the catalogue alone."""

    procedure: Procedure
    version: ProcedureVersion | None
    on: date
    office: Office | None = None
    rules: Rules = field(default_factory=Rules)
    closure: Closure | None = None
    only_receives: bool = False  # another office of the province decides what this one takes in (NĐ 118/2025, Art. 14)

    @cached_property
    def terms(self) -> dict[str, ChannelTerm]:
        return {term.channel: term for term in self.version.channels.all()} if self.version else {}

    @property
    def served_anyway(self) -> Applied | None:
        """Urgent procedures are all dealt with, also where the counter is restricted (Vĩnh Phúc 2)."""
        return self.rules.get(RuleKind.URGENT_SERVED) if self.procedure.urgent else None

    @property
    def needs_appointment(self) -> Applied | None:
        return self.rules.get(RuleKind.APPOINTMENT_ONLY)


def situation(*, office: Office | None, procedure: Procedure, on: date) -> Situation:
    """Load a situation: at most five queries."""
    version = catalogue.version_on(procedure, on) if procedure.current_id is not None else None
    if office is None:
        return Situation(procedure, version, on)
    rules = rules_for(office=office, procedure=procedure, on=on)
    return Situation(procedure, version, on, office, rules, closure_on(office=office, on=on))


def channel_options(*, office: Office | None, procedure: Procedure, on: date) -> list[ChannelOption]:
    """The three channels in the citizen's order, each available or with the sentence and letter why not."""
    return options_in(situation(office=office, procedure=procedure, on=on))


def counter_refusal(*, office: Office, procedure: Procedure, on: date) -> Refused | None:
    """Why nobody may hand this in at the office's counter that day, as a refusal with its letter; None where one may."""
    option = channel_options(office=office, procedure=procedure, on=on)[-1]
    if option.available:
        return None
    return Refused(option.code, option.reason, directive=option.source)


def counter_refusals(*, office: Office, procedure: Procedure, first: date, last: date) -> dict[date, Refused | None]:
    """`counter_refusal` for every day from `first` to `last`, with the same few queries whatever the span."""
    rules = rules_between(office=office, procedure=procedure, first=first, last=last)
    return _refusals(office, procedure, rules, first)


def counter_refusals_at(*, offices: Sequence[Office], procedure: Procedure, first: date,
                        last: date) -> dict[int, dict[date, Refused | None]]:
    """`counter_refusals` at many offices, by office id, with the same few queries whatever their number. The offices carry
    area, the areas above it, and province."""
    prefetch_related_objects(list(offices), "closures")
    rules = rules_between_at(offices=offices, procedure=procedure, first=first, last=last)
    return {office.pk: _refusals(office, procedure, rules[office.pk], first) for office in offices}


def _refusals(office: Office, procedure: Procedure, rules: dict[date, Rules], first: date) -> dict[date, Refused | None]:
    """Why nobody may hand a procedure in at an office's counter on each day that `rules` has."""
    closures = [item for item in office.closures.all() if item.room_id is None]
    current = procedure.current
    start = current if current is None or current.valid_from <= first else catalogue.version_on(procedure, first)
    prefetch_related_objects([version for version in {start, current} if version is not None], "channels")
    answer: dict[date, Refused | None] = {}
    for day, in_force in rules.items():
        version = current if current is not None and current.valid_from <= day else start
        closure = next((item for item in closures if item.covers(day)), None)
        option = options_in(Situation(procedure, version, day, office, in_force, closure))[-1]
        answer[day] = None if option.available else Refused(option.code, option.reason, directive=option.source)
    return answer


def blockades(*, office: Office, procedure: Procedure, first: date, last: date) -> dict[date, Refused | None]:
    """The blockade of each day from `first` to `last`, which keeps everybody away, also who collects a result (Cà Mau 1)."""
    answer: dict[date, Refused | None] = {}
    for day, in_force in rules_between(office=office, procedure=procedure, first=first, last=last).items():
        case = Situation(procedure, None, day, office, in_force)
        option = None if case.served_anyway is not None else _blockaded(case, None)
        answer[day] = None if option is None else Refused(option.code, option.reason, directive=option.source)
    return answer


def needs_appointment(*, office: Office, procedure: Procedure, on: date) -> Applied | None:
    """The rule by which the counter serves only people with an appointment (Cà Mau 1), if one is in force."""
    return rules_for(office=office, procedure=procedure, on=on).get(RuleKind.APPOINTMENT_ONLY)


def options_in(case: Situation) -> list[ChannelOption]:
    """The same from a loaded situation."""
    barred = _bar_on_everything(case)
    if barred is not None:
        code, sentence = barred
        return [ChannelOption(channel, False, sentence, code=code, term=case.terms.get(channel)) for channel in Channel.values]
    online = _from_afar(case, Channel.ONLINE, _("Thủ tục này chưa được cung cấp trực tuyến."))
    postal = _from_afar(case, Channel.POSTAL, _("Thủ tục này chưa nhận hồ sơ qua bưu chính công ích."))
    return [online, postal, _counter(case, online, postal)]


def _bar_on_everything(case: Situation) -> tuple[str, str] | None:
    """(code, sentence) where the procedure can't be handed in by any channel."""
    if not case.procedure.is_usable() or case.version is None:
        return "needs_review", _("Thủ tục này đang được rà soát nên chưa nhận hồ sơ. Vui lòng liên hệ tổng đài để được hướng dẫn.")
    office = case.office
    if office is None:
        return None
    if office.valid_to is not None and office.valid_to < case.on:
        return "office_ended", _("%(office)s đã ngừng hoạt động. Vui lòng chọn đơn vị khác.") % {"office": office.name}
    if not case.only_receives and not catalogue.does(office, case.procedure):
        return "not_here", _("%(office)s không thực hiện thủ tục này. Vui lòng chọn đơn vị khác.") % {"office": office.name}
    return None


def _from_afar(case: Situation, channel: str, missing: str) -> ChannelOption:
    """Online or post: offered by the catalogue, or opened for all by a letter (Cà Mau 4, Khánh Hòa 1)."""
    if case.procedure.presence_required:
        sentence = _("Theo quy định, bạn phải trực tiếp đến làm thủ tục này.")
        return ChannelOption(channel, False, sentence, code="presence_required")
    terms = case.terms
    if channel in terms:
        return ChannelOption(channel, True, term=terms[channel])
    opened = case.rules.get(RuleKind.OPEN_CHANNELS)
    if opened is None:
        return ChannelOption(channel, False, missing, code="not_offered")
    return ChannelOption(channel, True, source=opened.source, term=_borrowed_term(terms), opened_by=opened,
                         directive_id=opened.directive_id)


def _borrowed_term(terms: Mapping[str, ChannelTerm]) -> ChannelTerm | None:
    """An opened channel without a term of its own takes the counter's, else whichever there is."""
    return terms.get(Channel.IN_PERSON) or next(iter(terms.values()), None)


def _counter(case: Situation, online: ChannelOption, postal: ChannelOption) -> ChannelOption:
    term = case.terms.get(Channel.IN_PERSON)
    if term is None and not case.procedure.presence_required:
        return ChannelOption(Channel.IN_PERSON, False, _("Thủ tục này không nhận hồ sơ trực tiếp."), code="not_offered")
    if term is None:
        term = _borrowed_term(case.terms)
    if case.served_anyway is not None:
        return ChannelOption(Channel.IN_PERSON, True, term=term)
    return _closed(case, term) or _blockaded(case, term) or _counter_last(case, term, online, postal) or ChannelOption(
        Channel.IN_PERSON, True, term=term)


def closure_sentence(office: Office | None, closure: Closure) -> str:
    """Why and until when an office takes nobody in person."""
    facts = {"office": office.name if office else "", "reason": closure.reason}
    if closure.ends_on is None:
        return _("%(office)s tạm thời không tiếp nhận trực tiếp: %(reason)s.") % facts
    until = f"{closure.ends_on.day}/{closure.ends_on.month}/{closure.ends_on.year}"
    return _("%(office)s không tiếp nhận trực tiếp đến hết ngày %(until)s: %(reason)s.") % {**facts, "until": until}


def _closed(case: Situation, term: ChannelTerm | None) -> ChannelOption | None:
    closure = case.closure
    if closure is None:
        return None
    sentence = closure_sentence(case.office, closure)
    source = {"number": closure.legal_basis, "clause": ""} if closure.legal_basis else None
    return ChannelOption(Channel.IN_PERSON, False, sentence, source, term, "office_closed")


def _blockaded(case: Situation, term: ChannelTerm | None) -> ChannelOption | None:
    rule = case.rules.get(RuleKind.BLOCKADE)
    if rule is None:
        return None
    sentence = _("Đơn vị nằm trong khu vực phong tỏa nên không tiếp nhận trực tiếp, theo %(clause)s văn bản số %(number)s.")
    return _forbidden(rule, sentence, term, "blockade")


def _counter_last(case: Situation, term: ChannelTerm | None, online: ChannelOption, postal: ChannelOption) -> ChannelOption | None:
    """Not at the counter if it can be done online or, unless the letter speaks of online only, by post (Cà Mau, Thường Tín 3)."""
    rule = case.rules.get(RuleKind.COUNTER_LAST)
    if rule is None:
        return None
    others: Iterable[ChannelOption] = [online] if rule.params.get("online_only") else [online, postal]
    ways = [option.label.lower() for option in others if option.available]
    if not ways:
        return None
    sentence = _("Theo %(clause)s văn bản số %(number)s, thủ tục này không nhận trực tiếp tại quầy vì có thể nộp qua kênh: %(ways)s.")
    return _forbidden(rule, sentence, term, "counter_last", ways=", ".join(ways))


def _forbidden(rule: Applied, sentence: str, term: ChannelTerm | None, code: str, **facts: Any) -> ChannelOption:
    reason = sentence % {"clause": rule.clause, "number": rule.number, **facts}
    return ChannelOption(Channel.IN_PERSON, False, reason, rule.source, term, code, directive_id=rule.directive_id)
