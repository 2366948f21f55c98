from django.urls import path

from onestop.guide import api

urlpatterns = [path("procedures/<str:code>/", api.ProcedureView.as_view(), name="procedure")]
