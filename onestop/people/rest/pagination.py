"""Lists by cursor: results, next, previous (api.md)."""
from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Cursor pages ordered by primary key; `limit` up to 200."""

    ordering = "pk"
    page_size_query_param = "limit"
    max_page_size = 200
