from django.urls.resolvers import URLPattern

app_name = "dossiers"
urlpatterns: list[URLPattern] = []
