from django.urls import path

from onestop.guide import views

app_name = "guide"
urlpatterns = [
    path("", views.home, name="home"),
    path("thu-tuc/", views.search, name="search"),
    path("thu-tuc/<str:code>/", views.procedure, name="procedure"),
    path("don-vi/", views.offices, name="offices"),
    path("don-vi/<slug:code>/", views.office, name="office"),
    path("don-vi-hanh-chinh/", views.places, name="places"),
    path("thong-bao/", views.announcement_list, name="announcements"),
    path("thong-bao/<int:pk>/", views.announcement, name="announcement"),
    path("thong-bao/<int:pk>/doc/", views.announcement_aloud, name="announcement_aloud"),
    path("van-ban/", views.letters, name="letters"),
    path("van-ban/<int:pk>/", views.letter, name="letter"),
]
