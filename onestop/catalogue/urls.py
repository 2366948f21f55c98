"""/quan-ly/thu-tuc/: the administrator's pages of the catalogue."""
from django.urls import path

from onestop.catalogue.views import eform_editing, eforms, procedures, review

app_name = "catalogue"
urlpatterns = [
    path("", procedures.procedure_list, name="list"),
    path("ra-soat/", review.review_list, name="review"),
    path("ra-soat/<int:pk>/", review.review_item, name="item"),
    path("quy-tac/", review.rules, name="rules"),
    path("quy-tac/moi/<slug:problem>/", review.rule_new, name="rule_new"),
    path("quy-tac/<int:pk>/hoan-tac/", review.rule_undo, name="rule_undo"),
    path("<str:code>/", procedures.procedure_detail, name="detail"),
    path("<str:code>/dac-diem/", procedures.edit_flags, name="flags"),
    path("<str:code>/giay-to/", procedures.edit_papers, name="papers"),
    path("<str:code>/bieu-mau/", eforms.overview, name="eform"),
    path("<str:code>/bieu-mau/soan/", eforms.begin, name="eform_begin"),
    path("<str:code>/bieu-mau/buoc/", eforms.step, name="eform_step"),
    path("<str:code>/bieu-mau/lay-tu/", eforms.fill, name="eform_fill"),
    path("<str:code>/bieu-mau/xem-truoc/", eforms.preview, name="eform_preview"),
    path("<str:code>/bieu-mau/cong-bo/", eforms.publish_page, name="eform_publish"),
    path("<str:code>/bieu-mau/bo-ban-soan/", eforms.discard_draft, name="eform_discard"),
    path("<str:code>/bieu-mau/ngung-dung/", eforms.withdraw_form, name="eform_withdraw"),
    path("<str:code>/bieu-mau/tep/<int:number>/", eforms.export, name="eform_export"),
    path("<str:code>/bieu-mau/phan-moi/", eform_editing.new_section, name="eform_section_new"),
    path("<str:code>/bieu-mau/phan/<int:number>/", eform_editing.edit_section, name="eform_section"),
    path("<str:code>/bieu-mau/truong-moi/", eform_editing.new_field, name="eform_field_new"),
    path("<str:code>/bieu-mau/truong/<str:key>/", eform_editing.edit_field, name="eform_field"),
]
