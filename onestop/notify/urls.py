from django.urls.resolvers import URLPattern

app_name = "notify"
urlpatterns: list[URLPattern] = []
