#!/usr/bin/env python3
"""Golden figures for genrenet-metrics from scikit-learn and scipy.

    python reference/metrics.py

writes crates/genrenet-metrics/tests/golden/*.json. Every input is stored beside the figure, rounded so that it is the
same number in single and in double precision.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import optimize, stats
from sklearn import metrics
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

OUT = Path(__file__).resolve().parent.parent / "crates/genrenet-metrics/tests/golden"


def single(x):
    """Values that single precision holds exactly."""
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def ece(probabilities, labels, bins):
    """Expected calibration error, Guo et al. 2017, equation 3, written out."""
    confidence = probabilities.max(1)
    hit = probabilities.argmax(1) == labels
    edges = np.linspace(0, 1, bins + 1)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - hit[inside].mean())
    return error


def classification():
    rng = np.random.default_rng(8)
    n, k = 211, 5
    logits = single(rng.normal(size=(n, k)) * 2)
    # Class 4 never occurs as a label, so its scores are the undefined ones.
    labels = np.where(rng.random(n) < 0.5, logits[:, :4].argmax(1), rng.integers(0, 4, n))
    p = np.exp(logits - logits.max(1, keepdims=True))
    # Multiples of 2^-20 that add up to one exactly.
    p = np.round(p / p.sum(1, keepdims=True) * 2**20) / 2**20
    p[np.arange(n), p.argmax(1)] += 1 - p.sum(1)
    assert (p == single(p)).all()
    predicted = p.argmax(1)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(k), zero_division=0
    )

    def loss(log_t):
        z = logits / np.exp(log_t)
        z = z - z.max(1, keepdims=True)
        return -(z[np.arange(n), labels] - np.log(np.exp(z).sum(1))).mean()

    fitted = optimize.minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-12})
    return {
        "classes": k,
        "logits": logits.ravel().tolist(),
        "probabilities": p.ravel().tolist(),
        "labels": labels.tolist(),
        "accuracy": metrics.accuracy_score(labels, predicted),
        "top": [metrics.top_k_accuracy_score(labels, p, k=t, labels=range(k)) for t in (1, 2, 3)],
        "confusion": metrics.confusion_matrix(labels, predicted, labels=range(k)).tolist(),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "macro_f1": metrics.f1_score(labels, predicted, average="macro", zero_division=0),
        "log_loss": metrics.log_loss(labels, p, labels=range(k)),
        "brier": metrics.brier_score_loss(labels, p, labels=range(k), scale_by_half=False),
        "ece": ece(p, labels, 15),
        "temperature": float(np.exp(fitted.x)),
    }


def several():
    """Rows of several classes each; class 5 has no row, scores are rounded so that many are equal."""
    rng = np.random.default_rng(21)
    n, k = 173, 6
    truth = rng.random((n, k)) < np.array([0.5, 0.2, 0.1, 0.02, 0.3, 0.0])
    scores = single(np.round(np.clip(rng.normal(0.4, 0.2, (n, k)) + 0.15 * truth, 0, 1), 2))
    each = [metrics.average_precision_score(truth[:, c], scores[:, c]) if truth[:, c].any() else None for c in range(k)]
    return {
        "classes": k,
        "probabilities": scores.ravel().tolist(),
        "truth": truth.ravel().tolist(),
        "average_precision": each,
        "mean": float(np.mean([x for x in each if x is not None])),
    }


def tests():
    rng = np.random.default_rng(9)
    values = single(rng.normal(0.5, 0.03, 5))
    mean = values.mean()
    low, high = stats.t.interval(0.95, len(values) - 1, mean, stats.sem(values))
    pairs = [(3, 11), (0, 7), (40, 40), (120, 171), (1, 0), (600, 700), (2000, 2300)]
    hits = (rng.random(400) < 0.6).tolist()
    other = [h != (rng.random() < 0.2) for h in hits]
    boot = stats.bootstrap(
        (np.array(hits, float),), np.mean, n_resamples=20000, method="percentile", random_state=1
    ).confidence_interval
    paired = stats.bootstrap(
        (np.array(hits, float) - np.array(other, float),),
        np.mean, n_resamples=20000, method="percentile", random_state=1,
    ).confidence_interval
    return {
        "values": values.tolist(),
        "mean": [mean, low, high],
        "t_quantiles": [[df, stats.t.ppf(0.975, df)] for df in (1, 3, 5, 9, 31, 199)],
        "pairs": pairs,
        "exact": [stats.binomtest(a, a + b).pvalue for a, b in pairs],
        "chi_squared": [stats.chi2.sf(max(abs(a - b) - 1, 0) ** 2 / (a + b), 1) for a, b in pairs],
        "hits": hits,
        "other": other,
        "bootstrap": [boot.low, boot.high],
        "paired_bootstrap": [paired.low, paired.high],
        "wilson": [
            [k, n, *stats.binomtest(k, n).proportion_ci(0.95, "wilson")]
            for k, n in [(0, 7), (1, 1), (20, 20), (3, 11), (140, 200), (0, 1), (999, 1000)]
        ],
    }


def layouts():
    rng = np.random.default_rng(10)
    n, d = 90, 12
    centres = rng.normal(size=(3, d)) * 3
    data = single(centres[np.arange(n) % 3] + rng.normal(size=(n, d)))
    pca = PCA(3, svd_solver="full").fit(data)
    wide = single(rng.normal(size=(9, 21)))
    wide_pca = PCA(4, svd_solver="full").fit(wide)
    # Exact t-SNE, so that nothing is owed to the tree of scikit-learn.
    tsne = TSNE(perplexity=20, init="pca", method="exact", max_iter=1000, random_state=0)
    points = single(tsne.fit_transform(data))
    return {
        "n": n,
        "d": d,
        "data": data.ravel().tolist(),
        "components": pca.components_.ravel().tolist(),
        "variance": pca.explained_variance_.tolist(),
        "ratio": pca.explained_variance_ratio_.tolist(),
        "projected": pca.transform(data)[:5].ravel().tolist(),
        "wide": wide.ravel().tolist(),
        "wide_components": wide_pca.components_.ravel().tolist(),
        "wide_variance": wide_pca.explained_variance_.tolist(),
        "points": points.ravel().tolist(),
        "trustworthiness": [trustworthiness(data, points, n_neighbors=k) for k in (5, 12)],
        "tsne_kl": float(tsne.kl_divergence_),
    }


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    made_by = f"reference/metrics.py: scikit-learn {sklearn.__version__}, scipy {scipy.__version__}"
    for name, make in [("classification", classification), ("tests", tests), ("layouts", layouts), ("several", several)]:
        golden = {"made_by": made_by, **make()}
        (OUT / f"{name}.json").write_text(json.dumps(golden) + "\n")
        print(name, (OUT / f"{name}.json").stat().st_size)


if __name__ == "__main__":
    main()
