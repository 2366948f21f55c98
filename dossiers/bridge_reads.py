"""What the bridge's screen shows."""
from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from dossiers.models import Dossier, NationalImport, NationalImportRow, Packet
from dossiers.states import ImportState, PacketState
from onestop.people.models import User
from onestop.people.states import Role

TABS = {"behind": (PacketState.QUEUED, PacketState.FAILED, PacketState.GIVEN_UP), "failed": (PacketState.FAILED, PacketState.GIVEN_UP),
        "sent": (PacketState.SENT,)}


def packets(user: User, tab: str) -> QuerySet[Packet]:
    """Packets of dossiers this person may see; what waits longest first, what was sent last first."""
    found = Packet.objects.filter(state__in=TABS[tab], dossier__in=Dossier.objects.visible_to(user))
    return found.select_related("dossier__procedure", "dossier__received_office").prefetch_related("dossier__external_codes").order_by(
        "-pk" if tab == "sent" else "pk")


def counts(user: User) -> dict[str, int]:
    """How many packets wait and how many of them failed; what was sent is not counted, it only grows. One query."""
    found = Packet.objects.filter(state__in=TABS["behind"], dossier__in=Dossier.objects.visible_to(user)).order_by()
    return found.aggregate(**{tab: Count("pk", filter=Q(state__in=TABS[tab])) for tab in ("behind", "failed")})


def imports(user: User) -> QuerySet[NationalImport]:
    """What was read in, with the numbers of its rows: by this person, or anything for an administrator."""
    found = NationalImport.objects.select_related("read_by").annotate(
        made=Count("rows", filter=Q(rows__state=ImportState.MADE)), known=Count("rows", filter=Q(rows__state=ImportState.KNOWN)),
        rejected=Count("rows", filter=Q(rows__state=ImportState.REJECTED)))
    return found if user.has_role(Role.ADMINISTRATOR) else found.filter(read_by=user)


def rows(batch: NationalImport) -> QuerySet[NationalImportRow]:
    """The rows of a file, those with a problem first."""
    return batch.rows.select_related("dossier").order_by("-state", "line")


def exports(user: User) -> list[tuple[str, int]]:
    """The last files that took packets along: (name, how many)."""
    found = Packet.objects.filter(dossier__in=Dossier.objects.visible_to(user)).exclude(exported_in="").order_by()
    named = found.values_list("exported_in").annotate(number=Count("pk")).order_by("-exported_in")
    return [(name, number) for name, number in named[:10]]
