"""Bearer tokens, scopes, and who the caller is."""
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from onestop.moments import Moments
from onestop.people.models import ApiToken, User
from onestop.people.tokens import digest


@dataclass
class Partner:
    """The caller of the API: a token, its scopes, its offices (none: all), the officer it belongs to, if any."""

    token: ApiToken
    is_authenticated: bool = field(default=True, init=False)

    @property
    def label(self) -> str:
        return f"{self.token.name}"

    @property
    def user(self) -> User | None:
        return self.token.user

    @cached_property
    def office_ids(self) -> frozenset[int]:
        return frozenset(self.token.offices.values_list("pk", flat=True))

    def has_scope(self, *scopes: str) -> bool:
        return any(scope in self.token.scopes for scope in scopes)

    def may_act_for(self, office_id: int) -> bool:
        """A token without offices acts for all of them."""
        return not self.office_ids or office_id in self.office_ids


_partners: Moments[str, Partner] = Moments(seconds=1.0, most=1000)


def known_partner(token_digest: str) -> Partner | None:
    """Who calls with a token of this digest; None if nobody may. A process remembers it for a second, so that a key that was just
    revoked may open something for one second more."""
    known = _partners.get(token_digest)
    if known is not None:
        return known
    token = ApiToken.objects.filter(digest=token_digest, revoked_at__isnull=True).select_related("user").first()
    if token is None or (token.user is not None and not token.user.is_active):
        return None
    return _partners.keep(token_digest, Partner(token))


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[Partner, ApiToken] | None:
        scheme, _sep, text = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not text.strip():
            raise AuthenticationFailed(_("Cần gửi khóa truy cập theo dạng “Bearer …”."))
        partner = known_partner(digest(text))
        if partner is None:
            raise AuthenticationFailed(_("Khóa truy cập không đúng hoặc đã bị thu hồi."))
        return partner, partner.token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def needs(*scopes: str) -> type[BasePermission]:
    """A permission class: the caller's token has one of `scopes`."""

    class HasScope(BasePermission):
        message = _("Khóa truy cập không có quyền “%(scopes)s”.") % {"scopes": ", ".join(scopes)}

        def has_permission(self, request: Request, view: Any) -> bool:
            return isinstance(request.user, Partner) and request.user.has_scope(*scopes)

    return HasScope
