"""Asking: for dossiers that are named, or for all that a scope describes."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dossiers import policies, scopes
from dossiers.models import Dossier, Extension, ExtensionItem
from dossiers.scopes import Scope
from dossiers.services.applicants import long_text
from dossiers.services.extensions import freezing, rows
from dossiers.services.records import allow
from dossiers.states import ExtensionState, Instrument, ItemState
from onestop import clock
from onestop.directives.models import Directive
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused

MOST_DOSSIERS = 2000  # that may be named; a scope has no limit
LONGEST_DAYS = 366
AT_ONCE = 200  # a scope of so many dossiers is frozen while the requester waits


@patiently
def request_extension(*, actor: User, office: Office, dossiers: Sequence[Dossier], instrument: str, until: date, reason: str,
                      citizen_text: str, directive: Directive | None = None, clause: str = "", starts_on: date | None = None,
                      via: str = "web") -> Extension:
    """Ask for more time for a list of dossiers of one office, which is frozen with the findings and the dates before and after.

    Raises Refused: 'not_allowed' 403, 'invalid' with fields, 'nothing_to_extend' with the first reason where none of them meets
    the letter.
    """
    allow(policies.can_request_extension(actor, office))
    asked = _draft(actor, office, instrument, until, starts_on, reason, citizen_text, directive, clause)
    wrong = _wrong(asked)
    if not dossiers or len(dossiers) > MOST_DOSSIERS:
        wrong["dossiers"] = [_("Vui lòng chọn từ 1 đến 2000 hồ sơ.")]
    elif any(office.pk not in (dossier.received_office_id, dossier.competent_office_id) for dossier in dossiers):
        wrong["dossiers"] = [_("Các hồ sơ phải của cùng một đơn vị.")]
    _refuse(wrong)
    items = freezing.assess(asked, sorted({dossier.pk for dossier in dossiers}))
    if not any(item.state == ItemState.WAITING for item in items):
        letter = {"number": directive.number, "clause": clause} if directive else None
        raise Refused("nothing_to_extend", items[0].excluded_because, directive=letter)
    with transaction.atomic():
        asked.frozen_at = clock.now()
        asked.save()
        for item in items:
            item.extension = asked
        ExtensionItem.objects.bulk_create(items, batch_size=200)
        rows.note(asked, "request", "", actor=actor, via=via, reason=asked.reason)
    return asked


@patiently
def request_scope(*, actor: User, scope: Scope, instrument: str, until: date, reason: str, citizen_text: str, office: Office | None = None,
                  directive: Directive | None = None, clause: str = "", starts_on: date | None = None, via: str = "web") -> Extension:
    """Ask for more time for every open dossier that a scope describes at the offices the actor may ask for.

    What belongs to it is decided now: dossiers that come later are never added. The list with old and new dates is written in the
    background (the request is ASSESSING until then), a small one at once. `office` is the agency that asks; without it, the first
    office of the scope. Source: letters Cần Thơ 1c, Khánh Hòa 4; rules.md 6 (bulk). Raises Refused: 'not_allowed' 403, 'invalid'
    with fields, 'empty_scope'.
    """
    mine = scopes.offices_to_ask_for(actor, scope)
    first = office or (mine[0] if mine else None)
    if first is None or not policies.can_request_extension(actor, first):
        allow(False)
        raise AssertionError  # allow() has refused
    asked = _draft(actor, first, instrument, until, starts_on, reason, citizen_text, directive, clause)
    _refuse(_wrong(asked))
    if instrument == Instrument.APOLOGY:
        mine = [first]  # its head signs it, and can't for another office (rules.md 6)
    found = scopes.to_extend(scope, [item.pk for item in mine])
    last, count = scopes.extent(found)
    if not count:
        sentence = _("Không có hồ sơ nào phù hợp với phạm vi đã chọn.")
        raise Refused("empty_scope", sentence, fields={"scope": [sentence]})
    asked.state = ExtensionState.ASSESSING
    asked.scope = {**scope.as_json(), "office_ids": [item.pk for item in mine], "up_to": last, "expected": count}
    with transaction.atomic():
        asked.save()
        rows.note(asked, "request", "", actor=actor, via=via, reason=asked.reason, expected=count)
        if count > AT_ONCE:
            enqueue_after_commit("dossiers.execute_extension", asked.pk)
    if count <= AT_ONCE:
        freezing.freeze(asked)
        asked.refresh_from_db()
    return asked


def _draft(actor: User, office: Office, instrument: str, until: date, starts_on: date | None, reason: str, citizen_text: str,
           directive: Directive | None, clause: str) -> Extension:
    if instrument == Instrument.SUSPENSION:
        starts_on = starts_on or clock.today()
    return Extension(office=office, instrument=instrument, until=until, starts_on=starts_on, reason=long_text(reason),
                     citizen_text=long_text(citizen_text), directive=directive, clause=clause[:40], requested_by=actor)


def _wrong(asked: Extension) -> dict[str, list[Any]]:
    wrong: dict[str, list[Any]] = {}
    today = clock.today()
    if asked.instrument not in Instrument.values:
        wrong["instrument"] = [_("Vui lòng chọn hình thức.")]
    if asked.until < today:
        wrong["until"] = [_("Ngày đề nghị phải từ hôm nay trở đi.")]
    elif (asked.until - today).days > LONGEST_DAYS:
        wrong["until"] = [_("Ngày đề nghị quá xa (hơn một năm).")]
    if asked.starts_on and not asked.until >= asked.starts_on >= today:
        wrong["starts_on"] = [_("Ngày bắt đầu tạm dừng phải từ hôm nay và không sau ngày kết thúc.")]
    if not asked.reason:
        wrong["reason"] = [_("Vui lòng ghi lý do.")]
    if not asked.citizen_text:
        wrong["citizen_text"] = [_("Vui lòng ghi nội dung báo cho công dân.")]
    if asked.instrument != Instrument.APOLOGY and asked.directive is None:
        wrong["directive"] = [_("Vui lòng chọn văn bản làm căn cứ.")]
    return wrong


def _refuse(wrong: dict[str, list[Any]]) -> None:
    if wrong:
        raise Refused("invalid", _("Có nội dung chưa hợp lệ, vui lòng xem từng mục."), fields=wrong)
