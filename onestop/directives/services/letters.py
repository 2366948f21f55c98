"""The only writers of directives: draft, change, add and remove rules, publish, withdraw."""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.directives import policies
from onestop.directives.models import Directive, DirectiveEvent, DirectiveScope, Rule
from onestop.directives.states import DIRECTIVE_TRANSITIONS, DirectiveState
from onestop.offices.models import Area, Office
from onestop.people.models import User
from onestop.transitions import Refused, step

_WRONG_STATE = _("Văn bản đã ban hành thì không sửa được nữa; hãy thu hồi và nhập văn bản mới.")


@dataclass(frozen=True)
class Letter:
    """What a letter says about itself. `ends_on` None: until withdrawn."""

    number: str
    issuer: str
    issued_on: date
    title: str
    starts_on: date
    ends_on: date | None = None
    summary: str = ""
    issued_text: str = ""
    demonstration: bool = False


@dataclass(frozen=True)
class RuleText:
    """One rule as the letter gives it; the period is inside the letter's own."""

    kind: str
    clause: str
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    starts_on: date | None = None
    ends_on: date | None = None


_FIELDS = ["number", "issuer", "issued_on", "title", "starts_on", "ends_on", "summary", "issued_text", "demonstration"]


def draft(*, actor: User | None, letter: Letter, areas: Iterable[Area] = (), offices: Iterable[Office] = ()) -> Directive:
    """A new letter without force. `actor` None: the demonstration. Raises Refused for rights, a number used, a wrong period."""
    areas, offices = list(areas), list(offices)
    _check_rights(actor, areas, offices)
    _check_letter(letter)
    with transaction.atomic():
        if Directive.objects.filter(number=letter.number).exists():
            raise Refused("number_used", _("Số văn bản này đã có trong hệ thống."), status=409,
                          fields={"number": [_("Số văn bản này đã có trong hệ thống.")]})
        directive = Directive.objects.create(published_at=None, **{name: getattr(letter, name) for name in _FIELDS})
        _set_scope(directive, areas, offices)
        _event(directive, actor, "draft", "", DirectiveState.DRAFT)
    return directive


def change(*, actor: User, directive: Directive, letter: Letter, areas: Iterable[Area], offices: Iterable[Office]) -> Directive:
    """Rewrite a draft. Raises Refused('wrong_state') once it is published."""
    areas, offices = list(areas), list(offices)
    _check_rights(actor, areas, offices)
    _check_letter(letter)
    with transaction.atomic():
        row = _claim(directive, "change")
        if Directive.objects.filter(number=letter.number).exclude(pk=row.pk).exists():
            raise Refused("number_used", _("Số văn bản này đã có trong hệ thống."), status=409,
                          fields={"number": [_("Số văn bản này đã có trong hệ thống.")]})
        for name in _FIELDS:
            setattr(row, name, getattr(letter, name))
        row.save(update_fields=_FIELDS)
        _set_scope(row, areas, offices)
        _event(row, actor, "change", DirectiveState.DRAFT, DirectiveState.DRAFT)
    return row


def add_rule(*, actor: User | None, directive: Directive, rule: RuleText) -> Rule:
    """Add a rule to a draft. Raises Refused where the rule's period leaves the letter's."""
    _check_rights(actor)
    with transaction.atomic():
        row = _claim(directive, "change")
        _check_rule(row, rule)
        made = Rule.objects.create(directive=row, kind=rule.kind, clause=rule.clause, params=dict(rule.params), text=rule.text,
                                   starts_on=rule.starts_on, ends_on=rule.ends_on)
        _event(row, actor, "add_rule", DirectiveState.DRAFT, DirectiveState.DRAFT, data={"kind": rule.kind, "clause": rule.clause})
    return made


def remove_rule(*, actor: User, directive: Directive, rule_id: int) -> None:
    """Take a rule out of a draft; taking it out twice changes nothing."""
    _check_rights(actor)
    with transaction.atomic():
        row = _claim(directive, "change")
        removed, _kinds = Rule.objects.filter(directive=row, pk=rule_id).delete()
        if removed:
            _event(row, actor, "remove_rule", DirectiveState.DRAFT, DirectiveState.DRAFT, data={"rule": rule_id})


def publish(*, actor: User | None, directive: Directive) -> Directive:
    """Put a draft into force from its first day. Doing it twice is harmless. Raises Refused without rules or scope."""
    _check_rights(actor)
    with transaction.atomic():
        row = Directive.objects.select_for_update().get(pk=directive.pk)
        if row.state == DirectiveState.PUBLISHED:
            return row
        move = step(DIRECTIVE_TRANSITIONS, "publish", row.state, sentence=_("Văn bản đã thu hồi thì không ban hành lại được."))
        if not row.rules.exists() or not row.scopes.exists():
            raise Refused("incomplete", _("Văn bản cần có phạm vi áp dụng và ít nhất một quy định trước khi ban hành."))
        row.published_at = clock.now()
        row.save(update_fields=["published_at"])
        _event(row, actor, "publish", move.before, move.after)
    return row


def withdraw(*, actor: User, directive: Directive, reason: str) -> Directive:
    """End a letter at once, for good, with a reason. Doing it twice is harmless."""
    _check_rights(actor)
    if not reason.strip():
        raise Refused("reason_missing", _("Cần ghi lý do thu hồi."), fields={"reason": [_("Cần ghi lý do thu hồi.")]})
    with transaction.atomic():
        row = Directive.objects.select_for_update().get(pk=directive.pk)
        if row.state == DirectiveState.WITHDRAWN:
            return row
        move = step(DIRECTIVE_TRANSITIONS, "withdraw", row.state, sentence=_("Văn bản chưa ban hành nên không cần thu hồi."))
        row.withdrawn_at = clock.now()
        row.save(update_fields=["withdrawn_at"])
        _event(row, actor, "withdraw", move.before, move.after, reason=reason.strip())
    return row


def _claim(directive: Directive, name: str) -> Directive:
    row = Directive.objects.select_for_update().get(pk=directive.pk)
    step(DIRECTIVE_TRANSITIONS, name, row.state, sentence=_WRONG_STATE)
    return row


def _check_rights(actor: User | None, areas: Iterable[Area] = (), offices: Iterable[Office] = ()) -> None:
    if actor is None:
        return
    if not policies.can_manage(actor):
        raise Refused("forbidden", _("Chỉ quản trị hệ thống của tỉnh được nhập văn bản chỉ đạo."), status=403)
    if not policies.can_scope(actor, areas, offices):
        raise Refused("foreign_scope", _("Phạm vi áp dụng phải nằm trong địa bàn bạn quản trị."), status=403)


def _check_letter(letter: Letter) -> None:
    if letter.ends_on is not None and letter.ends_on < letter.starts_on:
        sentence = _("Ngày hết hiệu lực phải sau ngày có hiệu lực.")
        raise Refused("bad_period", sentence, fields={"ends_on": [sentence]})


def _check_rule(directive: Directive, rule: RuleText) -> None:
    first, last = rule.starts_on or directive.starts_on, rule.ends_on or directive.ends_on
    outside = first < directive.starts_on or (directive.ends_on is not None and last is not None and last > directive.ends_on)
    if outside or (last is not None and last < first):
        sentence = _("Thời gian của quy định phải nằm trong thời gian hiệu lực của văn bản.")
        raise Refused("bad_period", sentence, fields={"ends_on": [sentence]})


def _set_scope(directive: Directive, areas: list[Area], offices: list[Office]) -> None:
    directive.scopes.all().delete()
    DirectiveScope.objects.bulk_create([DirectiveScope(directive=directive, area=area) for area in areas]
                                       + [DirectiveScope(directive=directive, office=office) for office in offices])


def _event(directive: Directive, actor: User | None, name: str, before: str, after: str, *, reason: str = "",
           data: dict[str, Any] | None = None) -> None:
    label = "" if actor else str(_("bản trình diễn"))
    DirectiveEvent.objects.create(subject=directive, actor=actor, actor_label=label, verb=name, from_state=before,
                                  to_state=after, reason=reason, legal_basis=directive.number, data=data or {})
