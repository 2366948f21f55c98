"""The administrator's screens of letters: list with conflicts, draft, rules, publish, withdraw."""
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onestop import clock
from onestop.access import role_required, tell_refusal
from onestop.directives import services
from onestop.directives.forms import LetterForm, RuleForm, WithdrawForm
from onestop.directives.models import Directive
from onestop.directives.queries import offices_reached, place_names
from onestop.directives.rules import conflicts_at
from onestop.directives.states import DIRECTIVE_TRANSITIONS, RuleKind
from onestop.offices.models import Office
from onestop.people.states import Role
from onestop.transitions import Refused, allowed

PER_PAGE = 20


@require_GET
@role_required(Role.ADMINISTRATOR, Role.MONITOR)
def listing(request: HttpRequest) -> HttpResponse:
    on = clock.today()
    found = Directive.objects.visible_to(request.user).prefetch_related("scopes__area", "scopes__office", "rules")  # type: ignore[arg-type]
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(letter, ", ".join(place_names(letter)), letter.is_in_force(on)) for letter in page.object_list]
    offices = Office.objects.active_on(on).filter(province__in=request.user.province_ids)  # type: ignore[union-attr]
    conflicts = conflicts_at(offices=offices.select_related("area__parent__parent", "province"), on=on)
    return render(request, "directives/list.html", {"page_obj": page, "rows": rows, "conflicts": conflicts,
                                                    "may_write": request.user.has_role(Role.ADMINISTRATOR)})  # type: ignore[union-attr]


@require_GET
@role_required(Role.ADMINISTRATOR, Role.MONITOR)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _detail(request, _mine(request, pk))


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def create(request: HttpRequest) -> HttpResponse:
    form = LetterForm(request.POST or None, user=request.user, initial={"issued_on": clock.today(), "starts_on": clock.today()})  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        try:
            made = services.draft(actor=request.user, letter=form.letter(), areas=form.cleaned_data["areas"],  # type: ignore[arg-type]
                                  offices=form.cleaned_data["offices"])
        except Refused as refusal:
            _take(form, refusal)
        else:
            messages.success(request, _("Đã lưu dự thảo. Hãy thêm các quy định rồi ban hành."))
            return redirect("directives:detail", made.pk)
    return render(request, "directives/edit.html", {"form": form, "letter": None}, status=_status(form))


@require_http_methods(["GET", "POST"])
@role_required(Role.ADMINISTRATOR)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    letter = _mine(request, pk)
    form = LetterForm(request.POST or None, user=request.user, initial=LetterForm.initial_of(letter))  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        try:
            services.change(actor=request.user, directive=letter, letter=form.letter(letter),  # type: ignore[arg-type]
                            areas=form.cleaned_data["areas"], offices=form.cleaned_data["offices"])
        except Refused as refusal:
            _take(form, refusal)
        else:
            messages.success(request, _("Đã lưu dự thảo."))
            return redirect("directives:detail", pk)
    return render(request, "directives/edit.html", {"form": form, "letter": letter}, status=_status(form))


@require_POST
@role_required(Role.ADMINISTRATOR)
def add_rule(request: HttpRequest, pk: int) -> HttpResponse:
    letter = _mine(request, pk)
    form = RuleForm(request.POST)
    if form.is_valid():
        try:
            services.add_rule(actor=request.user, directive=letter, rule=form.rule())  # type: ignore[arg-type]
        except Refused as refusal:
            _take(form, refusal)
        else:
            messages.success(request, _("Đã thêm quy định."))
            return redirect("directives:detail", pk)
    return _detail(request, letter, rule_form=form)


@require_POST
@role_required(Role.ADMINISTRATOR)
def remove_rule(request: HttpRequest, pk: int, rule_id: int) -> HttpResponse:
    try:
        services.remove_rule(actor=request.user, directive=_mine(request, pk), rule_id=rule_id)  # type: ignore[arg-type]
    except Refused as refusal:
        tell_refusal(request, refusal)
    return redirect("directives:detail", pk)


@require_POST
@role_required(Role.ADMINISTRATOR)
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        services.publish(actor=request.user, directive=_mine(request, pk))  # type: ignore[arg-type]
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, _("Văn bản đã được ban hành và áp dụng từ ngày có hiệu lực."))
    return redirect("directives:detail", pk)


@require_POST
@role_required(Role.ADMINISTRATOR)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    letter = _mine(request, pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _detail(request, letter, withdraw_form=form)
    try:
        services.withdraw(actor=request.user, directive=letter, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
    except Refused as refusal:
        tell_refusal(request, refusal)
    else:
        messages.success(request, _("Đã thu hồi văn bản; các quy định của văn bản này thôi áp dụng ngay."))
    return redirect("directives:detail", pk)


def _mine(request: HttpRequest, pk: int) -> Directive:
    return get_object_or_404(Directive.objects.visible_to(request.user), pk=pk)  # type: ignore[arg-type]


def _detail(request: HttpRequest, letter: Directive, *, rule_form: RuleForm | None = None,
            withdraw_form: WithdrawForm | None = None) -> HttpResponse:
    """A letter with what may be done to it; the given forms carry their errors."""
    on = clock.today()
    reached = offices_reached(letter, on)
    administrator = request.user.has_role(Role.ADMINISTRATOR)  # type: ignore[union-attr]
    conflicts = [(conflict, offices) for conflict, offices in conflicts_at(offices=reached, on=on)
                 if letter.pk in (conflict.winner.directive_id, conflict.other.directive_id)]
    context = {
        "letter": letter, "places": place_names(letter), "rules": letter.rules.all(), "in_force": letter.is_in_force(on),
        "offices": list(reached[:30]), "many": reached.count(), "conflicts": conflicts,
        "events": letter.events.select_related("actor"),
        "verbs": allowed(DIRECTIVE_TRANSITIONS, letter.state) if administrator else frozenset(),
        # A blockade in force strands people: the administrator is offered to close the offices and move them (Cà Mau 1).
        "blockades": administrator and letter.is_in_force(on) and any(rule.kind == RuleKind.BLOCKADE for rule in letter.rules.all()),
        "rule_form": rule_form or RuleForm(), "withdraw_form": withdraw_form or WithdrawForm(),
    }
    return render(request, "directives/detail.html", context, status=_status(rule_form or withdraw_form))


def _status(form: forms.Form | None) -> int:
    return 422 if form is not None and form.is_bound and form.errors else 200


def _take(form: forms.Form, refusal: Refused) -> None:
    """A refusal's sentences at their fields, else at the top of the form."""
    named: dict[str, list[Any]] = {name: texts for name, texts in refusal.fields.items() if name in form.fields}
    for name, texts in named.items():
        for text in texts:
            form.add_error(name, text)
    if not named:
        form.add_error(None, str(refusal.sentence))
