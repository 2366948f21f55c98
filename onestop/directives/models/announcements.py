"""Announcements on the portal, for a time and an area (letters Cà Mau 2, Vĩnh Phúc 2)."""
from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from onestop import clock, history
from onestop.directives.models.letters import Directive
from onestop.directives.states import ANNOUNCEMENT_VERBS, TONE_NOTICES, AnnouncementState, Tone
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def shown_at(self, moment: datetime) -> AnnouncementQuerySet:
        """Published ones whose time it is."""
        return self.filter(published_at__isnull=False, withdrawn_at__isnull=True, starts_at__lte=moment).filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=moment))

    def over_at(self, moment: datetime) -> AnnouncementQuerySet:
        """Those that were shown and are so no longer: their time has passed, or somebody took them down."""
        begun = self.filter(published_at__isnull=False, starts_at__lte=moment)
        return begun.filter(Q(ends_at__lte=moment) | Q(withdrawn_at__isnull=False))

    def visible_to(self, user: User) -> AnnouncementQuerySet:
        """The province's administrators and monitors; leaders see their own office's."""
        whole = Q(province_id__in=user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR))
        return self.filter(whole | Q(office_id__in=user.office_ids_as(Role.LEADER)))


class Announcement(models.Model):
    """A notice to the public: its short form for texts and narrow screens, its long form for the page."""

    province = models.ForeignKey("offices.Area", on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # None: the whole province
    office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    directive = models.ForeignKey(Directive, null=True, blank=True, on_delete=models.PROTECT, related_name="announcements")
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    short = models.CharField(max_length=300)
    short_en = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    text_en = models.TextField(blank=True)
    tone = models.CharField(max_length=10, choices=Tone.choices, default=Tone.INFO)
    starts_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="announcement_period",
                                              violation_error_message=_("Thời điểm kết thúc phải sau thời điểm bắt đầu."))]
        indexes = [models.Index(fields=["province", "starts_at"])]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> str:
        """Draft, published or withdrawn; whether a published one is shown depends on the moment."""
        if self.withdrawn_at is not None:
            return AnnouncementState.WITHDRAWN
        return AnnouncementState.DRAFT if self.published_at is None else AnnouncementState.PUBLISHED

    def is_shown(self, moment: datetime) -> bool:
        """The rule of shown_at(): from its first moment on, at its last no longer."""
        return self.state == AnnouncementState.PUBLISHED and self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)

    @property
    def own_title(self) -> str:
        """In the reader's language, Vietnamese where nobody translated it."""
        return (self.title_en if get_language() == "en" else "") or self.title

    @property
    def own_short(self) -> str:
        return (self.short_en if get_language() == "en" else "") or self.short

    @property
    def own_text(self) -> str:
        return (self.text_en if get_language() == "en" else "") or self.text

    @property
    def box(self) -> str:
        """The kind of box it stands in on a page."""
        return TONE_NOTICES[Tone(self.tone)]

    @property
    def place(self) -> str:
        """Where it holds, in words."""
        return self.office.name if self.office else (self.area or self.province).name


class AnnouncementEvent(history.Event):
    """What happened to an announcement."""

    subject = models.ForeignKey(Announcement, on_delete=models.PROTECT, related_name="events")

    @property
    def label(self) -> str:
        """What was done, in words."""
        return str(ANNOUNCEMENT_VERBS.get(self.verb, self.verb))
