"""Addresses of dossiers. Public: handing in, proof of filing, tracking."""
from django.urls import path

from dossiers.views import casework, citizen, desk, extensions

app_name = "dossiers"
urlpatterns = [
    path("nop/<str:code>/", citizen.submit, name="submit"),
    path("da-nop/<str:reference>/", citizen.submitted, name="submitted"),
    path("tra-cuu/", citizen.track, name="track"),
    path("tra-cuu/<str:number>/", citizen.tracked, name="tracked"),
    path("xu-ly/", casework.inbox, name="inbox"),
    path("xu-ly/<int:pk>/", casework.detail, name="detail"),
    path("xu-ly/<int:pk>/tiep-nhan/", casework.accept, name="accept"),
    path("xu-ly/<int:pk>/tu-choi/", casework.refuse, name="refuse"),
    path("xu-ly/<int:pk>/thu-ly/", casework.start, name="start"),
    path("xu-ly/<int:pk>/phan-cong/", casework.assign, name="assign"),
    path("xu-ly/<int:pk>/bo-sung/", casework.request_supplement, name="request_supplement"),
    path("xu-ly/<int:pk>/thanh-toan/", casework.request_payment, name="request_payment"),
    path("xu-ly/<int:pk>/dung/", casework.stop, name="stop"),
    path("xu-ly/<int:pk>/tiep-tuc/", casework.resume, name="resume"),
    path("xu-ly/<int:pk>/rut/", casework.withdraw, name="withdraw"),
    path("xu-ly/<int:pk>/ket-qua/", casework.decide, name="decide"),
    path("xu-ly/<int:pk>/tra-ket-qua/", casework.hand_over, name="hand_over"),
    path("xu-ly/<int:pk>/cach-nhan/", casework.change_return, name="change_return"),
    path("xu-ly/<int:pk>/ghi-chu/", casework.write_note, name="write_note"),
    path("xu-ly/<int:pk>/giay-tiep-nhan/", casework.print_receipt, name="print_receipt"),
    path("xu-ly/<int:pk>/gia-han/", extensions.ask, name="ask_extension"),
    path("gia-han/", extensions.queue, name="extensions"),
    path("gia-han/<int:pk>/", extensions.show, name="extension"),
    path("gia-han/<int:pk>/phe-duyet/", extensions.approve, name="approve_extension"),
    path("gia-han/<int:pk>/tu-choi/", extensions.reject, name="reject_extension"),
    path("quay/", desk.choose, name="intake"),
    path("quay/<slug:office>/<str:code>/<str:channel>/", desk.take_in, name="take_in"),
    path("bieu-mau/<uuid:key>/", casework.form, name="form"),
    path("tep/<uuid:key>/", casework.file, name="file"),
]
