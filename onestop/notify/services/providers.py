"""The gateways of a channel: which one carries a message, when one rests, who changes how it is reached."""
import json
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.breaker import Standing
from onestop.notify import policies
from onestop.notify.channels.gateway import FROM_SETTINGS
from onestop.notify.models import Provider, ProviderChange
from onestop.notify.states import Via
from onestop.people.models import User
from onestop.transitions import Refused

GATEWAYS = (Via.SMS, Via.ZALO)  # the channels that need one


class Gateways:
    """All gateways as one job knows them. One query, one more where the settings' own has no row yet."""

    def __init__(self) -> None:
        rows = list(Provider.objects.order_by("rank", "pk"))
        own = next((row for row in rows if row.code == FROM_SETTINGS), None)
        others = any(row.active and row.channel == Via.SMS and row.code != FROM_SETTINGS for row in rows)
        if own is None and settings.SMS_GATEWAY_URL and not others:
            own = of_settings()
            rows.append(own)
        self._by_id = {row.pk: row for row in rows}
        usable = [row for row in rows if row.active and (row is not own or (bool(settings.SMS_GATEWAY_URL) and not others))]
        self._by_channel = {via: [row for row in usable if row.channel == via] for via in GATEWAYS}

    def known(self, pk: int | None) -> Provider | None:
        """The gateway a message sticks to."""
        return self._by_id.get(pk) if pk is not None else None

    def in_use(self, provider: Provider) -> bool:
        """Whether a gateway has not been switched off."""
        return provider.active and (provider.code != FROM_SETTINGS or bool(settings.SMS_GATEWAY_URL))

    def any_for(self, channel: str) -> bool:
        """Whether a channel has a gateway at all."""
        return bool(self._by_channel.get(Via(channel)))

    def first(self, channel: str, *, but: Sequence[int] = ()) -> Provider | None:
        """The gateway whose turn it is: by rank, passing over those that rest and those already asked."""
        now = clock.now()
        return next((row for row in self._by_channel.get(Via(channel), ()) if row.pk not in but and not standing(row).resting(now)), None)

    def rested_at(self, channel: str) -> Any:
        """When the first of a channel's resting gateways may be asked again; None where none rests."""
        return min((row.rest_until for row in self._by_channel.get(Via(channel), ()) if row.rest_until is not None), default=None)


def of_settings() -> Provider:
    """The row of the gateway that SMS_GATEWAY_URL names; it holds price and breaker, the rest stands in the settings."""
    values = {"name": "SMS_GATEWAY_URL", "channel": Via.SMS, "rank": 99}
    return Provider.objects.get_or_create(code=FROM_SETTINGS, defaults=values)[0]


def standing(provider: Provider) -> Standing:
    """The gateway's breaker."""
    return Standing(provider.failures, provider.rest_until)


def note_answers(provider: Provider, *, answered: bool, failures: int) -> None:
    """After some requests: `failures` in a row at their end, `answered` where one before them was answered. One statement, or none."""
    before = standing(provider)
    after = Standing() if answered else before
    for _failure in range(failures):
        after = after.failed(clock.now(), limit=settings.MESSAGE_BREAKER_FAILURES, longest=settings.MESSAGE_BREAKER_LONGEST)
    if after != before:
        provider.failures, provider.rest_until = after.failures, after.rest_until
        Provider.objects.filter(pk=provider.pk).update(failures=after.failures, rest_until=after.rest_until)


class Pace:
    """This process's share of a gateway's own limit: one request after the other, never more a second than it may."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[int, float] = {}

    def wait(self, provider: Provider) -> None:
        """Sleep until it is the next request's turn."""
        if not provider.per_second:
            return
        gap = settings.SEND_PROCESSES / provider.per_second
        with self._lock:
            mine = max(self._next.get(provider.pk, 0.0), time.monotonic())
            self._next[provider.pk] = mine + gap
        time.sleep(max(mine - time.monotonic(), 0.0))


pace = Pace()


# --- by hand ------------------------------------------------------------------------------------------------------

MAPPINGS = ("headers", "fields", "extra", "answers", "reports")
PLAIN = ("name", "rank", "url", "key", "report_key", "plain", "price", "per_second", "active")


@transaction.atomic
def save_provider(*, actor: User, provider: Provider | None, values: Mapping[str, Any]) -> Provider:
    """Make a gateway, or change how one is reached. `values`: the fields of PLAIN, the JSON objects of MAPPINGS, and for a new one `code`
    and `channel`; a secret left empty stays as it is. Who changed what is kept, without the secrets.

    Raises Refused: 'not_allowed' 403; 'bad_url', 'code_taken', 'bad_mapping' 422.
    """
    _allow(actor)
    _check(values)
    row = Provider.objects.select_for_update().get(pk=provider.pk) if provider is not None else _new(values)
    kept = {name: value for name, value in values.items() if name in (*PLAIN, *MAPPINGS)}
    kept = {name: value for name, value in kept.items() if value or name not in ("key", "report_key")}
    changed = [name for name, value in kept.items() if getattr(row, name) != value]
    verb = "change" if row.pk else "make"
    for name in changed:
        setattr(row, name, kept[name])
    row.save()
    if changed:
        secret = {"key": "•••", "report_key": "•••"}
        ProviderChange.objects.create(subject=row, actor=actor, verb=verb,
                                      data={name: secret.get(name, kept[name]) for name in changed if name != "headers"})
    return row


@transaction.atomic
def wake(*, actor: User, provider: Provider) -> Provider:
    """Close a gateway's breaker: it is asked again at once. Raises Refused('not_allowed', 403)."""
    _allow(actor)
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    if row.failures or row.rest_until:
        row.failures, row.rest_until = 0, None
        row.save(update_fields=["failures", "rest_until"])
        ProviderChange.objects.create(subject=row, actor=actor, verb="wake")
    return row


def _allow(actor: User) -> None:
    if not policies.can_manage_providers(actor):
        raise Refused("not_allowed", _("Chỉ quản trị hệ thống của tỉnh được làm việc này."), status=403)


def _new(values: Mapping[str, Any]) -> Provider:
    if Provider.objects.filter(code=values["code"]).exists():
        sentence = _("Mã này đã có cổng khác dùng.")
        raise Refused("code_taken", sentence, fields={"code": [sentence]})
    return Provider(code=values["code"], channel=values["channel"])


def _check(values: Mapping[str, Any]) -> None:
    if values.get("url") and not _is_address(str(values["url"])):
        sentence = _("Địa chỉ phải bắt đầu bằng http:// hoặc https://.")
        raise Refused("bad_url", sentence, fields={"url": [sentence]})
    for name in MAPPINGS:
        text = json.dumps(values.get(name, {}))
        if not isinstance(values.get(name, {}), dict) or len(text) > 10_000 or "\\u0000" in text:  # what the database can't hold
            sentence = _("Phải là một đối tượng JSON.")
            raise Refused("bad_mapping", sentence, fields={name: [sentence]})


def _is_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        return address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:  # brackets that don't close, a port beyond all ports
        return False
