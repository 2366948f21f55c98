"""The abstract event row: who did what, from which state to which, why, on which legal basis, when. Append-only."""
from typing import Any

from django.conf import settings
from django.db import models

from onestop import clock

# How `actor_label` names whoever acts without an account: the portal itself, and somebody with nothing but a link's secret.
WORKER, CITIZEN = "worker", "citizen"


class AppendOnly(Exception):
    """Somebody tried to change or remove a row of history."""


class EventQuerySet(models.QuerySet[Any]):
    """History can be read and added to, nothing else."""

    def update(self, **kwargs: Any) -> int:
        raise AppendOnly(self.model.__name__)

    def delete(self) -> Any:
        raise AppendOnly(self.model.__name__)


class Event(models.Model):
    """One thing that happened. Subclasses add the foreign key `subject` to what it happened to."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT,
                              related_name="+")
    actor_label = models.CharField(max_length=120, blank=True)  # WORKER, CITIZEN, a partner's name
    verb = models.CharField(max_length=60)
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    legal_basis = models.CharField(max_length=255, blank=True)
    data = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(default=clock.now)

    objects = EventQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["at", "pk"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None and not self._state.adding:
            raise AppendOnly(type(self).__name__)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise AppendOnly(type(self).__name__)
