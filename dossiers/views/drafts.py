"""A citizen fills the form of a procedure in: kept as a draft on the way, checked before handing in, handed in once."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossiers import counting, flooding, prechecks, tracking
from dossiers.forms import ENDINGS, SubmitForm
from dossiers.models import Draft
from dossiers.services import applicants, drafts, files, intake
from dossiers.views.filing import (
    MOST_KEPT,
    SUBMITTED_KEY,
    choose_office,
    draft_key,
    own_key,
    remember_draft,
    secret_here,
)
from onestop import clock
from onestop.access import limited, problem_page, take_refusal, times_seen
from onestop.catalogue import eforms
from onestop.catalogue.models import EFormVersion, Procedure
from onestop.catalogue.queries import does, published
from onestop.catalogue.states import Channel
from onestop.guide.channels import channel_options
from onestop.offices.models import Office
from onestop.people import shown
from onestop.people.words import clean, phone_number, row_id
from onestop.transitions import Refused

FORM_ANSWER = "a_"  # how the names of a form's own fields begin
MOST_NAMES = 1000
LINKS_A_DAY, DAY = 5, 86400  # to one phone or address, whoever asks


@dataclass(frozen=True)
class Place:
    """What is filled in, and where; the draft it is kept in, if there is one."""

    procedure: Procedure
    office: Office
    form_version: EFormVersion | None
    draft: Draft | None = None
    token: str = ""

    @property
    def address(self) -> str:
        """The page on which this is filled in."""
        if self.token:
            return reverse("dossiers:draft", args=[self.token])
        return f"{reverse('dossiers:submit', args=[self.procedure.code])}?don_vi={self.office.code}"


@dataclass
class Told:
    """What the page says besides the form."""

    status: int = 200
    answer_errors: dict[str, list[str]] = field(default_factory=dict)
    newer: Draft | None = None
    raw: Any = None  # the answers with a row more or less
    revision: int | None = None  # the version that this window began with, where nothing was saved


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("dossier_submit", "40/h")
def submit(request: HttpRequest, code: str) -> HttpResponse:
    """One page: who, what, files, how the result comes back. Without an office: choose one first."""
    procedure = get_object_or_404(Procedure.objects.select_related("current"), code=code)
    office = Office.objects.active_on(clock.today()).filter(code=clean(request.GET.get("don_vi", ""))).first()
    if office is None or not does(office, procedure):
        return choose_office(request, procedure)
    return fill(request, Place(procedure, office, published(procedure)))


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("dossier_draft", "1200/h")
def draft(request: HttpRequest, token: str) -> HttpResponse:
    """The same page on a draft, found by its link."""
    found = drafts.find(token)
    if found is None or found.office is None:
        return problem_page(request, 404, _("Bản nháp này đã hết hạn hoặc đã xóa."), code="draft_gone")
    if found.dossier is not None:
        if secret_here(request, found.dossier.reference) is not None:
            return redirect("dossiers:submitted", found.dossier.reference)
        sentence = _("Hồ sơ từ bản nháp này đã được nộp. Vui lòng tra cứu bằng mã hồ sơ đã nhận.")
        return problem_page(request, 409, sentence, code="draft_sent")
    return fill(request, Place(found.procedure, found.office, published(found.procedure), found, clean(token).upper()))


def fill(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the form; on POST do what the pressed button says: save, check, change rows, send the link, throw away, hand in."""
    papers = list(place.procedure.current.papers.all()) if place.procedure.current else []
    if request.method != "POST":
        return page(request, place, opened(place, papers), Told())
    form = SubmitForm(request.POST, request.FILES, papers=papers)
    keep_files(request, form)
    autosaved = request.headers.get("X-Autosave") == "1"
    verb = "luu" if autosaved else request.POST.get("viec", "nop")
    if not autosaved and request.POST.get("form_rows") and place.form_version is not None:
        raw = eforms.change_rows(place.form_version.schema, request.POST, request.POST["form_rows"])
        return page(request, place, form.without_judgement(), Told(raw=raw, revision=row_id(request.POST.get("revision"))))
    if verb == "nop" and place.draft is None:
        return hand_in(request, place, form)
    try:
        place = kept(request, place, form)
    except Refused as refusal:
        return refused(request, place, form, refusal, autosaved)
    if autosaved:
        return saved_json(place)
    return AFTER.get(verb, hand_in)(request, place, form)


def opened(place: Place, papers: list[Any]) -> SubmitForm:
    """The empty form, or the draft as it was typed."""
    if place.draft is None:
        return SubmitForm(papers=papers)
    data = QueryDict(mutable=True)
    for name, texts in place.draft.values.items():
        data.setlist(name, texts)
    return SubmitForm(data, papers=papers).without_judgement()


def keep_files(request: HttpRequest, form: SubmitForm) -> None:
    """Store what was sent before anything else is checked, so that an error elsewhere loses no file."""
    for paper in form.paper_list:
        file = request.FILES.get(f"file_{paper.position}")
        if file is None:
            continue
        try:
            stored = files.store_upload(file)
            form.keep(paper.position, stored.token, stored.upload.name)
        except Refused as refusal:
            form.add_error(f"file_{paper.position}", f"{file.name}: {refusal.sentence}")


def values_of(form: SubmitForm) -> dict[str, list[str]]:
    """What was typed, as it was typed, by the names of this form and of the procedure's."""
    names = [name for name in form.data if name in form.fields or name.startswith(FORM_ANSWER)][:MOST_NAMES]
    data = form.data if isinstance(form.data, QueryDict) else QueryDict()
    return {name: data.getlist(name) for name in names if name != "submission_key" and not name.startswith("file_")}


def kept(request: HttpRequest, place: Place, form: SubmitForm) -> Place:
    """The form kept in its draft; a new draft where there was none. Raises Refused as drafts.store()."""
    values, uploads = values_of(form), [item.token for item in form.attached()]
    if place.draft is None:
        begun = drafts.begin(procedure=place.procedure, office=place.office, values=values, upload_tokens=uploads,
                             form_version=place.form_version, language=get_language() or "vi")
        remember_draft(request, begun.draft)
        return replace(place, draft=begun.draft, token=begun.token)
    saved = drafts.store(draft=place.draft, values=values, revision=row_id(request.POST.get("revision")), upload_tokens=uploads,
                         form_version=place.form_version)
    remember_draft(request, saved)
    return replace(place, draft=saved)


def refused(request: HttpRequest, place: Place, form: SubmitForm, refusal: Refused, autosaved: bool) -> HttpResponse:
    """Nothing was saved: say why, keep what was typed on the page. A newer draft is shown beside it."""
    newer = refusal.draft if isinstance(refusal, drafts.OlderTab) else None
    if autosaved:
        told = {"sentence": str(refusal.sentence), "code": refusal.code, "revision": newer.revision if newer else None}
        return JsonResponse(told, status=refusal.status)
    form.without_judgement()
    if newer is None:
        take_refusal(form, refusal)
    mine = None if newer else row_id(request.POST.get("revision"))
    return page(request, replace(place, draft=newer or place.draft), form, Told(status=refusal.status, newer=newer, revision=mine))


def saved_json(place: Place) -> HttpResponse:
    """The answer to the page's own saving: where the draft is, and which version it now has."""
    saved = place.draft
    if saved is None:
        raise ValueError("nothing was saved")
    return JsonResponse({"revision": saved.revision, "url": place.address, "saved": shown.time_of_day(saved.saved_at)})


# --- the buttons --------------------------------------------------------------------------------------------------

def save_for_later(request: HttpRequest, place: Place, form: SubmitForm) -> HttpResponse:
    """'Lưu lại, nộp sau'."""
    messages.success(request, _("Đã lưu bản nháp. Hãy giữ liên kết của trang này để mở lại."))
    return redirect(place.address)


def check(request: HttpRequest, place: Place, form: SubmitForm) -> HttpResponse:
    """'Kiểm tra trước khi nộp'."""
    return redirect(f"{place.address}?kiem-tra=1#ket-qua-kiem-tra")


def send_link(request: HttpRequest, place: Place, form: SubmitForm) -> HttpResponse:
    """Send the link to the phone or address that was typed for it."""
    phone, email = request.POST.get("link_phone", ""), request.POST.get("link_email", "")
    told = [where for where in (phone_number(phone), clean(email).lower()) if where]
    try:
        if any(times_seen(f"draft-link:{where}", DAY) > LINKS_A_DAY for where in told):
            sentence = _("Hôm nay đã gửi liên kết đến nơi này nhiều lần. Vui lòng chép lại liên kết của trang.")
            raise Refused("too_many_links", sentence, status=429)
        drafts.send_link(draft=place.draft, phone=phone, email=email)  # type: ignore[arg-type]
        messages.success(request, _("Đã gửi liên kết của bản nháp."))
    except Refused as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect(place.address)


def throw_away(request: HttpRequest, place: Place, form: SubmitForm) -> HttpResponse:
    """Delete the draft."""
    if place.draft is not None:
        drafts.discard(draft=place.draft)
    messages.success(request, _("Đã xóa bản nháp."))
    return redirect("guide:procedure", place.procedure.code)


def hand_in(request: HttpRequest, place: Place, form: SubmitForm) -> HttpResponse:
    """'Nộp hồ sơ': the same form sent twice makes one dossier."""
    mine: dict[str, list[str]] = request.session.get(SUBMITTED_KEY, {})
    key = draft_key(place.draft) if place.draft else own_key(form.data.get("submission_key") or counting.new_key())
    if key in mine:
        return redirect("dossiers:submitted", mine[key][0])
    told = Told(status=422)
    if form.is_valid():
        try:
            flooding.one_more(form.cleaned_data["phone"])
            made = intake.submit_online(office=place.office, procedure=place.procedure, applicant=form.applicant(get_language() or "vi"),
                                        request=asked_for(request, place, form), uploads=form.attached(), draft=place.draft,
                                        form_version=place.form_version, submission_key=key)
        except Refused as refusal:
            before = intake.submitted_before(key)  # sent before, but the answer never arrived: the form's own key says whose it is
            if before is not None:
                return handed_in(request, key, before)
            told.status = refusal.status
            told.answer_errors = take_all(form, refusal)
        else:
            return handed_in(request, key, made)
    return page(request, place, form, told)


def handed_in(request: HttpRequest, key: str, made: intake.Submitted) -> HttpResponse:
    """On to the proof, which this browser may now see."""
    kept = [*request.session.get(SUBMITTED_KEY, {}).items(), (key, [made.dossier.reference, made.secret])]
    request.session[SUBMITTED_KEY] = dict(kept[-MOST_KEPT:])
    return redirect("dossiers:submitted", made.dossier.reference)


AFTER = {"luu": save_for_later, "kiem-tra": check, "gui-lien-ket": send_link, "xoa": throw_away, "nop": hand_in}


def asked_for(request: HttpRequest, place: Place, form: SubmitForm) -> applicants.Request:
    """What is asked for, with the raw answers of the procedure's own form."""
    wanted = form.wanted()
    return replace(wanted, answers=request.POST) if place.form_version is not None else wanted


def take_all(form: SubmitForm, refusal: Refused) -> dict[str, list[str]]:
    """Put a refusal into the page: the form's own fields to themselves, lost files to their papers; the rest above the form."""
    answers = {name.removeprefix("answers."): [str(text) for text in texts] for name, texts in refusal.fields.items()
               if name.startswith("answers.")}
    own = {name: texts for name, texts in refusal.fields.items() if not name.startswith("answers.")}
    if refusal.code in files.UNUSABLE and forget_lost(form, refusal):
        return answers
    if own or not answers:
        take_refusal(form, Refused(refusal.code, refusal.sentence, fields=own))
    return answers


def forget_lost(form: SubmitForm, refusal: Refused) -> bool:
    """Ask again for the files that can no longer be used, each at its paper; whether there were any."""
    lost = [item for item in form.attached() if not files.still_free(item.token)]
    for item in lost:
        form.forget(item.position or 0, str(refusal.sentence))
    return bool(lost)


# --- the page -----------------------------------------------------------------------------------------------------

def page(request: HttpRequest, place: Place, form: SubmitForm, told: Told) -> HttpResponse:
    """The form with what the citizen needs to know beside it."""
    options = channel_options(office=place.office, procedure=place.procedure, on=clock.today())
    option = next(item for item in options if item.channel == Channel.ONLINE)
    raw = told.raw if told.raw is not None else form.data
    sections = eform_sections(place, form, raw, told.answer_errors)
    errors = eforms.error_rows(place.form_version.schema, told.answer_errors) if place.form_version and told.answer_errors else []
    context = {
        "procedure": place.procedure, "office": place.office, "option": option, "form": form, "papers": form.rows(), "term": option.term,
        "most_megabytes": settings.UPLOAD_MAX_BYTES // 1024 // 1024, "most_bytes": settings.UPLOAD_MAX_BYTES, "endings": ENDINGS,
        "sections": sections, "answer_errors": errors, "draft": place.draft, "address": place.address,
        "link": f"{settings.PUBLIC_URL}{place.address}" if place.token else "", "draft_days": settings.DRAFT_DAYS,
        "revision": told.revision if told.revision is not None else place.draft.revision if place.draft else 0,
        "differences": differences(told.newer, form) if told.newer else [], "newer": told.newer,
        "outlook": outlook(request, place, form) if place.draft and request.GET.get("kiem-tra") and told.status == 200 else None,
    }
    return render(request, "dossiers/submit.html", context, status=told.status)


def eform_sections(place: Place, form: SubmitForm, raw: Any, errors: dict[str, list[str]]) -> list[Any]:
    """The procedure's own form as far as it is filled in; none where it has none."""
    if place.form_version is None:
        return []
    schema = place.form_version.schema
    names = form.given() if form.is_bound else {}
    return eforms.fields_for(schema, eforms.with_files(schema, raw, names), errors)


def differences(newer: Draft, form: SubmitForm) -> list[dict[str, str]]:
    """What the saved draft and this window have differently, side by side."""
    typed = values_of(form)
    rows = []
    for name in sorted({*newer.values, *typed}):
        saved, mine = ([text for text in values.get(name, []) if text] for values in (newer.values, typed))
        if saved != mine and not name.startswith("kept_"):
            label = form.fields[name].label if name in form.fields else name.removeprefix(FORM_ANSWER)
            rows.append({"label": str(label), "saved": ", ".join(saved), "mine": ", ".join(mine)})
    return rows


def outlook(request: HttpRequest, place: Place, form: SubmitForm) -> prechecks.Outlook:
    """What would happen if the draft were handed in now."""
    typed = {name: form.data.get(name, "") for name in form.fields}
    applicant = applicants.Applicant(**{name: typed[name] for name in applicants.Applicant.__dataclass_fields__ if name in typed})
    wanted = applicants.Request(answers=form.data if place.form_version else {}, note=typed["note"],
                                return_method=typed["return_method"], return_address=typed["return_address"])
    return prechecks.look(prechecks.Asked(
        office=place.office, procedure=place.procedure, applicant=applicant, request=wanted, form_version=place.form_version,
        files=[(item.position, item.token) for item in form.attached()], mine=request.session.get(tracking.TRACKED_KEY, [])))
