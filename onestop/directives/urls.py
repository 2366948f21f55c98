from django.urls import path

from onestop.directives import views

app_name = "directives"
urlpatterns = [
    path("", views.listing, name="list"),
    path("moi/", views.create, name="create"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/sua/", views.edit, name="edit"),
    path("<int:pk>/quy-dinh/", views.add_rule, name="add_rule"),
    path("<int:pk>/quy-dinh/<int:rule_id>/bo/", views.remove_rule, name="remove_rule"),
    path("<int:pk>/ban-hanh/", views.publish, name="publish"),
    path("<int:pk>/thu-hoi/", views.withdraw, name="withdraw"),
]
