from django.urls.resolvers import URLPattern

app_name = "directives"
urlpatterns: list[URLPattern] = []
