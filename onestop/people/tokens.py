"""Secrets and partners' tokens: made once, shown once, stored hashed."""
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.people.models import ApiToken
from onestop.people.states import Scope
from onestop.transitions import Refused

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without look-alikes


def digest(secret: str) -> str:
    """SHA-256 of a secret with at least 40 bits of chance in it, in hex: how secrets are stored."""
    return hashlib.sha256(secret.strip().encode()).hexdigest()


def matches(secret: str, stored: str) -> bool:
    """Whether `secret` is the one whose digest is stored, compared in constant time."""
    return bool(secret) and hmac.compare_digest(digest(secret), stored)


def sealed(text: str) -> str:
    """HMAC-SHA256 of a text with the portal's own SECRET_KEY, in hex: for what could be guessed from a plain hash, such as six digits,
    and for links that nobody else can make. `text` begins with its purpose."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def new_secret(length: int = 10) -> str:
    """A random text of `length` characters without look-alikes (5 bits each)."""
    return "".join(secrets.choice(ALPHABET) for _unused in range(length))


def derived_secret(purpose: str, code: str, length: int = 12) -> str:
    """The secret that belongs to a code: always the same, so that a later message can carry the link again, and known only to
    who has the portal's SECRET_KEY. What is stored is its digest all the same."""
    mac = bytes.fromhex(sealed(f"{purpose}:{code}"))
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in mac[:length])


def create_token(*, name: str, scopes: Iterable[str], office_ids: Iterable[int] = ()) -> tuple[ApiToken, str]:
    """A new token and its text, which is shown only now. Raises Refused('unknown_scope') for a scope that api.md doesn't have."""
    wanted = list(scopes)
    unknown = [scope for scope in wanted if scope not in Scope.values]
    if unknown:
        raise Refused("unknown_scope", _("Không có quyền nào tên là “%(scope)s”.") % {"scope": unknown[0]})
    text = secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(name=name, digest=digest(text), scopes=wanted)
        token.offices.set(office_ids)
    return token, text


def revoke_token(*, token: ApiToken) -> bool:
    """End a token and say whether it was alive; doing it twice changes nothing."""
    return ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.now()) == 1
