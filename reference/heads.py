#!/usr/bin/env python3
"""Golden probabilities for the heads of genrenet-train from scikit-learn.

    python reference/heads.py

writes crates/genrenet-train/tests/golden/heads.json. Every value is a multiple of a power of two, so it is the same number
in single and in double precision.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

OUT = Path(__file__).resolve().parent.parent / "crates/genrenet-train/tests/golden/heads.json"


def rows(seed, counts, columns, spread=1.0, scales=None, constant=()):
    """Rows of classes that lie `spread` apart, and twelve further ones."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    centres = rng.normal(size=(len(counts), columns)) * spread
    mixed = np.eye(columns) + 0.5 * rng.normal(size=(columns, columns)) / np.sqrt(columns)

    def draw(of):
        x = centres[of] + rng.normal(size=(len(of), columns)) @ mixed + 0.5
        x = np.round(x * 16) / 16
        for column, value in constant:
            x[:, column] = value
        return x if scales is None else x * scales

    return draw(labels), labels, draw(rng.integers(0, len(counts), 12))


def logistic(x, y, queries, c, weights):
    """As two solvers of scikit-learn agree."""
    # One sigmoid is penalised half as much as two columns of weights that are each other's negative.
    c = c * 2 if len(np.unique(y)) == 2 else c
    fitted = [
        LogisticRegression(C=c, solver=solver, tol=tol, max_iter=100_000).fit(x, y, sample_weight=weights)
        for solver, tol in [("newton-cholesky", 1e-12), ("lbfgs", 1e-10)]
    ]
    p = [f.predict_proba(queries) for f in fitted]
    assert np.abs(p[0] - p[1]).max() < 2e-5, np.abs(p[0] - p[1]).max()
    return p[0]


def discriminant(x, y, queries, priors):
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=priors)
    p = lda.fit(x, y).predict_proba(queries)
    # An answer that depends on the order of rows is rounding.
    order = np.random.default_rng(0).permutation(len(x))
    again = lda.fit(x[order], y[order]).predict_proba(queries)
    assert np.abs(p - again).max() < 1e-6, np.abs(p - again).max()
    return p


def case(name, data, c, balanced=False, priors=None, lda=True):
    x, y, queries = data
    counts = np.bincount(y)
    weights = (len(y) / (len(counts) * counts))[y] if balanced else None
    return {
        "name": name,
        "columns": x.shape[1],
        "classes": len(counts),
        "values": x.ravel().tolist(),
        "labels": y.tolist(),
        "queries": queries.ravel().tolist(),
        "c": c,
        "weights": None if weights is None else weights.tolist(),
        "priors": priors,
        "logistic": logistic(x, y, queries, c, weights).ravel().round(9).tolist(),
        "discriminant": discriminant(x, y, queries, priors).ravel().round(9).tolist() if lda else None,
    }


def main():
    uniform = [0.2] * 5
    scales = 2.0 ** np.array([-6, 0, 5, 10])
    cases = [
        case("ten classes", rows(1, [6] * 10, 20), 0.03),
        case("uneven classes, balanced weights", rows(2, [25, 4, 9], 5), 1.0, balanced=True),
        case("uniform priors", rows(3, [20, 3, 5, 8, 2], 6), 0.1, priors=uniform),
        case("given priors", rows(4, [9, 9, 9], 4, spread=0.3), 10.0, priors=[0.5, 0.3, 0.2]),
        case("more columns than rows", rows(5, [5, 6, 4], 24), 0.1),
        case("one row in a class", rows(6, [8, 7, 1, 5], 6), 0.3),
        case("one row in each class", rows(7, [1] * 5, 10), 0.03, lda=False),
        case("columns that do not vary", rows(8, [7, 6, 9], 6, constant=[(1, 0.0), (4, 3.0)]), 1.0),
        case("columns of very different size", rows(9, [15, 15, 15], 4, spread=0.5, scales=scales), 1.0),
        case("one column", rows(10, [9, 8, 7], 1), 1.0),
        case("two classes", rows(11, [11, 7], 5), 0.5),
        case("two classes, uneven, balanced", rows(12, [20, 3], 8, spread=0.4), 0.03, balanced=True),
        case("separable, hardly penalised", rows(13, [8, 8, 8], 3, spread=4.0), 1000.0),
    ]
    made_by = f"reference/heads.py: scikit-learn {sklearn.__version__}, numpy {np.__version__}"
    OUT.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(c) for c in cases)
    OUT.write_text(f'{{"made_by": {json.dumps(made_by)}, "cases": [\n{lines}\n]}}\n')
    print(OUT.name, OUT.stat().st_size)


if __name__ == "__main__":
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "Only one sample available")
    main()
