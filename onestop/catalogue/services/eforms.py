"""The electronic form of a procedure: draft, change, publish, copy, import. What was published never changes."""
from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from onestop import clock
from onestop.catalogue import eforms
from onestop.catalogue.models import EForm, EFormVersion, Procedure
from onestop.catalogue.policies import can_change_eform
from onestop.catalogue.services.review import require_manager
from onestop.catalogue.services.versions import event
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

LONGEST_NOTE = 255
TOLD = 20  # problems in one refusal


@transaction.atomic
def draft(*, actor: User, procedure_id: int) -> EFormVersion:
    """The draft of a procedure's form: the one there is, else a new one that begins as the published version.

    Raises Refused: forbidden, not_found.
    """
    require_manager(actor)
    procedure = _claimed(procedure_id)
    form, _made = EForm.objects.select_related("published").get_or_create(procedure=procedure)
    found = form.versions.filter(published_at__isnull=True).first()
    if found is not None:
        return found
    schema = form.published.schema if form.published is not None else eforms.empty()
    number = (form.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    version = EFormVersion.objects.create(eform=form, number=number, schema=schema, made_by=actor)
    event(procedure, "eform_drafted", actor=actor, before=procedure.state, data={"number": number}).save()
    return version


@transaction.atomic
def change(*, actor: User, version_id: int, schema: eforms.Schema, revision: int, what: str = "") -> EFormVersion:
    """Store a draft's schema. `revision` is the one that the change was made on; `what` says for the history what was done.

    The same schema again changes nothing. Raises Refused: forbidden, not_found, form_published (409), older_page (409: somebody
    changed the draft meanwhile), bad_form (with the problems).
    """
    version = _draft_of(actor, version_id)
    wanted = _checked(schema)
    if wanted == version.schema:
        return version
    return _stored(actor, version, wanted, revision, "eform_changed", clean(what)[:200])


def _stored(actor: User, version: EFormVersion, schema: eforms.Schema, revision: int, verb: str, what: str) -> EFormVersion:
    rows = EFormVersion.objects.filter(pk=version.pk, revision=revision, published_at__isnull=True)
    if not rows.update(schema=schema, revision=F("revision") + 1, made_by=actor, made_at=clock.now()):
        sentence = _("Người khác vừa sửa bản soạn này. Nội dung bạn nhập vẫn còn; hãy xem lại rồi lưu lần nữa.")
        raise Refused("older_page", sentence, status=409)
    version.refresh_from_db()
    procedure = version.eform.procedure
    event(procedure, verb, actor=actor, before=procedure.state, reason=what,
          data={"number": version.number, "revision": version.revision}).save()
    return version


@transaction.atomic
def publish(*, actor: User, version_id: int, revision: int, note: str = "") -> EFormVersion:
    """Make a draft the form that citizens fill in from now on; dossiers and older versions keep what they have.

    A version that is published already stays as it is. Raises Refused: forbidden, not_found, older_page (409), bad_form (with
    the problems), nothing_changed (409: the same as the published version).
    """
    require_manager(actor)
    version = _claimed_version(version_id)
    if not version.is_draft():
        return version
    form, procedure = version.eform, version.eform.procedure
    papers = list(procedure.current.papers.values_list("position", flat=True)) if procedure.current is not None else []
    _refuse([eforms.problem_text(version.schema, problem) for problem in eforms.check(version.schema, papers=papers)])
    if form.published is not None and form.published.schema == version.schema:
        raise Refused("nothing_changed", _("Bản soạn giống hệt bản đang dùng, không có gì để công bố."), status=409)
    rows = EFormVersion.objects.filter(pk=version.pk, revision=revision, published_at__isnull=True)
    if not rows.update(published_at=clock.now(), published_by=actor, note=clean(note)[:LONGEST_NOTE]):
        raise Refused("older_page", _("Người khác vừa sửa bản soạn này. Hãy xem lại rồi công bố."), status=409)
    form.published = version
    form.save(update_fields=["published"])
    version.refresh_from_db()
    event(procedure, "eform_published", actor=actor, before=procedure.state, reason=version.note, data={"number": version.number}).save()
    return version


@transaction.atomic
def discard(*, actor: User, version_id: int, revision: int) -> None:
    """Throw a draft away; the published version stays in use. Twice is harmless. Raises Refused: forbidden, form_published, older_page."""
    require_manager(actor)
    if not EFormVersion.objects.filter(pk=version_id).exists():
        return
    version = _draft_of(actor, version_id)
    number, procedure = version.number, version.eform.procedure
    deleted, _rows = EFormVersion.objects.filter(pk=version.pk, revision=revision, published_at__isnull=True).delete()
    if not deleted:
        raise Refused("older_page", _("Người khác vừa sửa bản soạn này. Hãy xem lại trước khi bỏ."), status=409)
    event(procedure, "eform_discarded", actor=actor, before=procedure.state, data={"number": number}).save()


@transaction.atomic
def withdraw(*, actor: User, procedure_id: int, reason: str) -> None:
    """Take the published form out of use: citizens hand in without it. Twice is harmless. Raises Refused: forbidden, not_found."""
    require_manager(actor)
    procedure = _claimed(procedure_id)
    form = EForm.objects.select_related("published").filter(procedure=procedure, published__isnull=False).first()
    if form is None or form.published is None:
        return
    number, form.published = form.published.number, None
    form.save(update_fields=["published"])
    event(procedure, "eform_withdrawn", actor=actor, before=procedure.state, reason=clean(reason)[:2000], data={"number": number}).save()


@transaction.atomic
def copy_from(*, actor: User, version_id: int, source_code: str, revision: int) -> EFormVersion:
    """Fill a draft with the published form of another procedure. Raises Refused as change(), and 'no_form' where that has none."""
    version = _draft_of(actor, version_id)
    source = EForm.objects.select_related("published", "procedure").filter(
        procedure__code=clean(source_code)[:40], published__isnull=False).first()
    if source is None or source.published is None:
        sentence = _("Thủ tục này không có, hoặc chưa có biểu mẫu đang dùng.")
        raise Refused("no_form", sentence, fields={"source": [sentence]})
    if source.published.schema == version.schema:
        return version
    return _stored(actor, version, source.published.schema, revision, "eform_copied", source.procedure.code)


@transaction.atomic
def import_form(*, actor: User, version_id: int, data: bytes, revision: int, name: str = "") -> EFormVersion:
    """Fill a draft with the form of a JSON file. Raises Refused as change(); 'bad_form' names every problem with its place."""
    version = _draft_of(actor, version_id)
    schema, problems = eforms.imported(data)
    _refuse([str(problem) for problem in problems])
    if schema is None or schema == version.schema:
        return version
    return _stored(actor, version, schema, revision, "eform_imported", clean(name)[:200])


def _claimed(procedure_id: int) -> Procedure:
    found = Procedure.objects.select_for_update(of=("self",)).filter(pk=procedure_id).first()
    if found is None:
        raise Refused("not_found", _("Không tìm thấy thủ tục này."), status=404)
    return found


def _claimed_version(version_id: int) -> EFormVersion:
    rows = EFormVersion.objects.select_for_update(of=("self",)).select_related("eform__procedure__current", "eform__published")
    found = rows.filter(pk=version_id).first()
    if found is None:
        raise Refused("not_found", _("Không tìm thấy bản biểu mẫu này. Có thể bản soạn đã được bỏ."), status=404)
    return found


def _draft_of(actor: User, version_id: int) -> EFormVersion:
    require_manager(actor)
    version = _claimed_version(version_id)
    if not can_change_eform(actor, version):
        raise Refused("form_published", _("Bản đã công bố không sửa được. Hãy soạn phiên bản mới."), status=409)
    return version


def _checked(schema: Any) -> eforms.Schema:
    """A draft's schema as it is stored. Raises Refused('bad_form')."""
    problems = eforms.check(schema, draft=True)
    _refuse([eforms.problem_text(schema, problem) for problem in problems])
    return eforms.normal(schema)


def _refuse(sentences: list[str]) -> None:
    if sentences:
        raise Refused("bad_form", _("Biểu mẫu chưa dùng được. %(problem)s") % {"problem": sentences[0]},
                      fields={"schema": sentences[:TOLD]})
