"""Opening channels that the national catalogue does not have, for many procedures at once, and closing them again (Cà Mau 4, Khánh Hòa 1).

Each procedure gets a new version from today; versions that dossiers hold are never touched (rules.md 2). The callers decide who may
do this and under which letter.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from onestop import clock
from onestop.catalogue.models import ChannelTerm, Paper, Procedure, ProcedureEvent, ProcedureVersion
from onestop.catalogue.services.versions import copy_of, event, lender, lent, with_everything
from onestop.catalogue.states import Channel
from onestop.people.models import User

LABEL = "Hệ thống (chuyển kênh danh mục)"
KEPT = ("decision", "applicants", "result", "cutoff_time", "source_digest", "source")


@dataclass(frozen=True)
class Wanted:
    """What is to be opened, and by which letter ('4708/UBND-CCHC, khoản 4')."""

    channels: tuple[str, ...]
    pay_online: bool
    under: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Changed:
    """One procedure with its version before and after."""

    procedure: Procedure
    before: ProcedureVersion
    after: ProcedureVersion


def claimed(ids: Iterable[int]) -> list[Procedure]:
    """Procedures with their current version and its terms and papers, locked, by id; in the caller's transaction."""
    rows = Procedure.objects.select_for_update(of=("self",)).filter(pk__in=list(ids)).order_by("pk")
    return list(with_everything(rows))


def missing(rows: Iterable[ChannelTerm], channels: Sequence[str], *, pay_online: bool) -> tuple[list[str], bool]:
    """Which of `channels` a version lacks, and whether paying online has to be allowed somewhere. Pure."""
    listed = list(rows)
    has = {row.channel for row in listed}
    return [channel for channel in channels if channel not in has], pay_online and any(not row.pay_online for row in listed)


def open_channels(procedures: Sequence[Procedure], wanted: Wanted, *, actor: User | None) -> list[Changed]:
    """Open what is missing in procedures from `claimed`, whose version has at least one channel. A fixed number of queries."""
    return _renewed(procedures, [_opened_rows(procedure, wanted) for procedure in procedures], "channels_opened", wanted, actor)


def _opened_rows(procedure: Procedure, wanted: Wanted) -> list[ChannelTerm]:
    old = list(procedure.current.channels.all()) if procedure.current is not None else []
    model = lender(old)
    rows = [_copied(row, pay_online=row.pay_online or wanted.pay_online) for row in old]
    if model is not None:
        paid = model.pay_online or wanted.pay_online
        lacks, _pays = missing(old, wanted.channels, pay_online=False)
        rows += [lent(model, model.version, channel, under=wanted.under[:120], pay_online=paid) for channel in lacks]
    return sorted(rows, key=lambda row: Channel.values.index(row.channel))


def _copied(row: ChannelTerm, *, pay_online: bool) -> ChannelTerm:
    return lent(row, row.version, row.channel, under=row.opened_under, pay_online=pay_online)


def restore_channels(procedures: Sequence[Procedure], before: Sequence[ProcedureVersion], wanted: Wanted, *,
                     actor: User | None) -> list[Changed]:
    """Give procedures the channels of an earlier version back, in a new version from today; papers stay as they are now."""
    rows = [[_copied(row, pay_online=row.pay_online) for row in version.channels.all()] for version in before]
    return _renewed(procedures, rows, "channels_closed", wanted, actor)


def same_beside(before: ProcedureVersion, after: ProcedureVersion, opened: Iterable[str]) -> bool:
    """Whether only the opened channels and online payment tell two versions apart, as far as terms and fees go."""
    added = set(opened)
    return _plain(before, set()) == _plain(after, added)


def _plain(version: ProcedureVersion, without: set[str]) -> set[tuple[Any, ...]]:
    return {(row.channel, row.amount, row.unit, row.fee_amount, row.fee_currency) for row in version.channels.all()
            if row.channel not in without}


def _renewed(procedures: Sequence[Procedure], terms: Sequence[Sequence[ChannelTerm]], verb: str, wanted: Wanted,
             actor: User | None) -> list[Changed]:
    """New versions from today with the given terms, in bulk; the versions before end yesterday."""
    today = clock.today()
    pairs = [(procedure, procedure.current) for procedure in procedures if procedure.current is not None]
    made = [ProcedureVersion(procedure=procedure, number=old.number + 1, valid_from=today, **{name: getattr(old, name) for name in KEPT})
            for procedure, old in pairs]
    ProcedureVersion.objects.bulk_create(made)
    for version, rows in zip(made, terms, strict=True):
        for row in rows:
            row.version = version
    ChannelTerm.objects.bulk_create([row for rows in terms for row in rows])
    Paper.objects.bulk_create([copy_of(paper, version) for (_procedure, old), version in zip(pairs, made, strict=True)
                               for paper in old.papers.all()])
    for (procedure, old), version in zip(pairs, made, strict=True):
        old.valid_to = max(old.valid_from, today - timedelta(days=1))
        procedure.current = version
    ProcedureVersion.objects.bulk_update([old for _procedure, old in pairs], ["valid_to"])
    Procedure.objects.bulk_update([procedure for procedure, _old in pairs], ["current"])
    ProcedureEvent.objects.bulk_create([_event(procedure, verb, wanted, actor) for procedure, _old in pairs])
    return [Changed(procedure, old, version) for (procedure, old), version in zip(pairs, made, strict=True)]


def _event(procedure: Procedure, verb: str, wanted: Wanted, actor: User | None) -> ProcedureEvent:
    made = event(procedure, verb, actor=actor, label="" if actor else LABEL,
                 data={"channels": list(wanted.channels), "pay_online": wanted.pay_online, **wanted.data})
    made.legal_basis = wanted.under
    return made
