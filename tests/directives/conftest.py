"""The offices that the five letters were written to, and the letters as the demonstration loads them."""
from collections.abc import Callable
from datetime import date

import pytest

from onestop import clock
from onestop.directives import demo
from onestop.offices.models import Area, Office
from onestop.offices.states import AreaLevel, OfficeLevel
from tests.cast import Cast
from tests.cast import office as make_office

TODAY = date(2026, 11, 25)


def _province(code: str, name: str, office_code: str, identifier: str) -> Area:
    area = Area.objects.create(code=code, name=name, level=AreaLevel.PROVINCE)
    make_office(office_code, identifier, f"Trung tâm Phục vụ hành chính công {name}", OfficeLevel.PROVINCE, area, area)
    return area


def _below(code: str, name: str, level: str, office_code: str, identifier: str, province: Area) -> None:
    area = Area.objects.create(code=code, name=name, level=level, parent=province)
    make_office(office_code, identifier, f"Bộ phận Một cửa {name}", level, area, province)


@pytest.fixture
def letters(cast: Cast) -> Callable[[str], Office]:
    """The five letters and their copies, loaded as on TODAY; gives an office by its code."""
    can_tho = _province("92", "Thành phố Cần Thơ", "can-tho", "H13")
    ca_mau = _province("96", "Tỉnh Cà Mau", "ca-mau", "H12")
    ha_noi = _province("01", "Thành phố Hà Nội", "ha-noi", "H26")
    _province("25", "Tỉnh Phú Thọ", "phu-tho", "H44")
    vinh_phuc = _province("H26", "Tỉnh Vĩnh Phúc", "vinh-phuc", "H62")
    khanh_hoa = _province("56", "Tỉnh Khánh Hòa", "khanh-hoa", "H32")
    commune, district = AreaLevel.COMMUNE, AreaLevel.DISTRICT
    _below("31135", "Phường Ninh Kiều", commune, "ninh-kieu", "H13.70", can_tho)
    _below("31999", "Phường An Xuyên", commune, "an-xuyen", "H12.70", ca_mau)
    _below("10183", "Xã Thường Tín", commune, "thuong-tin", "H26.70", ha_noi)
    _below("H279", "Huyện Thường Tín", district, "huyen-thuong-tin", "H26.28", ha_noi)
    _below("H243", "Thành phố Vĩnh Yên", district, "vinh-yen-cu", "H62.20", vinh_phuc)
    _below("22366", "Phường Nha Trang", commune, "nha-trang", "H32.70", khanh_hoa)
    with clock.frozen(clock.at(TODAY, 8)):
        demo.load(password="", say=lambda _line: None)
        demo.load(password="", say=lambda _line: None)
    return lambda code: Office.objects.get(code=code)
