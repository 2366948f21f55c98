"""What import, review and editing share: making versions and working a procedure out again from source and answers."""
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet

from onestop import clock
from onestop.catalogue.answers import Answer, Settled, settle
from onestop.catalogue.models import (
    ChannelTerm,
    Paper,
    Procedure,
    ProcedureEvent,
    ProcedureVersion,
    ReviewItem,
    search_text_of,
)
from onestop.catalogue.national import Parsed, Term, Trouble, parse
from onestop.catalogue.states import Channel, ReviewState
from onestop.people.models import User

DERIVED = ["name", "levels", "search_text", "state", "current"]


def with_everything(procedures: QuerySet[Procedure]) -> QuerySet[Procedure]:
    """Procedures with their current version, its terms, and their review items, in four queries."""
    return procedures.select_related("current").prefetch_related(
        "current__channels", "current__papers", Prefetch("review_items", ReviewItem.objects.order_by("pk")))


def event(procedure: Procedure, verb: str, *, actor: User | None, label: str = "", before: str = "", reason: str = "",
          data: dict[str, Any] | None = None) -> ProcedureEvent:
    """An unsaved row of a procedure's history."""
    return ProcedureEvent(subject=procedure, verb=verb, actor=actor, actor_label=label or str(actor or ""), from_state=before,
                          to_state=procedure.state, reason=reason, data=data or {})


def term_rows(version: ProcedureVersion, terms: Iterable[Term]) -> list[ChannelTerm]:
    """Unsaved rows of terms."""
    return [ChannelTerm(version=version, channel=term.channel, amount=term.amount, unit=term.unit, fee_amount=term.fee_amount,
                        fee_currency=term.fee_currency) for term in terms]


def stored_terms(version: ProcedureVersion) -> set[Term]:
    """The catalogue's own terms of a version as the pure modules speak of them, without what letters opened."""
    return {Term(row.channel, row.amount, row.unit, row.fee_amount, row.fee_currency) for row in version.channels.all()
            if not row.opened_under}


def channel_rows(version: ProcedureVersion, terms: Iterable[Term], before: ProcedureVersion | None) -> list[ChannelTerm]:
    """Unsaved rows of terms, and what was decided here rather than in the national catalogue, carried over from the version
    before: channels that a letter opened, with the new counter's term and fee, and where a fee may be paid online."""
    rows = term_rows(version, terms)
    old = {row.channel: row for row in before.channels.all()} if before is not None else {}
    for row in rows:
        row.pay_online = old[row.channel].pay_online if row.channel in old else row.pay_online
    has = {row.channel for row in rows}
    kept = [row for row in old.values() if row.opened_under and row.channel not in has]
    model = lender(rows)
    rows += [lent(model or row, version, row.channel, under=row.opened_under, pay_online=row.pay_online) for row in kept]
    return sorted(rows, key=lambda row: Channel.values.index(row.channel))


def lender(rows: Iterable[ChannelTerm]) -> ChannelTerm | None:
    """Whose term and fee an opened channel takes: the counter's, else whichever there is."""
    by_channel = {row.channel: row for row in rows}
    return by_channel.get(Channel.IN_PERSON) or next(iter(by_channel.values()), None)


def lent(row: ChannelTerm, version: ProcedureVersion, channel: str, *, under: str, pay_online: bool) -> ChannelTerm:
    """The same term and fee for another channel of a version, unsaved."""
    return ChannelTerm(version=version, channel=channel, amount=row.amount, unit=row.unit, fee_amount=row.fee_amount,
                       fee_currency=row.fee_currency, pay_online=pay_online, opened_under=under)


def begin_version(procedure: Procedure, *, terms: Iterable[Term], **facts: Any) -> ProcedureVersion:
    """A new version from today; papers, cut-off and what letters opened are those of the one before, which ends yesterday.

    The caller saves `procedure.current`. A dossier received before keeps the old version (rules.md 2).
    """
    before = procedure.current
    today = clock.today()
    kept = {} if before is None else {
        "cutoff_time": before.cutoff_time, "decision": before.decision, "applicants": before.applicants, "result": before.result,
        "source": before.source, "source_digest": before.source_digest}
    number = 1 if before is None else before.number + 1
    version = ProcedureVersion.objects.create(procedure=procedure, number=number, valid_from=today, **{**kept, **facts})
    ChannelTerm.objects.bulk_create(channel_rows(version, terms, before))
    if before is not None:
        Paper.objects.bulk_create([copy_of(paper, version) for paper in before.papers.all()])
        before.valid_to = max(before.valid_from, today - timedelta(days=1))
        before.save(update_fields=["valid_to"])
    procedure.current = version
    return version


def copy_of(paper: Paper, version: ProcedureVersion) -> Paper:
    """The same paper in another version, unsaved."""
    return Paper(version=version, position=paper.position, name=paper.name, originals=paper.originals, certified=paper.certified,
                 copies=paper.copies, required=paper.required)


def may_change_in_place(procedure: Procedure) -> bool:
    """Whether nobody can have relied on the current version: it was not usable, or began today."""
    return not procedure.is_usable() or procedure.current is None or procedure.current.valid_from >= clock.today()


def settled_form(parsed: Parsed, items: Iterable[ReviewItem]) -> Settled:
    """The procedure with the answers that stand."""
    answers: list[tuple[Trouble, Answer]] = [
        (Trouble(item.field_name, item.problem, item.channel, item.raw), item.answer)
        for item in items if item.settled_at is not None and item.answer]
    return settle(parsed, answers)


def rebuild(procedures: Iterable[Procedure]) -> None:
    """Work procedures (from `with_everything`) out again from their source and the answers that stand, and store them."""
    stale: list[ProcedureVersion] = []
    fresh: list[ChannelTerm] = []
    changed = list(procedures)
    for procedure in changed:
        version = procedure.current
        if version is not None and version.source:
            settled = settled_form(parse(version.source), procedure.review_items.all())
            if set(settled.terms) != stored_terms(version):
                if may_change_in_place(procedure):
                    stale.append(version)
                    fresh.extend(channel_rows(version, settled.terms, version))
                else:
                    begin_version(procedure, terms=settled.terms)
            procedure.name, procedure.levels = settled.name, list(settled.levels)
        derive(procedure, procedure.review_items.all())
    ChannelTerm.objects.filter(version__in=stale).delete()
    ChannelTerm.objects.bulk_create(fresh, batch_size=500)
    Procedure.objects.bulk_update(changed, DERIVED, batch_size=200)


def derive(procedure: Procedure, items: Iterable[ReviewItem]) -> None:
    """Set what follows from the rest: the search text, and the state (a retired procedure stays retired)."""
    procedure.search_text = search_text_of(procedure.code, procedure.name, procedure.field)
    if procedure.state != ReviewState.RETIRED:
        still_open = any(item.settled_at is None for item in items)
        procedure.state = ReviewState.NEEDS_REVIEW if still_open else ReviewState.READY
