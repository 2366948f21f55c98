"""The public's pages of news: getting them, ending them."""
from django.urls import path

from onestop.notify.views import subscriptions

app_name = "news"
urlpatterns = [
    path("", subscriptions.subscribe, name="subscribe"),
    path("xac-nhan/", subscriptions.confirm, name="confirm"),
    path("xac-nhan/<uuid:key>/", subscriptions.confirm_link, name="confirm_link"),
    path("thoi/", subscriptions.end_without_link, name="end_ask"),
    path("thoi/ma/", subscriptions.end_code, name="end_code"),
    path("thoi/<slug:token>/", subscriptions.end, name="end"),
]
