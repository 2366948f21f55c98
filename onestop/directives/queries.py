"""Reading letters: which there are, where they hold, which offices they reach."""
from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from onestop.directives.models import Directive, DirectiveQuerySet, DirectiveScope
from onestop.offices.models import Area, Office


def letters() -> DirectiveQuerySet:
    """Published letters with their scopes and rules, newest first; three queries however many."""
    scopes = DirectiveScope.objects.select_related("area", "office")
    return Directive.objects.published().prefetch_related(Prefetch("scopes", queryset=scopes), "rules")


def letters_in_force(on: date) -> DirectiveQuerySet:
    """The same, only those in force on a day; real letters before demonstrations."""
    return letters().in_force(on).order_by("demonstration", "-issued_on", "pk")


def place_names(directive: Directive) -> list[str]:
    """Where a letter holds, in words."""
    return [scope.area.name if scope.area is not None else scope.office.name  # type: ignore[union-attr]
            for scope in directive.scopes.all()]


def offices_reached(directive: Directive, on: date) -> QuerySet[Office]:
    """The offices that exist on a day and lie in the letter's scope."""
    areas = [scope.area_id for scope in directive.scopes.all() if scope.area_id]
    named = [scope.office_id for scope in directive.scopes.all() if scope.office_id]
    inside = Q(province__in=areas) | Q(area__in=areas) | Q(area__parent__in=areas) | Q(pk__in=named)
    return Office.objects.active_on(on).filter(inside).select_related("area__parent__parent", "province")


def areas_of(province_ids: list[int]) -> QuerySet[Area]:
    """The provinces themselves and the areas below them in which an office lies: what a letter may be made to hold in."""
    with_offices = Office.objects.filter(province__in=province_ids).values("area")
    return Area.objects.filter(Q(pk__in=province_ids) | Q(pk__in=with_offices)).select_related("parent__parent").order_by("level", "name")
