from django.urls import path

from onestop.directives.views import announcements, letters, switches

app_name = "directives"
urlpatterns = [
    path("", letters.listing, name="list"),
    path("moi/", letters.create, name="create"),
    path("<int:pk>/", letters.detail, name="detail"),
    path("<int:pk>/sua/", letters.edit, name="edit"),
    path("<int:pk>/quy-dinh/", letters.add_rule, name="add_rule"),
    path("<int:pk>/quy-dinh/<int:rule_id>/bo/", letters.remove_rule, name="remove_rule"),
    path("<int:pk>/ban-hanh/", letters.publish, name="publish"),
    path("<int:pk>/thu-hoi/", letters.withdraw, name="withdraw"),
    path("thong-bao/", announcements.listing, name="announcements"),
    path("thong-bao/moi/", announcements.create, name="new_announcement"),
    path("thong-bao/<int:pk>/", announcements.show, name="announcement"),
    path("thong-bao/<int:pk>/sua/", announcements.edit, name="edit_announcement"),
    path("thong-bao/<int:pk>/dang/", announcements.publish, name="publish_announcement"),
    path("thong-bao/<int:pk>/go/", announcements.withdraw, name="withdraw_announcement"),
    path("chuyen-kenh/", switches.listing, name="switches"),
    path("chuyen-kenh/moi/", switches.create, name="new_switch"),
    path("chuyen-kenh/<int:pk>/", switches.show, name="switch"),
    path("chuyen-kenh/<int:pk>/tien-do/", switches.progress, name="switch_progress"),
    path("chuyen-kenh/<int:pk>/ap-dung/", switches.apply, name="apply_switch"),
    path("chuyen-kenh/<int:pk>/hoan-tac/", switches.undo, name="undo_switch"),
]
