from django.urls import path

from onestop.notify.api import MessageReports

urlpatterns = [path("messages/<slug:provider>/reports/", MessageReports.as_view(), name="message-reports")]
