"""The refusals that several verbs share: one code, one sentence."""
from django.utils.translation import gettext_lazy as _

from onestop.transitions import Refused


def slot_full() -> Refused:
    return Refused("slot_full", _("Khung giờ này không còn đủ chỗ. Vui lòng chọn khung giờ khác."), status=409)


def session_full() -> Refused:
    return Refused("session_full", _("Buổi này đã nhận đủ số hồ sơ tối đa. Vui lòng chọn buổi khác."), status=409)


def closed() -> Refused:
    return Refused("closed", _("Khung giờ này hiện không nhận đặt lịch. Vui lòng chọn khung giờ khác."), status=409)


def already_booked() -> Refused:
    return Refused("already_booked", _("Bạn đã có một lịch hẹn cho thủ tục này. Bạn có thể đổi giờ hoặc hủy lịch hẹn đó."), status=409)


def not_allowed() -> Refused:
    return Refused("not_allowed", _("Tài khoản của bạn không có quyền làm việc này."), status=403)


def result_elsewhere() -> Refused:
    return Refused("wrong_office", _("Kết quả chỉ nhận được tại đơn vị đã tiếp nhận hồ sơ."))


def changed_meanwhile() -> Refused:
    return Refused("changed_meanwhile", _("Lịch hẹn vừa được thay đổi ở nơi khác. Vui lòng tải lại."), status=409)


def unknown_channel() -> Refused:
    sentence = _("Kênh đặt lịch không hợp lệ.")
    return Refused("unknown_channel", sentence, fields={"channel": [sentence]})


def unknown_priority() -> Refused:
    sentence = _("Diện ưu tiên không hợp lệ.")
    return Refused("unknown_priority", sentence, fields={"priority": [sentence]})
