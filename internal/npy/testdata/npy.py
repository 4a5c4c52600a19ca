"""Writes the .npy and .npz files that npy_test.go reads, and checks with numpy
the files that npy_test.go must write byte for byte (written_*.npy).

Made with numpy 2.5.5, Python 3.12. Run: python npy.py
"""

import numpy as np
from numpy.lib import format as npy

VALUES = [0, 1, 2, 100, 101, 127]

dtypes = {}
for dtype in "f4 f8 c8 c16 i1 i2 i4 i8 u1 u2 u4 u8".split():
    a = np.array(VALUES, dtype).reshape(2, 3)
    if dtype[0] != "u":
        a[0, 1] *= -1
    if dtype[0] in "fc":
        a *= a.dtype.type(0.1)
    if dtype[0] == "c":
        a += 1j * np.arange(6).reshape(2, 3).astype(dtype)
    dtypes[dtype] = a
np.savez_compressed("dtypes.npz", **dtypes)

np.save("scalar.npy", np.float64(2.5))
np.save("vector.npy", np.arange(5, dtype=np.float32))
np.save("empty.npy", np.zeros((0, 4), np.float32))
np.save("big_endian.npy", np.arange(3, dtype=">f4"))
np.save("fortran.npy", np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)))
np.save("string.npy", np.array(["a", "b"]))
np.save("record.npy", np.zeros(2, [("a", "<f4"), ("b", "<i2")]))
for version in (2, 3):
    with open(f"version{version}.npy", "wb") as f:
        npy.write_array(f, np.arange(3, dtype=np.float32), version=(version, 0))

for name, want in {
    "written_0d": np.float32(1.5),
    "written_1d": np.arange(3, dtype=np.float32),
    "written_2d": np.array([[1.5, -2, np.inf], [0, 1e-45, np.nan]], np.float32),
    "written_3d": np.zeros((2, 0, 3), np.float32),
    "written_4d": np.arange(6, dtype=np.float32).reshape(1, 2, 1, 3),
}.items():
    got = np.load(f"{name}.npy")
    assert got.dtype == np.float32 and got.shape == want.shape, name
    np.testing.assert_array_equal(got, want, name)
