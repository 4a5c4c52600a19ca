"""OpenBLAS, which NumPy's wheels carry."""

import numpy as np
import threadpoolctl

from protocol import serve


def make(case, threads):
    n = case.n
    if case.kind not in ("gemm", "linear"):
        return None
    out = np.empty((n[0], n[1]), np.float32)
    a = case.values("a", n[0], n[2])
    b = case.values("b", n[2], n[1]) if case.kind == "gemm" else case.values("b", n[1], n[2]).T
    return lambda: np.matmul(a, b, out=out)


info = [p for p in threadpoolctl.threadpool_info() if p["internal_api"] == "openblas"][0]
serve(f"NumPy {np.__version__} with OpenBLAS {info['version']} ({info['architecture']})", make, lambda threads: threadpoolctl.threadpool_limits(threads))
