"""Settling what the import could not take: one by one, or many by a rule that can be undone."""
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _

from onestop import clock
from onestop.catalogue.answers import Answer, checked
from onestop.catalogue.models import Procedure, ProcedureEvent, ReviewItem, ReviewItemQuerySet, ReviewRule
from onestop.catalogue.policies import can_manage
from onestop.catalogue.services.versions import event, rebuild, with_everything
from onestop.catalogue.states import BULK_PROBLEMS
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

EXAMPLES = 10


@dataclass(frozen=True)
class Preview:
    """What a rule would do: open items it settles, procedures they belong to, how many of these become usable."""

    items: int
    procedures: int
    usable: int
    examples: list[ReviewItem]


def require_manager(actor: User | None) -> None:
    """Raise Refused('forbidden', 403) unless the person may change the catalogue."""
    if not can_manage(actor):
        raise Refused("forbidden", _("Chỉ quản trị hệ thống được sửa danh mục thủ tục."), status=403)


def given_reason(reason: str) -> str:
    """The reason in its stored form. Raises Refused('reason_missing')."""
    cleaned = clean(reason)
    if not cleaned:
        sentence = _("Hãy ghi lý do; lý do được lưu vào lịch sử của thủ tục.")
        raise Refused("reason_missing", sentence, fields={"reason": [sentence]})
    return cleaned[:2000]


@transaction.atomic
def settle_item(*, actor: User, item_id: int, answer: Mapping[str, Any], reason: str) -> ReviewItem:
    """Settle one item, or correct how it was settled. The same answer again changes nothing.

    Raises Refused: forbidden, not_found, bad_answer, reason_missing.
    """
    require_manager(actor)
    item = ReviewItem.objects.select_for_update().filter(pk=item_id).first()
    if item is None:
        raise Refused("not_found", _("Không tìm thấy nội dung cần rà soát."), status=404)
    accepted = checked(item.problem, answer)
    if item.settled_at is not None and item.answer == accepted:
        return item
    verb = "settled" if item.settled_at is None else "resettled"
    answer_items(ReviewItem.objects.filter(pk=item.pk), accepted, verb=verb, actor=actor, reason=given_reason(reason))
    item.refresh_from_db()
    return item


def answer_items(items: ReviewItemQuerySet, answer: Answer, *, verb: str, actor: User | None, reason: str, label: str = "",
                 rule: ReviewRule | None = None) -> int:
    """Give items an answer that was `checked`, work their procedures out again, write one event a procedure.

    Call inside a transaction. Returns the number of items.
    """
    keys = list(items.values_list("pk", "procedure_id"))
    ReviewItem.objects.filter(pk__in=[pk for pk, _procedure in keys]).update(
        answer=answer, settled_at=clock.now(), settled_by=actor, rule=rule)
    data = {"answer": answer, "rule": rule.pk if rule is not None else None}
    _work_out_again({procedure for _pk, procedure in keys}, verb, actor=actor, reason=reason, label=label, data=data)
    return len(keys)


def _work_out_again(procedure_ids: set[int], verb: str, *, actor: User | None, reason: str, data: dict[str, Any], label: str = "") -> None:
    locked = Procedure.objects.select_for_update(of=("self",)).filter(pk__in=procedure_ids).order_by("pk")
    procedures = list(with_everything(locked))
    before = {procedure.pk: procedure.state for procedure in procedures}
    rebuild(procedures)
    ProcedureEvent.objects.bulk_create([
        event(procedure, verb, actor=actor, label=label, before=before[procedure.pk], reason=reason, data=data)
        for procedure in procedures])


def open_items(*, problem: str, field: str = "", authority: str = "") -> ReviewItemQuerySet:
    """The open items that a rule speaks of."""
    return ReviewItem.objects.open().about(problem=problem, field=field, authority=authority)


def rule_answer(problem: str, answer: Mapping[str, Any]) -> Answer:
    """The answer of a rule in its stored form. Raises Refused('bad_rule') for a problem that only a person can settle."""
    if problem not in BULK_PROBLEMS:
        sentence = _("Loại vướng mắc này phải xử lý từng thủ tục một.")
        raise Refused("bad_rule", sentence, fields={"problem": [sentence]})
    return checked(problem, answer)


def preview_rule(*, problem: str, answer: Mapping[str, Any], field: str = "", authority: str = "") -> Preview:
    """What `apply_rule` with the same words would do; changes nothing. Raises Refused: bad_rule, bad_answer."""
    rule_answer(problem, answer)
    items = open_items(problem=problem, field=field, authority=authority)
    figures = items.aggregate(items=Count("pk"), procedures=Count("procedure", distinct=True))
    others = ReviewItem.objects.open().filter(procedure=OuterRef("pk")).filter(~Q(problem=problem))
    touched = Procedure.objects.filter(pk__in=items.values("procedure"))
    usable = touched.filter(~Exists(others)).count()
    examples = list(items.select_related("procedure").order_by("procedure__code", "pk")[:EXAMPLES])
    return Preview(figures["items"], figures["procedures"], usable, examples)


@transaction.atomic
def apply_rule(*, actor: User, problem: str, answer: Mapping[str, Any], reason: str, field: str = "", authority: str = "",
               expected: int | None = None) -> ReviewRule:
    """Settle every open item of a problem with one answer.

    `expected` is the number of items that the preview showed. Raises Refused: forbidden, bad_rule, bad_answer,
    reason_missing, nothing_to_settle (409), preview_outdated (409).
    """
    require_manager(actor)
    accepted = rule_answer(problem, answer)
    why = given_reason(reason)
    items = open_items(problem=problem, field=field, authority=authority)
    keys = list(items.select_for_update(of=("self",)).values_list("pk", flat=True))
    if not keys:
        raise Refused("nothing_to_settle", _("Không còn nội dung nào cần xử lý theo quy tắc này."), status=409)
    if expected is not None and expected != len(keys):
        raise Refused("preview_outdated", _("Danh mục đã thay đổi từ lúc xem trước. Vui lòng xem trước lại rồi áp dụng."), status=409)
    rule = ReviewRule.objects.create(problem=problem, answer=accepted, scope={"field": field, "authority": authority}, reason=why,
                                     applied_by=actor, count=len(keys))
    answer_items(ReviewItem.objects.filter(pk__in=keys), accepted, verb="settled_by_rule", actor=actor, reason=why, rule=rule)
    return rule


@transaction.atomic
def undo_rule(*, actor: User, rule_id: int, reason: str) -> tuple[ReviewRule, int]:
    """Open again what a rule settled and nobody has changed since; twice is harmless. Returns the rule and the number.

    Raises Refused: forbidden, not_found, reason_missing.
    """
    require_manager(actor)
    why = given_reason(reason)
    rule = ReviewRule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise Refused("not_found", _("Không tìm thấy quy tắc này."), status=404)
    claimed = ReviewRule.objects.filter(pk=rule_id, undone_at__isnull=True).update(undone_by=actor, undone_at=clock.now())
    rule.refresh_from_db()
    if not claimed:
        return rule, 0
    keys = list(rule.items.values_list("pk", "procedure_id"))
    rule.items.update(answer=None, settled_at=None, settled_by=None, rule=None)
    _work_out_again({procedure for _pk, procedure in keys}, "rule_undone", actor=actor, reason=why, data={"rule": rule.pk})
    return rule, len(keys)
