from django.urls import include, path

from onestop.people.views import administration, entrance, machinery

pages = [
    path("dang-nhap/", entrance.SignIn.as_view(), name="sign_in"),
    path("dang-xuat/", entrance.SignOut.as_view(), name="sign_out"),
    path("lam-viec/", entrance.desk, name="desk"),
    path("ngon-ngu/", entrance.language, name="language"),
    path("quan-ly/can-bo/", administration.assignments, name="assignments"),
    path("quan-ly/can-bo/<int:pk>/ket-thuc/", administration.end_assignment, name="end_assignment"),
    path("quan-ly/tai-danh-sach/", administration.downloads, name="downloads"),
    path("quan-ly/khoa-api/", administration.api_tokens, name="tokens"),
    path("quan-ly/khoa-api/<int:pk>/thu-hoi/", administration.revoke_token, name="revoke_token"),
]
urlpatterns = [
    path("", include((pages, "people"))),
    path("healthz", machinery.healthz, name="healthz"),
    path("readyz", machinery.readyz, name="readyz"),
    path("metrics", machinery.metrics, name="metrics"),
]
