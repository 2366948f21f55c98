from django.urls import path

from onestop.people.api import Docs, Schema

urlpatterns = [
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
]
