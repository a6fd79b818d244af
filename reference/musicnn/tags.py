"""Prints the tags of many files with librosa and musicnn's own code: the script that `genrenet classify` is timed against.

    python reference/musicnn/tags.py [--model msd] [--top 3] [--threads 1] FILE...

Loading, spectrogram and windows are the authors' `extractor.batch_data`, the network their `models.py` in TensorFlow, a
window at a time as their configuration says. Their own loop builds the graph anew and reads the checkpoint for each file;
here that is done once. Needs requirements.txt of this folder.
"""

import argparse
import os
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="msd")
    parser.add_argument("--top", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(options.threads)

    import numpy as np

    import authors

    graph = authors.Authors(options.model, threads=options.threads, precision="float32")
    from musicnn import extractor

    labels = authors.labels(options.model)
    for file in options.files:
        try:
            batch, _ = extractor.batch_data(file, authors.FRAMES, authors.FRAMES)
        except Exception as fault:  # one bad file does not stop the others
            print(f"{file}: {fault!r}", file=sys.stderr)
            continue
        tags = [graph.session.run(graph.fetch["tags"], {graph.x: window[None], graph.training: False})[0] for window in batch]
        mean = np.mean(tags, axis=0)
        best = np.argsort(-mean)[: options.top]
        print(f"{file}\t" + "\t".join(f"{labels[i]} {mean[i]:.4f}" for i in best), flush=True)


if __name__ == "__main__":
    main()
