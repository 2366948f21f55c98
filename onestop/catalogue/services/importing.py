"""The import of the national catalogue: streaming, in batches, idempotent; a bad line never stops the rest."""
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from onestop.catalogue.models import ChannelTerm, Procedure, ProcedureEvent, ProcedureVersion, ReviewItem
from onestop.catalogue.national import BadLine, Parsed, parse_line
from onestop.catalogue.policies import can_manage
from onestop.catalogue.services.versions import begin_version, derive, event, settled_form, term_rows, with_everything
from onestop.catalogue.states import FEE_PROBLEMS
from onestop.people.models import User
from onestop.transitions import Refused

BATCH = 400
LABEL = "Người vận hành (lệnh import_procedures)"


@dataclass(frozen=True)
class Finding:
    """One line of the report: what about which line, and why. Problem 'rejected': the line was not taken in."""

    line: int
    code: str
    outcome: str
    field: str = ""
    problem: str = ""
    channel: str = ""
    raw: str = ""


@dataclass
class Report:
    """What an import did."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    procedures_to_review: int = 0
    fees_not_stated: int = 0
    rejected: list[Finding] = field(default_factory=list)
    to_review: list[Finding] = field(default_factory=list)

    @property
    def taken(self) -> int:
        return self.created + self.updated + self.unchanged

    @property
    def problems(self) -> Counter[str]:
        return Counter(finding.problem for finding in self.to_review)


@dataclass(frozen=True)
class Taken:
    """A line that could be read."""

    line: int
    parsed: Parsed


def import_procedures(path: Path | str, *, actor: User | None = None, say: Callable[[str], None] | None = None) -> Report:
    """Take in a file of the national format, one JSON object a line.

    `actor` None is the operator at the machine. The first version of a procedure counts as valid from the model's
    default day, a changed one gets a new version from today; settled answers stay as long as what they answered stays.
    Raises Refused('forbidden') and OSError.
    """
    if actor is not None and not can_manage(actor):
        raise Refused("forbidden", _("Chỉ quản trị hệ thống được nhập danh mục thủ tục."), status=403)
    report = Report()
    batch: list[Taken] = []
    for taken in read(Path(path), report):
        batch.append(taken)
        if len(batch) == BATCH:
            store(batch, report, actor)
            batch = []
            if say is not None:
                say(_("… đã nhận %(count)s thủ tục") % {"count": report.taken})
    store(batch, report, actor)
    return report


def read(path: Path, report: Report) -> Iterator[Taken]:
    """The lines that can be read; the others go to the report with their number."""
    first: dict[str, int] = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                parsed = parse_line(line)
                if parsed.code in first:
                    raise BadLine("ma_thu_tuc", f"trùng mã với dòng {first[parsed.code]}", parsed.code)
            except BadLine as bad:
                report.rejected.append(Finding(number, bad.code, "rejected", bad.field, "rejected", raw=bad.why))
                continue
            first[parsed.code] = number
            yield Taken(number, parsed)


def store(batch: list[Taken], report: Report, actor: User | None) -> None:
    """Write a batch; when the database refuses it, write its lines one by one and report those that fail."""
    if not batch:
        return
    try:
        store_together(batch, report, actor)
    except (DataError, IntegrityError) as error:
        if len(batch) == 1:
            report.rejected.append(Finding(batch[0].line, batch[0].parsed.code, "rejected", "", "rejected", raw=str(error)[:200]))
            return
        for taken in batch:
            store([taken], report, actor)


@transaction.atomic
def store_together(batch: list[Taken], report: Report, actor: User | None) -> None:
    """Write a batch in one transaction and add it to the report."""
    codes = [taken.parsed.code for taken in batch]
    known = {item.code: item for item in with_everything(Procedure.objects.select_for_update(of=("self",)).filter(code__in=codes))}
    new = [taken for taken in batch if taken.parsed.code not in known]
    changed = [taken for taken in batch if taken.parsed.code in known and is_changed(known[taken.parsed.code], taken.parsed)]
    create(new, actor)
    for taken in changed:
        renew(known[taken.parsed.code], taken, actor)
    open_items = ReviewItem.objects.open().filter(procedure__code__in=codes).select_related("procedure")
    count(batch, report, created=len(new), updated=len(changed), open_items=list(open_items))


def is_changed(procedure: Procedure, parsed: Parsed) -> bool:
    """Whether the source says something else than the current version was made from."""
    return procedure.current is None or procedure.current.source_digest != parsed.digest


def count(batch: list[Taken], report: Report, *, created: int, updated: int, open_items: list[ReviewItem]) -> None:
    """Add a written batch to the report."""
    lines = {taken.parsed.code: taken.line for taken in batch}
    report.created += created
    report.updated += updated
    report.unchanged += len(batch) - created - updated
    report.procedures_to_review += len({item.procedure_id for item in open_items})
    report.fees_not_stated += sum(fees_not_stated(taken.parsed) for taken in batch)
    report.to_review.extend(
        Finding(lines[item.procedure.code], item.procedure.code, "needs_review", item.field_name, item.problem, item.channel, item.raw)
        for item in open_items)


def fees_not_stated(parsed: Parsed) -> int:
    """Channels whose fee the source leaves out; one that it states badly is a trouble instead."""
    bad = {trouble.channel for trouble in parsed.troubles if trouble.problem in FEE_PROBLEMS}
    return sum(term.fee_amount is None and term.channel not in bad for term in parsed.terms)


def create(new: list[Taken], actor: User | None) -> None:
    """New procedures with their first version, terms, open items and one event each."""
    procedures = [filled(Procedure(code=taken.parsed.code), taken.parsed) for taken in new]
    for procedure, taken in zip(procedures, new, strict=True):
        derive(procedure, items_of(procedure, taken))
    Procedure.objects.bulk_create(procedures)
    versions = [ProcedureVersion(procedure=procedure, number=1, **facts(taken.parsed))
                for procedure, taken in zip(procedures, new, strict=True)]
    ProcedureVersion.objects.bulk_create(versions)
    ChannelTerm.objects.bulk_create([row for version, taken in zip(versions, new, strict=True)
                                     for row in term_rows(version, taken.parsed.terms)])
    ReviewItem.objects.bulk_create([item for procedure, taken in zip(procedures, new, strict=True)
                                    for item in items_of(procedure, taken)])
    for procedure, version in zip(procedures, versions, strict=True):
        procedure.current = version
    Procedure.objects.bulk_update(procedures, ["current"])
    ProcedureEvent.objects.bulk_create([event(procedure, "imported", actor=actor, label=label(actor), data={"line": taken.line})
                                        for procedure, taken in zip(procedures, new, strict=True)])


def renew(procedure: Procedure, taken: Taken, actor: User | None) -> None:
    """A changed procedure: a new version, its items compared with what was settled before."""
    before, parsed = procedure.state, taken.parsed
    old_source = procedure.current.source if procedure.current is not None else {}
    items = compared_items(procedure, taken)
    filled(procedure, parsed)
    settled = settled_form(parsed, items)
    procedure.name, procedure.levels = settled.name, list(settled.levels)
    begin_version(procedure, terms=settled.terms, **facts(parsed))
    derive(procedure, items)
    procedure.save(update_fields=["name", "search_text", "field", "levels", "authority", "kind", "state", "current"])
    differs = sorted(key for key in {*old_source, *parsed.source} if old_source.get(key) != parsed.source.get(key))
    event(procedure, "updated", actor=actor, label=label(actor), before=before, data={"line": taken.line, "changed": differs}).save()


def compared_items(procedure: Procedure, taken: Taken) -> list[ReviewItem]:
    """The items as the changed line has them: the same trouble keeps its answer, a new one opens, a gone one goes."""
    old = {item.key: item for item in procedure.review_items.all()}
    wanted = {item.key: item for item in items_of(procedure, taken)}
    ReviewItem.objects.filter(pk__in=[item.pk for key, item in old.items() if key not in wanted]).delete()
    kept = [item for key, item in old.items() if key in wanted]
    ReviewItem.objects.filter(pk__in=[item.pk for item in kept]).update(line=taken.line)
    opened = ReviewItem.objects.bulk_create([item for key, item in wanted.items() if key not in old])
    return kept + opened


def items_of(procedure: Procedure, taken: Taken) -> list[ReviewItem]:
    """Unsaved open items for what is wrong with a line."""
    return [ReviewItem(procedure=procedure, channel=trouble.channel, line=taken.line, field_name=trouble.field,
                       problem=trouble.problem, raw=trouble.raw) for trouble in taken.parsed.troubles]


def filled(procedure: Procedure, parsed: Parsed) -> Procedure:
    """The procedure with what a line says; flags are not in the source and stay as an administrator set them."""
    procedure.name, procedure.levels = parsed.name, list(parsed.levels)
    procedure.field, procedure.authority, procedure.kind = parsed.field, parsed.authority, parsed.kind
    return procedure


def facts(parsed: Parsed) -> dict[str, object]:
    """What a line says about the version."""
    return {"decision": parsed.decision, "applicants": list(parsed.applicants), "result": parsed.result,
            "source_digest": parsed.digest, "source": parsed.source}


def label(actor: User | None) -> str:
    """Who is named in the history."""
    return str(actor) if actor is not None else LABEL
