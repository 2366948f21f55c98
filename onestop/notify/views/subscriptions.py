"""Getting the news of an area: the public's pages (ask, confirm, end), and the page on which officers note somebody."""
from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from onestop.access import limited, role_required, take_refusal
from onestop.notify import broadcasting
from onestop.notify.contacts import Contact, either, masked
from onestop.notify.form_subscriptions import CONSENT, CodeForm, EndForm, SubscribeForm
from onestop.notify.models import READ_OFFICE, BroadcastPerson, Subscription
from onestop.notify.services import subscriptions as services
from onestop.notify.services.subscriptions import Wish
from onestop.notify.states import SubscriptionState
from onestop.offices.models import Area
from onestop.people.states import Role
from onestop.transitions import Refused

SALT, LIFE = "subscription", 2 * 3600  # what goes from page to page is sealed, and good for so many seconds
NOTERS = (Role.HOTLINE, Role.ADMINISTRATOR, *READ_OFFICE)


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("subscribe", "10/h")
def subscribe(request: HttpRequest) -> HttpResponse:
    """Contact, commune, language and the words of the consent; a code follows. The answer never tells what is known of a contact."""
    language = getattr(request, "LANGUAGE_CODE", "vi")
    form = SubscribeForm(request.POST or None, initial={"language": language, "place": request.GET.get("noi", "")[:120]})
    if request.method == "POST" and form.is_valid():
        wish = _wish(form)
        try:
            services.ask(wish=wish)
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            return _to("news:confirm", wish.contact, wish.area)
    return render(request, "notify/subscribe.html", {"form": form, "consent": CONSENT}, status=_status(request))


def _wish(form: SubscribeForm) -> Wish:
    found = form.cleaned_data
    return Wish(found["contact"], found["place"], str(CONSENT), found["language"])


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("subscribe-code", "30/h")
def confirm(request: HttpRequest) -> HttpResponse:
    """The code of the message."""
    contact, area = _sealed(request)
    if contact is None or area is None:
        return redirect("news:subscribe")
    return _confirm(request, contact, area, "")


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("subscribe-code", "30/h")
def confirm_link(request: HttpRequest, key: UUID) -> HttpResponse:
    """The same behind the link of an e-mail: its code is filled in, a button confirms."""
    row = Subscription.objects.select_related("area").filter(key=key).first()
    if row is None:
        raise Http404
    return _confirm(request, Contact(row.phone, row.email), row.area, request.GET.get("ma", "")[:12])


def _confirm(request: HttpRequest, contact: Contact, area: Area, code: str) -> HttpResponse:
    form = CodeForm(request.POST or None, initial={"code": code})
    if request.method == "POST" and form.is_valid():
        try:
            services.confirm(contact=contact, area=area, code=form.cleaned_data["code"])
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            flash.success(request, _("Đã xác nhận. Bạn sẽ nhận tin của %(area)s.") % {"area": area.name})
            return redirect("guide:announcements")
    return render(request, "notify/subscribe_confirm.html", {
        "form": form, "contact": masked(contact.key), "area": area, "minutes": services.MINUTES, "ending": False},
        status=_status(request))


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("subscribe", "10/h")
def end_without_link(request: HttpRequest) -> HttpResponse:
    """Whoever has no link at hand gets a code that ends it; the answer never tells whether the contact was subscribed."""
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.ask_to_end(contact=form.cleaned_data["contact"], language=getattr(request, "LANGUAGE_CODE", "vi"))
        return _to("news:end_code", form.cleaned_data["contact"])
    return render(request, "notify/subscription_end_ask.html", {"form": form}, status=_status(request))


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("subscribe-code", "30/h")
def end_code(request: HttpRequest) -> HttpResponse:
    """The code that ends it."""
    contact, _area = _sealed(request)
    if contact is None:
        return redirect("news:end_ask")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.end_by_code(contact=contact, code=form.cleaned_data["code"])
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            return _ended(request)
    return render(request, "notify/subscribe_confirm.html", {
        "form": form, "contact": masked(contact.key), "area": None, "minutes": services.MINUTES, "ending": True}, status=_status(request))


@login_not_required
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of every message: GET shows what would end, POST ends it."""
    key = _key(token)
    row = Subscription.objects.select_related("area").filter(key=key).first() if key is not None else None
    pk = broadcasting.person_of(token)
    person = BroadcastPerson.objects.select_related("broadcast__area", "broadcast__province").filter(pk=pk).first() if pk else None
    if row is None and person is None:
        if pk:  # the list is deleted by now: who has its link ends the messages by a code
            return redirect("news:end_ask")
        raise Http404
    if request.method == "POST":
        if row is not None:
            services.end(subscription=row)
        elif person is not None:
            services.object_to(person=person)
        return _ended(request)
    places = [row.area.name] if row is not None else _places(person)
    contact = row.contact if row is not None else person.contact if person else ""
    ended = row is not None and row.state == SubscriptionState.ENDED
    return render(request, "notify/subscription_end.html", {"contact": masked(contact), "places": places, "ended": ended})


def _places(person: BroadcastPerson | None) -> list[str]:
    rows = Subscription.objects.filter(contact=person.contact if person else "", state=SubscriptionState.ACTIVE).select_related("area")
    return [row.area.name for row in rows[:20]]


def _ended(request: HttpRequest) -> HttpResponse:
    flash.success(request, _("Đã thôi nhận tin. Chúng tôi không gửi tin hàng loạt đến bạn nữa."))
    return redirect("guide:announcements")


def _key(token: str) -> UUID | None:
    try:
        return UUID(token) if len(token) == 32 else None
    except ValueError:
        return None


@require_http_methods(["GET", "POST"])
@role_required(*NOTERS)
def note(request: HttpRequest) -> HttpResponse:
    """An officer notes somebody at the counter or on the telephone, after reading the words of the consent to them."""
    form = SubscribeForm(request.POST or None, heard=True)
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        try:
            made = services.note(actor=user, wish=_wish(form), via="hotline" if user.has_role(Role.HOTLINE) else "counter")
        except Refused as refusal:
            take_refusal(form, refusal)
        else:
            flash.success(request, _("Đã ghi nhận: %(contact)s nhận tin của %(area)s.") % {
                "contact": masked(made.contact), "area": made.area.name})
            return redirect("notify:note_subscription")
    return render(request, "notify/subscription_note.html", {"form": form, "consent": CONSENT}, status=_status(request))


def _to(name: str, contact: Contact, area: Area | None = None) -> HttpResponseRedirect:
    """On to the page for the code; whose it is goes along sealed."""
    sealed = signing.dumps([contact.key, area.pk if area else 0], salt=SALT, compress=True)
    return HttpResponseRedirect(f"{reverse(name)}?ai={sealed}")


def _sealed(request: HttpRequest) -> tuple[Contact | None, Area | None]:
    try:
        key, area = signing.loads(request.GET.get("ai", "")[:600], salt=SALT, max_age=LIFE)
    except signing.BadSignature:
        return None, None
    return either(key), Area.objects.select_related("parent__parent").filter(pk=area).first()


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200
