"""Drafts: a form that is kept while it is filled in, found again by its link, thrown away when nobody comes back."""
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, Draft, Upload
from onestop import clock
from onestop.catalogue.models import EFormVersion, Procedure
from onestop.notify.services import Recipient, tell
from onestop.offices.models import Office
from onestop.patience import or_next_sweep, patiently
from onestop.people import shown, tokens
from onestop.people.words import clean, phone_number
from onestop.transitions import Refused

TOKEN_LENGTH = 26  # 5 bits each
LONGEST = 60_000  # characters of JSON
PER_SWEEP = 200
NOT_BEFORE = timedelta(days=1)  # nobody is reminded of what they typed today
AFTER_DRAFT = timedelta(days=1)  # a draft's files outlive it by this


@dataclass(frozen=True)
class Kept:
    """A draft and the token of its link."""

    draft: Draft
    token: str


class OlderTab(Refused):
    """Somebody saved a newer version meanwhile; `draft` is that version. Nothing was overwritten."""

    def __init__(self, draft: Draft) -> None:
        sentence = _("Bản nháp đã được lưu ở một cửa sổ khác. Nội dung bạn vừa nhập chưa ghi đè lên bản đó.")
        super().__init__("older_tab", sentence, status=409)
        self.draft = draft


def token_of(draft: Draft) -> str:
    """The token of a draft's link: always the same, so that a reminder can carry it; known to nobody without the portal's key."""
    return tokens.derived_secret("draft", draft.key.hex, TOKEN_LENGTH)


def link_of(draft: Draft) -> str:
    """The link to a draft, as it is told."""
    return f"{settings.PUBLIC_URL}{reverse('dossiers:draft', args=[token_of(draft)])}"


def find(token: str) -> Draft | None:
    """The draft with this token that has not expired; also one that was handed in."""
    rows = Draft.objects.select_related("procedure__current", "office", "form_version", "dossier")
    return rows.filter(token_digest=tokens.digest(clean(token).upper()), expires_at__gt=clock.now()).first()


def begin(*, procedure: Procedure, office: Office, values: Mapping[str, list[str]], upload_tokens: Iterable[str] = (),
          form_version: EFormVersion | None = None, language: str = "vi") -> Kept:
    """A new draft with what was typed so far, as it was typed. Raises Refused('too_long')."""
    draft = Draft(procedure=procedure, office=office, language=language, expires_at=_expiry())
    draft.token_digest = tokens.digest(token_of(draft))
    _fill(draft, values, form_version)
    draft.revision = 1
    with transaction.atomic():
        draft.save(force_insert=True)
        _keep_files(draft, upload_tokens)
    return Kept(draft, token_of(draft))


@patiently
def store(*, draft: Draft, values: Mapping[str, list[str]], revision: int, upload_tokens: Iterable[str] = (),
         form_version: EFormVersion | None = None) -> Draft:
    """Keep what was typed, if `revision` is still the draft's: an older tab never overwrites a newer one. Saving what is there
    already changes nothing.

    Raises OlderTab (409) with the newer draft, Refused: 'draft_sent' 409, 'draft_gone' 404, 'too_long'.
    """
    with transaction.atomic():
        found = Draft.objects.select_for_update(of=("self",)).select_related("dossier").filter(
            pk=draft.pk, expires_at__gt=clock.now()).first()
        if found is None:
            raise Refused("draft_gone", _("Bản nháp này đã hết hạn hoặc đã xóa."), status=404)
        if found.dossier_id is not None:
            raise Refused("draft_sent", _("Hồ sơ từ bản nháp này đã được nộp."), status=409)
        if found.revision != revision:
            if found.values == _plain(values):
                return found
            raise OlderTab(found)
        _fill(found, values, form_version)
        found.revision, found.saved_at, found.expires_at = revision + 1, clock.now(), _expiry()
        found.save(update_fields=["values", "phone", "email", "form_version", "revision", "saved_at", "expires_at", "reminded_at"])
        _keep_files(found, upload_tokens)
    return found


def _expiry() -> Any:
    return clock.now() + timedelta(days=settings.DRAFT_DAYS)


def _plain(values: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """What was typed, as it was typed, but for null characters, which no row can hold."""
    return {name.replace("\0", ""): [text.replace("\0", "") for text in texts] for name, texts in values.items()}


def _fill(draft: Draft, values: Mapping[str, list[str]], form_version: EFormVersion | None) -> None:
    kept = _plain(values)
    if len(json.dumps(kept, ensure_ascii=False)) > LONGEST:
        raise Refused("too_long", _("Nội dung khai quá dài hoặc không đúng dạng."))
    draft.values, draft.form_version, draft.reminded_at = kept, form_version, None
    draft.phone = phone_number("".join(kept.get("phone", [])[:1]))
    email = clean("".join(kept.get("email", [])[:1]))
    draft.email = email if "@" in email and len(email) <= 254 else ""


def _keep_files(draft: Draft, upload_tokens: Iterable[str]) -> None:
    """The files of a draft stay as long as it does."""
    digests = [tokens.digest(token) for token in upload_tokens if token]
    mine = Upload.objects.filter(token_digest__in=digests, dossier__isnull=True, expires_at__gt=clock.now())
    mine.update(draft=draft, expires_at=draft.expires_at + AFTER_DRAFT)
    Upload.objects.filter(draft=draft, dossier__isnull=True).exclude(token_digest__in=digests).update(draft=None, expires_at=clock.now())


def close(draft: Draft, dossier: Dossier) -> None:
    """A draft that became a dossier keeps nothing of what was typed; in the caller's transaction.

    Raises Refused('already_submitted', 409) where it became one before.
    """
    if Draft.objects.filter(pk=draft.pk, dossier__isnull=True).update(dossier=dossier, values={}, phone="", email="") != 1:
        raise Refused("already_submitted", _("Hồ sơ này đã được nộp trước đó, không cần nộp lại."), status=409)


@patiently
def discard(*, draft: Draft) -> None:
    """Throw a draft away at its owner's wish; its files go with the next sweep. Doing it twice changes nothing."""
    with transaction.atomic():
        Upload.objects.filter(draft=draft, dossier__isnull=True).update(draft=None, expires_at=clock.now())
        Draft.objects.filter(pk=draft.pk, dossier__isnull=True).delete()


@patiently
def send_link(*, draft: Draft, phone: str = "", email: str = "") -> None:
    """Send a draft's link to the phone or address its owner names. Raises Refused('invalid') without either."""
    number, address = phone_number(phone), clean(email)
    if not number and "@" not in address:
        sentence = _("Vui lòng ghi số điện thoại hoặc thư điện tử để nhận liên kết.")
        raise Refused("invalid", sentence, fields={"phone": [sentence]})
    with transaction.atomic():
        _tell(draft, Recipient("", number, address, draft.language), "draft_link", f"draft:{draft.pk}:link:{draft.revision}")


def _tell(draft: Draft, recipient: Recipient, template: str, key: str) -> None:
    tell(event_key=key, template=template, recipient=recipient, office=draft.office, useless_at=draft.expires_at,
         context={"procedure": draft.procedure, "link": link_of(draft),
                  "until": shown.day(clock.local(draft.expires_at).date())})


def sweep() -> int:
    """Remind the owners of drafts that end soon, once, and throw away those that ended; how many of both."""
    now = clock.now()
    soon = Draft.objects.filter(dossier__isnull=True, reminded_at__isnull=True, expires_at__gt=now,
                                expires_at__lt=now + timedelta(days=settings.DRAFT_REMIND_DAYS), saved_at__lt=now - NOT_BEFORE)
    reminded = sum(or_next_sweep(f"draft {draft.pk}", remind, draft) for draft in soon.select_related("procedure", "office")[:PER_SWEEP])
    ended = list(Draft.objects.filter(expires_at__lt=now).values_list("pk", flat=True)[:PER_SWEEP])
    gone, _per_model = Draft.objects.filter(pk__in=ended, expires_at__lt=now).delete()
    return reminded + gone


@patiently
def remind(draft: Draft) -> bool:
    """One reminder; nobody is reached without a phone or an address."""
    with transaction.atomic():
        unsent = Draft.objects.filter(pk=draft.pk, reminded_at__isnull=True, dossier__isnull=True)
        if unsent.update(reminded_at=clock.now()) != 1:
            return False
        if draft.phone or draft.email:
            _tell(draft, Recipient("", draft.phone, draft.email, draft.language), "draft_ends",
                  f"draft:{draft.pk}:ends:{draft.expires_at:%Y%m%d}")
    return True
