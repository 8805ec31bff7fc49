"""A batch's way through a head and back, written out: a graph costs more than layers as small as these do."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.networks import Dropout, Head


class HeadPass:
    """What a head makes of one batch, and what that says of its parameters.

    Args:
        head: as it is now; change it only after `gradients`.
        x: features as `Head.forward` takes them.
        dropout: None for none.

    Attributes:
        logits: (..., 2) float32, those of `Head.forward`.
    """

    @torch.no_grad()
    def __init__(self, head: Head, x: torch.Tensor, dropout: Dropout | None) -> None:
        self._head = head
        self._factor = 1.0 if dropout is None else 1 / (1 - dropout.probability)
        self._parameters = [(layer.weight.to(x.dtype), layer.bias.to(x.dtype)) for layer in head.linear_layers]
        self._shape = x.shape[:-2] if head.reads == "flat windows" else x.shape[:-1]
        x = x.reshape(self._shape.numel(), -1)
        self._read = [x]  # by each hidden layer, (rows, c); behind them what the last layer or the pooling reads
        for kernel, bias in self._parameters:
            x = F.linear(x, kernel, bias).relu_()
            if dropout is not None:
                dropout.apply_(x)
            self._read.append(x)
        x = x.view(*self._shape, -1)
        self._pooled = (x.mean(dim=-2) if head.reads == "pooled windows" else x).float()
        self.logits: torch.Tensor = head.last(self._pooled)

    @torch.no_grad()
    def gradients(self, of_logits: torch.Tensor) -> list[torch.Tensor]:
        """(..., 2) derivatives of a loss by the logits -> those by the parameters, in the order of `Head`'s."""
        last = of_logits.flatten(0, -2)
        found = [last.t() @ self._pooled.flatten(0, -2), last.sum(dim=0)]
        d = (of_logits @ self._head.last.weight).to(self._read[0].dtype)
        if self._head.reads == "pooled windows":
            d = (d / self._shape[-1])[..., None, :].expand(*self._shape, -1)
        d = d.reshape(len(self._read[0]), -1)
        layers = zip(self._parameters, self._read[:-1], self._read[1:], strict=True)
        for (kernel, _), read, given in reversed([*layers]):
            # What ReLU or dropout made 0 says nothing; what dropout left in counts for what it took out.
            d = torch.ops.aten.threshold_backward(d if self._factor == 1 else d * self._factor, given, 0)
            found[:0] = [(d.t() @ read).float(), d.sum(dim=0).float()]
            if read is not self._read[0]:
                d = d @ kernel
        return found


def cross_entropy(
    logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The weighted sum of (m,) losses, and its derivatives by the (m, 2) logits.

    Args:
        logits: (m, 2) float32.
        labels: (m,) int64, 0 or 1.
        weights: (m,) float32; 1 / m for the mean.
    """
    logarithms = F.log_softmax(logits, dim=-1)
    loss = -(logarithms.gather(1, labels[:, None])[:, 0] * weights).sum()
    return loss, (logarithms.exp() - F.one_hot(labels, 2)) * weights[:, None]
