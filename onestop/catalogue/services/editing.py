"""What an administrator sets by hand: flags, the cut-off time, the list of papers."""
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import time
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from onestop.catalogue.models import Paper, Procedure, ProcedureVersion
from onestop.catalogue.services.review import given_reason, require_manager
from onestop.catalogue.services.versions import begin_version, event, may_change_in_place, stored_terms, with_everything
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

FLAGS = ("presence_required", "field_verification", "urgent", "sensitive")
MOST_PAPERS = 40
MOST_COPIES = 20


@dataclass(frozen=True)
class PaperLine:
    """One paper as it is to be asked for: how many originals, certified copies and plain copies."""

    name: str
    originals: int = 0
    certified: int = 0
    copies: int = 0
    required: bool = True


def _claimed(procedure_id: int) -> Procedure:
    locked = Procedure.objects.select_for_update(of=("self",)).filter(pk=procedure_id)
    found = with_everything(locked).first()
    if found is None or found.current is None:
        raise Refused("not_found", _("Không tìm thấy thủ tục này."), status=404)
    return found


def editable_version(procedure: Procedure) -> ProcedureVersion:
    """The current version, or a copy of it from today where dossiers may rest on it (rules.md 2)."""
    if procedure.current is not None and may_change_in_place(procedure):
        return procedure.current
    version = begin_version(procedure, terms=sorted(stored_terms(procedure.current), key=lambda term: term.channel)
                            if procedure.current is not None else [])
    procedure.save(update_fields=["current"])
    return version


@transaction.atomic
def set_flags(*, actor: User, procedure_id: int, flags: Mapping[str, bool], cutoff_time: time | None, reason: str) -> Procedure:
    """Set the four flags and the hour after which the result comes a working day later. Nothing changed, nothing written.

    Flags are about the procedure and hold at once; the cut-off belongs to the version and holds for dossiers from today.
    Raises Refused: forbidden, not_found, reason_missing.
    """
    require_manager(actor)
    procedure = _claimed(procedure_id)
    changes: dict[str, Any] = {name: bool(flags[name]) for name in FLAGS
                               if name in flags and bool(flags[name]) != getattr(procedure, name)}
    cutoff_before = procedure.current.cutoff_time if procedure.current is not None else None
    if not changes and cutoff_time == cutoff_before:
        return procedure
    why = given_reason(reason)
    for name, value in changes.items():
        setattr(procedure, name, value)
    procedure.save(update_fields=[*changes])
    if cutoff_time != cutoff_before:
        version = editable_version(procedure)
        version.cutoff_time = cutoff_time
        version.save(update_fields=["cutoff_time"])
        changes["cutoff_time"] = cutoff_time.isoformat("minutes") if cutoff_time else None
    event(procedure, "flags_changed", actor=actor, before=procedure.state, reason=why, data=changes).save()
    return procedure


@transaction.atomic
def set_papers(*, actor: User, procedure_id: int, papers: Sequence[PaperLine], reason: str) -> Procedure:
    """Replace the list of papers, in the given order; the same list again changes nothing.

    Raises Refused: forbidden, not_found, bad_papers, reason_missing.
    """
    require_manager(actor)
    procedure = _claimed(procedure_id)
    wanted = [checked_paper(paper) for paper in papers]
    if len(wanted) > MOST_PAPERS:
        raise _bad_papers(_("Danh sách có tối đa %(most)s giấy tờ.") % {"most": MOST_PAPERS})
    if procedure.current is not None and wanted == [line_of(paper) for paper in procedure.current.papers.all()]:
        return procedure
    why = given_reason(reason)
    version = editable_version(procedure)
    version.papers.all().delete()
    Paper.objects.bulk_create([Paper(version=version, position=position, **asdict(paper)) for position, paper in enumerate(wanted, 1)])
    data = {"papers": [asdict(paper) for paper in wanted]}
    event(procedure, "papers_changed", actor=actor, before=procedure.state, reason=why, data=data).save()
    return procedure


def line_of(paper: Paper) -> PaperLine:
    """A stored paper as a PaperLine."""
    return PaperLine(paper.name, paper.originals, paper.certified, paper.copies, paper.required)


def checked_paper(paper: PaperLine) -> PaperLine:
    """The paper in its stored form. Raises Refused('bad_papers')."""
    name = clean(paper.name)
    if not name or len(name) > 400:
        raise _bad_papers(_("Mỗi giấy tờ cần có tên, tối đa 400 ký tự."))
    if any(not 0 <= number <= MOST_COPIES for number in (paper.originals, paper.certified, paper.copies)):
        raise _bad_papers(_("Số bản của mỗi giấy tờ là từ 0 đến %(most)s.") % {"most": MOST_COPIES})
    return PaperLine(name, paper.originals, paper.certified, paper.copies, paper.required)


def _bad_papers(sentence: str) -> Refused:
    return Refused("bad_papers", sentence, fields={"papers": [sentence]})
