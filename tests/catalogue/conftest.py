"""Lines of the national format, and an import of them."""
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onestop.catalogue.services.importing import Report, import_procedures

Write = Callable[..., Path]


def channel(name: str = "Trực tuyến", amount: Any = 5, unit: str = "Ngày làm việc", fee: Any = 0, currency: str = "VND") -> dict[str, Any]:
    return {"hinh_thuc": name, "thoi_gian": amount, "don_vi": unit, "phi": fee, "don_vi_tien": currency}


def line(code: str = "8.000001", name: str = "Thủ tục thử nghiệm", **changes: Any) -> dict[str, Any]:
    """A good line, with changes."""
    return {"ma_thu_tuc": code, "ten_thu_tuc": name, "co_quan_cong_bo": "Bộ Tư pháp", "so_quyet_dinh": "1/QĐ", "cap_thuc_hien": ["Cấp xã"],
            "loai_thu_tuc": "Loại khác", "linh_vuc": "Hộ tịch", "doi_tuong": ["Công dân Việt Nam"],
            "cach_thuc": [channel(), channel("Trực tiếp")], "ket_qua": "Giấy xác nhận", **changes}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write lines (objects, or raw text and bytes) to a file."""

    def written(*lines: Any) -> Path:
        path = tmp_path / "danh-muc.jsonl"
        rows = [row if isinstance(row, bytes) else row.encode() if isinstance(row, str) else json.dumps(row, ensure_ascii=False).encode()
                for row in lines]
        path.write_bytes(b"\n".join(rows) + b"\n")
        return path

    return written


@pytest.fixture
def imported(db: None, write: Write) -> Callable[..., Report]:
    """Import lines and give the report."""
    return lambda *lines: import_procedures(write(*lines))
