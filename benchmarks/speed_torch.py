"""The networks of `build_model` written in PyTorch by hand: what benchmarks/speed.py compares them with."""

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from emokit.model import bodies, front_ends, masks


class Normed(nn.Module):
    """Batch normalisation whose averages come from valid places alone: x (batch, channels, places)."""

    def __init__(self, channels: int):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x, valid):
        inside = valid[:, None].to(x.dtype)
        n = inside.sum()
        mean = (x * inside).sum((0, 2)) / n
        variance = ((x - mean[:, None]) * inside).square().sum((0, 2)) / n
        with torch.no_grad():
            self.mean.lerp_(mean, 1 - masks.BATCH_NORM_MOMENTUM)
            self.variance.lerp_(variance, 1 - masks.BATCH_NORM_MOMENTUM)
        factor = self.scale * torch.rsqrt(variance + 1e-3)
        return x * factor[:, None] + (self.shift - mean * factor)[:, None]


class Conv1d(nn.Module):
    """Front end `conv1d`."""

    channels, frames = front_ends.FILTERS[-1], 16

    def __init__(self, n_bands: int):
        super().__init__()
        widths = [n_bands, *front_ends.FILTERS]
        pairs = zip(widths, widths[1:], strict=False)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(i, o, front_ends.KERNEL_FRAMES, padding="same", bias=False) for i, o in pairs
        )
        self.norms = nn.ModuleList(Normed(width) for width in front_ends.FILTERS)

    def forward(self, frames, lengths):
        x, stride = frames.transpose(1, 2), 1
        valid = _valid(x.shape[2], stride, lengths)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = functional.max_pool1d(convolution(x.masked_fill(~valid[:, None], 0)), 2)
            stride *= 2
            valid = _valid(x.shape[2], stride, lengths)
            x = functional.relu(norm(x, valid))
        return x.transpose(1, 2), valid


class Means(nn.Module):
    """Front end `none`."""

    frames = front_ends.FRAMES_PER_MEAN

    def __init__(self, n_bands: int):
        super().__init__()
        self.channels = n_bands

    def forward(self, frames, lengths):
        x = frames.masked_fill(~_valid(frames.shape[1], 1, lengths)[..., None], 0)
        x = functional.avg_pool1d(x.transpose(1, 2), self.frames).transpose(1, 2)
        return x, _valid(x.shape[1], self.frames, lengths)


class BiLstm(nn.Module):
    """Body `bilstm`."""

    units = 2 * bodies.LSTM_UNITS

    def __init__(self, channels: int, dropout: float):
        super().__init__()
        self.lstm, self.dropout = Packed(channels, bodies.LSTM_UNITS, bidirectional=True), nn.Dropout(dropout)

    def forward(self, x, valid):
        x = self.dropout(self.lstm(self.dropout(x), valid))  # zeros behind the end
        return x.sum(1) / valid.sum(1, keepdim=True)


class ResidualLstm(nn.Module):
    """Body `residual_lstm`."""

    units = 2 * bodies.ATTENDED_UNITS

    def __init__(self, channels: int, dropout: float):
        super().__init__()
        width = bodies.RESIDUAL_UNITS
        self.map, self.dropout = nn.Linear(channels, width, bias=False), nn.Dropout(dropout)
        self.first, self.second = Packed(width, width), Packed(width, bodies.ATTENDED_UNITS, bidirectional=True)
        self.norms = nn.ModuleList(map(Normed, (width, width, self.units)))
        self.score = nn.Linear(self.units, 1)

    def forward(self, x, valid):
        x = self._norm(0, self.map(x), valid)
        x = self._norm(1, x + self.first(x, valid), valid)
        x = self._norm(2, self.second(self.dropout(x), valid), valid)
        score = self.score(torch.tanh(x))[..., 0].masked_fill(~valid, -torch.inf)
        return self.dropout((torch.softmax(score, 1)[..., None] * x).sum(1))

    def _norm(self, place: int, x, valid):
        return self.norms[place](x.transpose(1, 2), valid).transpose(1, 2).masked_fill(~valid[..., None], 0)


class Packed(nn.LSTM):
    """An LSTM that computes valid steps only."""

    def __init__(self, channels: int, units: int, **options):
        super().__init__(channels, units, batch_first=True, **options)

    def forward(self, x, valid):
        packed = pack_padded_sequence(x, valid.sum(1), batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(super().forward(packed)[0], batch_first=True, total_length=x.shape[1])[0]


FRONT_ENDS = {"conv1d": Conv1d, "none": Means}
BODIES = {"bilstm": BiLstm, "residual_lstm": ResidualLstm}


class Network(nn.Module):
    """What `build_model` builds of the same arguments, to logits."""

    def __init__(self, n_bands: int, n_classes: int, front_end: str, body: str, dropout: float):
        super().__init__()
        self.front_end = FRONT_ENDS[front_end](n_bands)
        self.body = BODIES[body](self.front_end.channels, dropout)
        self.head = nn.Linear(self.body.units, n_classes)

    def forward(self, frames, lengths):
        return self.head(self.body(*self.front_end(frames, lengths)))


def trainer(arrays: tuple, arguments: dict, batch_size: int):
    """A function that trains one epoch on (frames, lengths, labels)."""
    frames, lengths, labels = (torch.from_numpy(array) for array in arrays)
    names = ("front_end", "body", "dropout")
    network = Network(frames.shape[2], int(labels.max()) + 1, **{name: arguments[name] for name in names})
    kernels = [value for name, value in network.named_parameters() if value.ndim > 1 and "weight_hh" not in name]
    optimizer = torch.optim.Adam(network.parameters(), 0.0003, eps=1e-7)

    def epoch() -> None:
        for start in range(0, len(labels), batch_size):
            batch = slice(start, start + batch_size)
            loss = functional.cross_entropy(network(frames[batch], lengths[batch]), labels[batch])
            loss = loss + arguments["l2"] * sum(kernel.square().sum() for kernel in kernels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss.item()  # as Keras keeps it

    return epoch


def _valid(places: int, stride: int, lengths):
    return torch.arange(places) * stride < lengths[:, None]
