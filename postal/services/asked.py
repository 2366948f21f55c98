"""Long lists as files: asked for by somebody, made by a job that says how far it is, given to nobody else, thrown away after some days."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from dossiers.printing import tables
from onestop import clock, filed
from onestop.jobs import enqueue_after_commit
from onestop.offices.models import Office
from onestop.patience import patiently
from onestop.people.models import User
from onestop.transitions import Refused
from postal import campaign_people, campaigns, policies, waiver_paid
from postal.models import AddressCampaign, AskedFile, WaiverCampaign
from postal.states import FileKind

MOST_ATTEMPTS = 5  # a job that dies each time is not begun for ever


@patiently
def ask_people(*, actor: User, campaign: AddressCampaign, office: Office | None = None) -> AskedFile:
    """Ask for the people of a campaign, of one office or of all that the actor may see. While one is being made, the same again is that
    one. Raises Refused('not_allowed', 403)."""
    if not policies.can_list_people(actor) or not campaigns.visible(actor).filter(pk=campaign.pk).exists():
        raise _not_allowed()
    return _ask(actor, FileKind.PEOPLE, campaign=campaign, waiver=None, office=office)


@patiently
def ask_paid(*, actor: User, waiver: WaiverCampaign) -> AskedFile:
    """Ask for what citizens paid before a waiver. Raises Refused('not_allowed', 403)."""
    if not WaiverCampaign.objects.visible_to(actor).filter(pk=waiver.pk).exists():
        raise _not_allowed()
    return _ask(actor, FileKind.PAID, campaign=None, waiver=waiver, office=None)


def _not_allowed() -> Refused:
    return Refused("not_allowed", _("Tài khoản của bạn không được tải danh sách này."), status=403)


def _ask(actor: User, kind: str, **about: Any) -> AskedFile:
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=actor.pk)  # one after the other
        there = AskedFile.objects.filter(asked_by=actor, kind=kind, done_at__isnull=True, attempts__lt=MOST_ATTEMPTS, **about).first()
        if there is not None:
            return there
        made = AskedFile.objects.create(asked_by=actor, kind=kind, **about)
        enqueue_after_commit("postal.make_file", made.pk)
    return made


def make(pk: int) -> bool:
    """Make a file that was asked for, outside of transactions; whether this job did. Twice makes it once."""
    waiting = AskedFile.objects.filter(pk=pk, done_at__isnull=True, attempts__lt=MOST_ATTEMPTS)
    if waiting.update(attempts=F("attempts") + 1, worked_at=clock.now(), reached=0) != 1:
        return False
    row = AskedFile.objects.select_related("campaign__office", "campaign__province", "waiver__province", "asked_by").get(pk=pk)
    with translation.override("vi"):
        sheet, lines, total = _content(row)
        AskedFile.objects.filter(pk=pk).update(total=total)
        return filed.make(row, "list.xlsx", lambda out: _write(row, sheet, lines, out), lambda: _keep(row))


def _content(row: AskedFile) -> tuple[tables.Sheet, Iterator[list[Any]], int]:
    """What stands in the file: no more than who asked may see now."""
    if row.campaign is not None:
        found = campaign_people.of(row.asked_by, row.campaign)
        found = found.filter(office=row.office_id) if row.office_id else found
        return campaign_people.list_sheet(row.campaign), campaign_people.list_rows(found), found.count()
    assert row.waiver is not None  # noqa: S101 (the table says so)
    paid = waiver_paid.of(row.asked_by, row.waiver)
    return waiver_paid.sheet(row.waiver), waiver_paid.lines(paid), paid.count()


def _write(row: AskedFile, sheet: tables.Sheet, lines: Iterator[list[Any]], out: IO[bytes]) -> int:
    def tell(count: int) -> None:
        AskedFile.objects.filter(pk=row.pk).update(reached=count, worked_at=clock.now())

    written = tables.write_xlsx(sheet, filed.counted(lines, tell), out)
    return written - 1 if row.kind == FileKind.PAID else written  # its last line is the sum


def _keep(row: AskedFile) -> bool:
    waiting = AskedFile.objects.filter(pk=row.pk, done_at__isnull=True)
    return waiting.update(file=row.file.name, sha256=row.sha256, rows=row.rows, reached=row.rows, done_at=clock.now()) == 1


def failed(row: AskedFile) -> bool:
    """Whether nobody tries any more to make it."""
    since = clock.now() - timedelta(seconds=settings.CAMPAIGN_STALL_SECONDS)
    return row.done_at is None and row.attempts >= MOST_ATTEMPTS and row.worked_at <= since


def sweep() -> int:
    """Ask again for files whose job gave no sign for CAMPAIGN_STALL_SECONDS, throw away those older than LIST_FILE_HOURS; how many."""
    now = clock.now()
    silent = AskedFile.objects.filter(done_at__isnull=True, attempts__lt=MOST_ATTEMPTS,
                                      worked_at__lte=now - timedelta(seconds=settings.CAMPAIGN_STALL_SECONDS))
    keys = list(silent.order_by("pk").values_list("pk", flat=True)[:20])
    with transaction.atomic():
        for pk in keys:
            enqueue_after_commit("postal.make_file", pk)
    old = AskedFile.objects.filter(asked_at__lte=now - timedelta(hours=settings.LIST_FILE_HOURS)).order_by("pk")
    return len(keys) + sum(_throw_away(pk) for pk in old.values_list("pk", flat=True)[:100])


def _throw_away(pk: int) -> bool:
    """The file first, as the locked row has it: a job that is ready at this very moment leaves none behind, nor does a dead sweep."""
    with transaction.atomic():
        row = AskedFile.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None:
            return False
        if row.file:
            row.file.delete(save=False)
        row.delete()
    return True
