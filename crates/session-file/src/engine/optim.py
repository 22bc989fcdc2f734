"""Optimiser and schedule of the run."""

from math import cos, pi

import torch

# What is remembered of a parameter, as it is called in the .safetensors file.
KINDS = {
    "sgd": ["momentum_buffer"],
    "lars": ["momentum_buffer"],
    "adam": ["exp_avg", "exp_avg_sq"],
    "adamw": ["exp_avg", "exp_avg_sq"],
}
BETAS = (0.9, 0.999)


class Lars(torch.optim.Optimizer):
    """The rule of the authors of Barlow Twins and VICReg.

    d = g + decay p, scaled by eta |p| / |d| where the group adapts, then v = m v + d and p -= lr v.
    lightly's divides by |g| + decay |p|, and adapts nothing without decay.
    """

    def __init__(self, groups, momentum, eta=1e-3):
        super().__init__(groups, {"lr": 0.0, "momentum": momentum, "eta": eta})

    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = closure() if closure else None
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                d = p.grad.add(p, alpha=group["weight_decay"])
                if group["adapt"]:
                    of_p, of_d = p.norm(), d.norm()
                    trust = torch.where((of_p > 0) & (of_d > 0), group["eta"] * of_p / of_d, 1.0)
                    d = d * trust
                state = self.state[p]
                if "momentum_buffer" in state:
                    state["momentum_buffer"].mul_(group["momentum"]).add_(d)
                else:
                    state["momentum_buffer"] = d.clone()
                p.sub_(state["momentum_buffer"], alpha=group["lr"])
        return loss


def build(model, train, rate):
    """The optimiser of the run, and for each of its groups whether the rate stays at its peak."""
    kind, groups = train["optimizer"], {}
    for name, p in model.named_parameters():
        if p.requires_grad:
            matrix = p.dim() > 1
            own = {"rate": 1.0, "constant": False, "plain": 1.0, **model.group(name)}
            plain = own["plain"] if kind == "lars" and not matrix else 1.0
            key = (matrix, rate * own["rate"] * plain, own["constant"])
            groups.setdefault(key, []).append(p)
    # Biases and norms are neither decayed nor adapted.
    lists = [
        {"params": params, "lr": lr, "weight_decay": matrix * train["weightDecay"], "adapt": matrix}
        for (matrix, lr, _), params in groups.items()
    ]
    constant = [constant for _, _, constant in groups]
    if kind == "lars":
        return Lars(lists, train["momentum"]), constant
    if kind == "sgd":
        return torch.optim.SGD(lists, rate, train["momentum"]), constant
    # torch's AdamW has decoupled decay, its Adam has it in the gradient: so do ours.
    adam = torch.optim.AdamW if kind == "adamw" else torch.optim.Adam
    return adam(lists, rate, BETAS, 1e-8), constant


def schedule(optimizer, constant, train, start, total):
    """A linear rise from 0, then half a cosine down; from step `start` of `total` on."""
    warmup = round(train["warmup"] * total)

    def factor(step):
        step += start
        if step < warmup:
            return step / warmup
        down = max(total - warmup, 1)
        high = (1 + cos(pi * min(step - warmup, down) / down)) / 2
        return high + train["finalRate"] * (1 - high)

    factors = [(lambda _: 1.0) if stays else factor for stays in constant]
    return torch.optim.lr_scheduler.LambdaLR(optimizer, factors)


def scales(kind):
    """By what the file's numbers are multiplied to be torch's: Adam's are sums there, not means."""
    if kind in ("adam", "adamw"):
        return dict(zip(KINDS[kind], (1 - beta for beta in BETAS)))
    return {"momentum_buffer": 1.0}


def recall(optimizer, model, kind, tensors, moved):
    """Takes up what the optimiser remembers, by `optimizer.<parameter>.<kind>`."""
    for name, p in model.named_parameters():
        for what, scale in scales(kind).items():
            kept = tensors.get(f"optimizer.{name}.{what}")
            if kept is not None:
                state = optimizer.state[p]
                state[what] = (kept * scale).to(p)
                if len(KINDS[kind]) == 2:
                    state["step"] = torch.tensor(float(moved[name]))


def remembered(optimizer, model, kind):
    """The opposite of `recall`."""
    tensors = {}
    for name, p in model.named_parameters():
        state = optimizer.state.get(p, {})
        for what, scale in scales(kind).items():
            # torch's SGD without momentum has a place for it, and nothing there.
            if state.get(what) is not None:
                tensors[f"optimizer.{name}.{what}"] = state[what] / scale
    return tensors
