"""The API's description: the schema, and a page to browse it without any outside asset or inline script."""
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Schema(SpectacularAPIView):
    """OpenAPI 3, as YAML or JSON by Accept or ?format=."""

    authentication_classes: list[Any] = []
    throttle_classes: list[Any] = []


class Docs(APIView):
    """The schema in a browser."""

    authentication_classes: list[Any] = []
    renderer_classes = [TemplateHTMLRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response({"schema_url": reverse("api:schema")}, template_name="people/api_docs.html")
