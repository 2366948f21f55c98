"""Lists by cursor: results, next, previous (api.md)."""
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class Pages(CursorPagination):
    """Cursor pages ordered by primary key; `limit` up to 200."""

    ordering = "pk"
    page_size_query_param = "limit"
    max_page_size = 200

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any] | None:
        """One page. Raises NotFound for a cursor that was not made here."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, OverflowError, ValidationError) as error:
            raise NotFound(self.invalid_cursor_message) from error
