"""What the demo's form for registering a birth asks, answered: names of its fields and values as a browser sends them."""
ANSWERS = {"a_ho_ten": "Nguyễn Thị Bé", "a_ngay_sinh": "2020-03-01", "a_gioi_tinh": "nu", "a_noi_sinh_o": "ngoai",
           "a_xa_sinh": "Phường Ninh Kiều, Cần Thơ", "a_me_ho_ten": "Lê Thị Mẫu", "a_me_so": "092190000001", "a_da_ket_hon": "false"}
CHOSEN = ("a_gioi_tinh", "a_noi_sinh_o", "a_da_ket_hon")  # of these the value is ticked, not typed
