"""Reading the catalogue: search, versions and terms on a day, which office does what."""
from datetime import date
from typing import Any, cast

from django.db.models import Case, F, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat, Length, LPad, StrIndex

from onestop.catalogue.models import ChannelTerm, EForm, EFormVersion, Procedure, ProcedureVersion
from onestop.catalogue.states import OFFICE_LEVELS_FOR, ReviewState
from onestop.offices.models import Office
from onestop.people.words import fold

MOST_WORDS = 12
UNSETTLED = 8


def search(q: str, *, field: str = "", level: str = "", channel: str = "", office: Office | None = None,
           usable_only: bool = False) -> QuerySet[Procedure]:
    """Procedures that contain every word of `q` (with or without tone marks) in name, code or field, best first.

    `field` is a field's name (tone marks optional), `level` one of LEVELS' values, `channel` a Channel; `office` keeps what
    an office of that level does. Without `q` everything, by usability, then code.
    """
    found = _with_levels(Procedure.objects.exclude(state=ReviewState.RETIRED))
    words = fold(q[:300]).split()[:MOST_WORDS]
    for word in words:
        found = found.filter(search_text__contains=word)
    if field:
        found = found.filter(field__in=[name for name in fields() if fold(name) == fold(field)])
    if level:
        found = found.filter(level_list__contains=f'"{level}"')
    if channel:
        found = found.filter(current__channels__channel=channel)
    if office is not None:
        found = _at_level(found, office.level)
    if usable_only:
        found = found.filter(state=ReviewState.READY)
    return cast("QuerySet[Procedure]", _ranked(found, " ".join(words)))


def _with_levels(procedures: QuerySet[Procedure]) -> QuerySet[Any]:
    return procedures.annotate(level_list=Cast("levels", TextField()))


def _at_level(procedures: QuerySet[Any], office_level: str) -> QuerySet[Any]:
    levels = [level for level, offices in OFFICE_LEVELS_FOR.items() if office_level in offices]
    fits = Q(pk__in=[])
    for level in levels:
        fits |= Q(level_list__contains=f'"{level}"')
    return procedures.filter(fits)


def _ranked(procedures: QuerySet[Any], phrase: str) -> QuerySet[Any]:
    """Best first: the code itself, then the phrase as a whole in the name, then in the field, then its words apart.

    Among equals commune before province, and short names before long ones: a short name is the plain case of the
    matter. A procedure that still needs review counts as UNSETTLED letters longer. All of it is one text, `rank`, with
    the code at its end, so that lists can be cut into pages by it.
    """
    unsettled = Case(When(state=ReviewState.READY, then=0), default=UNSETTLED, output_field=IntegerField())
    if not phrase:
        rank = Concat(_text(unsettled), Value(" "), "code", output_field=TextField())
        return cast("QuerySet[Any]", procedures.annotate(rank=rank).order_by("rank"))
    found = procedures.annotate(phrase_at=StrIndex("search_text", Value(phrase)), name_end=StrIndex("search_text", Value(" | ")))
    match = Case(
        When(code__iexact=phrase, then=0),
        When(phrase_at=1, then=1),
        When(phrase_at__gt=0, phrase_at__lt=F("name_end"), then=2),
        When(phrase_at__gt=0, then=3),
        default=4, output_field=IntegerField(),
    )
    commune = Case(When(level_list__contains='"commune"', then=0), default=1, output_field=IntegerField())
    length = LPad(_text(Length("name") + unsettled), 6, Value("0"))
    rank = Concat(_text(match), _text(commune), Value(" "), length, Value(" "), "code", output_field=TextField())
    return cast("QuerySet[Any]", found.annotate(rank=rank).order_by("rank"))


def _text(number: Any) -> Cast:
    return Cast(number, TextField())


def fields() -> list[str]:
    """The names of the fields in the catalogue, in order."""
    return list(Procedure.objects.exclude(field="").order_by("field").values_list("field", flat=True).distinct())


def authorities() -> list[str]:
    """The names of the authorities in the catalogue, in order."""
    return list(Procedure.objects.exclude(authority="").order_by("authority").values_list("authority", flat=True).distinct())


def by_code(code: str) -> Procedure | None:
    """The procedure with a national code, its current version and that version's terms and papers, or None."""
    return (Procedure.objects.select_related("current").prefetch_related("current__channels", "current__papers")
            .filter(code=code).first())


def version_on(procedure: Procedure, on: date) -> ProcedureVersion:
    """The version in force on a day: the newest that had begun; before the first one, the first (rules.md 2).

    Takes one query; the current version answers without one when it is loaded and had begun.
    """
    current = procedure.current
    if current is not None and current.valid_from <= on:
        return current
    begun = procedure.versions.filter(valid_from__lte=on).order_by("-number").first()
    return begun or procedure.versions.order_by("number")[0]


def term_of(version: ProcedureVersion, channel: str) -> ChannelTerm | None:
    """Term and fee of one channel of a version; None where the version has no such channel."""
    return next((term for term in version.channels.all() if term.channel == channel), None)


def does(office: Office, procedure: Procedure) -> bool:
    """Whether an office of this level carries the procedure out."""
    return office.level in procedure.office_levels


def procedures_at(office: Office) -> QuerySet[Procedure]:
    """The procedures that an office carries out, by code; only usable ones."""
    found = _at_level(_with_levels(Procedure.objects.usable()), office.level)
    return cast("QuerySet[Procedure]", found.order_by("code"))


def published(procedure: Procedure) -> EFormVersion | None:
    """The form that citizens fill in for a procedure today, or None. One query."""
    form = EForm.objects.select_related("published").filter(procedure=procedure).first()
    return form.published if form is not None else None


def form_versions(procedure: Procedure) -> QuerySet[EFormVersion]:
    """The versions of a procedure's form, newest first; a draft, if there is one, before them."""
    return EFormVersion.objects.filter(eform__procedure=procedure).select_related("eform", "made_by", "published_by").order_by("-number")
