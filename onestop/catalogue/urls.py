"""/quan-ly/thu-tuc/: the administrator's pages of the catalogue."""
from django.urls import path

from onestop.catalogue.views import procedures, review

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
]
