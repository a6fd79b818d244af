#!/usr/bin/env python3
"""t-SNE of this project against scikit-learn's: wall and processor time, KL divergence, trustworthiness.

    python reference/bench_tsne.py [--n 8000] [--d 64] [--runs 5] [--threads 2] [--vggish ../shared/data/fma-small/vggish.npz]

Both get the same points, perplexity 50, 1 000 steps, a start from principal components and the same number of threads,
and take turns. Both layouts are then judged by the same code: the divergence over the 150 nearest neighbours with the
exact normalisation, and scikit-learn's trustworthiness over 5 neighbours. Medians over the runs, and the range of the
ratio from round to round.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def cpu(who):
    """Seconds of processor time used so far."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--n", type=int, default=8000)
    parser.add_argument("--d", type=int, default=64)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--vggish", help="take real embeddings (their first D principal components) instead of made ones")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)

    import numpy as np
    import sklearn
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE, trustworthiness

    if options.vggish:
        data = np.load(options.vggish)["embedding"].astype(np.float64)
        data = PCA(options.d, svd_solver="full").fit_transform(data)[: options.n]
        what = f"VGGish embeddings, {options.d} principal components"
    else:
        # Like the last hidden layer of a genre network: eight overlapping groups of unequal directions, rectified.
        rng = np.random.default_rng(0)
        centres = rng.normal(size=(8, options.d))
        scale = 1 / np.sqrt(1 + np.arange(options.d) / 4)
        data = centres[rng.integers(0, 8, options.n)] + 2 * rng.normal(size=(options.n, options.d)) * scale
        data = np.maximum(data, 0)
        what = "eight overlapping groups, rectified"
    data = np.ascontiguousarray(data, dtype="<f4")
    n, d = data.shape

    subprocess.run(
        ["cargo", "build", "--release", "-q", "-p", "genrenet-metrics", "--example", "tsne"], cwd=ROOT, check=True
    )
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    program = Path(target) / "release/examples/tsne"

    results = {"ours": [], "theirs": []}
    with tempfile.TemporaryDirectory() as folder:
        source, layout = Path(folder) / "in.f32", Path(folder) / "out.f32"
        source.write_bytes(data.tobytes())

        def judged(points):
            layout.write_bytes(np.ascontiguousarray(points, dtype="<f4").tobytes())
            measure = [program, source, str(n), str(d), layout, "50", "0"]
            kl = json.loads(subprocess.run(measure, check=True, capture_output=True).stdout)["kl"]
            return kl, trustworthiness(data, points, n_neighbors=5)

        for _ in range(options.runs):
            command = [program, source, str(n), str(d), layout]
            before = cpu(resource.RUSAGE_CHILDREN)
            result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            used = cpu(resource.RUSAGE_CHILDREN) - before
            points = np.frombuffer(layout.read_bytes(), "<f4").reshape(n, 2)
            results["ours"].append((result["seconds"], used, *judged(points)))

            begun, before = time.perf_counter(), cpu(resource.RUSAGE_SELF)
            points = TSNE(perplexity=50, init="pca", max_iter=1000, random_state=0).fit_transform(data)
            seconds = time.perf_counter() - begun
            used = cpu(resource.RUSAGE_SELF) - before
            results["theirs"].append((seconds, used, *judged(points)))

    print(f"{n} x {d} ({what}), {options.threads} threads, median of {options.runs}")
    print(f"{'':24}{'seconds':>10}{'CPU s':>10}{'KL':>10}{'trust(5)':>10}")
    median = {}
    for name, label in [("ours", "genrenet-metrics"), ("theirs", f"scikit-learn {sklearn.__version__}")]:
        median[name] = [float(np.median(column)) for column in zip(*results[name])]
        seconds, used, kl, trust = median[name]
        print(f"{label:24}{seconds:10.2f}{used:10.2f}{kl:10.4f}{trust:10.4f}")
    ratios = [median["theirs"][i] / median["ours"][i] for i in (0, 1)]
    print(f"scikit-learn over ours: {ratios[0]:.1f} in wall time, {ratios[1]:.1f} in CPU time")
    rounds = [[t[i] / o[i] for o, t in zip(results["ours"], results["theirs"])] for i in (0, 1)]
    low, high = zip(*[(min(r), max(r)) for r in rounds])
    print(f"round by round: {low[0]:.1f} to {high[0]:.1f} in wall time, {low[1]:.1f} to {high[1]:.1f} in CPU time")


if __name__ == "__main__":
    main()
