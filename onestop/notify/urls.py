from django.urls import path

from onestop.notify.views import messages

app_name = "notify"
urlpatterns = [
    path("", messages.message_list, name="messages"),
    path("<int:pk>/", messages.message_detail, name="message"),
    path("<int:pk>/gui-lai/", messages.retry, name="retry"),
    path("<int:pk>/bo/", messages.discard, name="discard"),
]
