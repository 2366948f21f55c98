"""The catalogue's part of /api/v1/; procedures/{code}/ is the guide's."""
from django.urls import path

from onestop.catalogue.api import ProcedureList

urlpatterns = [path("procedures/", ProcedureList.as_view(), name="procedures")]
