"""The public's pages of messages: how somebody is told, getting news, ending them."""
from django.urls import path

from onestop.notify.views import own_wishes, subscriptions

app_name = "news"
urlpatterns = [
    path("", subscriptions.subscribe, name="subscribe"),
    path("xac-nhan/", subscriptions.confirm, name="confirm"),
    path("xac-nhan/<uuid:key>/", subscriptions.confirm_link, name="confirm_link"),
    path("cach-nhan/", own_wishes.account, name="own"),
    path("thu-dien-tu/<str:token>/", own_wishes.confirm_email, name="confirm_email"),
    path("thoi/", subscriptions.end_without_link, name="end_ask"),
    path("thoi/ma/", subscriptions.end_code, name="end_code"),
    path("thoi/<slug:token>/", subscriptions.end, name="end"),
]
