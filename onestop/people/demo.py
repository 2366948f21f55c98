"""Demonstration people: one in each role, plainly not real. Their roles are given where the offices are made."""
from collections.abc import Callable

from django.contrib.auth.hashers import make_password

from onestop.people.models import User
from onestop.people.services import make_user

PEOPLE = {
    "congdan": "Công dân (mẫu)", "motcua": "Cán bộ tiếp nhận (mẫu)", "chuyenvien": "Chuyên viên thụ lý (mẫu)",
    "lanhdao": "Lãnh đạo phường (mẫu)", "baove": "Bảo vệ cửa (mẫu)", "quantri": "Quản trị Cần Thơ (mẫu)",
    "tongdai": "Nhân viên tổng đài (mẫu)", "giamsat": "Theo dõi cấp tỉnh (mẫu)", "buuta": "Nhân viên bưu chính (mẫu)",
    "quantri-ca-mau": "Quản trị Cà Mau (mẫu)", "quantri-ha-noi": "Quản trị Hà Nội (mẫu)", "quantri-phu-tho": "Quản trị Phú Thọ (mẫu)",
    "quantri-khanh-hoa": "Quản trị Khánh Hòa (mẫu)", "duyet-khanh-hoa": "Người duyệt quyết toán Khánh Hòa (mẫu)",
    "quantri-vinh-phuc": "Quản trị Vĩnh Phúc (mẫu)",
    "motcua-an-xuyen": "Cán bộ tiếp nhận An Xuyên (mẫu)", "chuyenvien-cai-rang": "Chuyên viên Cái Răng (mẫu)",
    "chuyenvien-nha-trang": "Chuyên viên Nha Trang (mẫu)",
}


def load(*, password: str, say: Callable[[str], None]) -> None:
    """Make the people who are missing, all with one password; where it is another than last time, everybody gets the new one."""
    first = User.objects.filter(username__in=PEOPLE).first()
    if first is not None and first.check_password(password) and User.objects.filter(username__in=PEOPLE).count() == len(PEOPLE):
        return
    shared = make_password(password)  # once: a strong hash takes its time
    User.objects.filter(username__in=PEOPLE).update(password=shared)
    made = [make_user(username=name, full_name=full_name, password_hash=shared)[1] for name, full_name in PEOPLE.items()]
    say(f"people: {sum(made)} new of {len(PEOPLE)}")
