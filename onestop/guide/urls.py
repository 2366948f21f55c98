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
    path("van-ban/", views.letters, name="letters"),
    path("van-ban/<int:pk>/", views.letter, name="letter"),
]
