from django.urls import path

from onestop.notify import views

app_name = "notify"
urlpatterns = [
    path("", views.message_list, name="messages"),
    path("<int:pk>/", views.message_detail, name="message"),
    path("<int:pk>/gui-lai/", views.retry, name="retry"),
    path("<int:pk>/bo/", views.discard, name="discard"),
]
