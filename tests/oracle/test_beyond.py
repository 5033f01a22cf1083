from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn import functional

from engine.beyond import activations, contrastive, diffusion, gpt, losses, norms, vae, vit
from engine.beyond import grouped_query as grouped
from engine.beyond.adamw import update_parameters_with_adamw
from engine.beyond.kv_cache import causal_attention
from engine.beyond.lora import lora_backward, lora_forward
from engine.beyond.mixed_precision import loss_scaler_step, to_bfloat16
from engine.beyond.rope import rope
from engine.beyond.schedules import warmup_cosine
from engine.optim import initialize_adam

Numbers = NDArray[np.floating]
Tensors = dict[str, torch.Tensor]
PRECISIONS = [(np.float32, 1e-4), (np.float64, 1e-10)]
both = pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS)


def tensors(arrays: dict[str, Numbers]) -> Tensors:
    return {name: torch.from_numpy(np.array(array)).requires_grad_() for name, array in arrays.items()}


def close(mine: Numbers, theirs: torch.Tensor | None, tolerance: float) -> None:
    assert theirs is not None
    expected = theirs.detach().numpy()
    assert mine.shape == expected.shape
    assert mine.dtype == expected.dtype
    assert np.max(np.abs(mine - expected)) <= tolerance * np.max(np.abs(expected))


def compare(
    mine: tuple[Numbers, dict[str, Numbers]],
    theirs: Callable[..., torch.Tensor],
    arrays: dict[str, Numbers],
    dout: Numbers,
    tolerance: float,
) -> None:
    """My output and gradients against those of PyTorch's function of the same arrays."""
    peers = tensors(arrays)
    out = theirs(**peers)
    close(mine[0], out, tolerance)
    out.backward(torch.from_numpy(dout))
    for name, gradient in mine[1].items():
        close(gradient, peers[name].grad, tolerance)


def draw(rng: np.random.Generator, dtype: type, **shapes: tuple[int, ...]) -> dict[str, Numbers]:
    return {name: rng.normal(size=shape).astype(dtype) for name, shape in shapes.items()}


@both
@pytest.mark.parametrize("approximate", [False, True])
def test_gelu_and_silu(approximate: bool, dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(0)
    arrays = draw(rng, dtype, x=(40, 50))
    arrays["x"] *= 3
    x, dout = arrays["x"], rng.normal(size=(40, 50)).astype(dtype)
    form = "tanh" if approximate else "none"
    mine = activations.gelu(x, approximate), {"x": activations.gelu_backward(dout, x, approximate)}
    compare(mine, lambda x: functional.gelu(x, approximate=form), arrays, dout, tolerance)
    mine = activations.silu(x), {"x": activations.silu_backward(dout, x)}
    compare(mine, lambda x: functional.silu(x), arrays, dout, tolerance)
    close(activations.erf(x), torch.erf(torch.from_numpy(x)), tolerance)


@both
def test_swiglu(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(1)
    arrays = draw(rng, dtype, x=(3, 5, 8), W=(8, 12), V=(8, 12), W2=(12, 8))
    out, cache = activations.swiglu_forward(**arrays)
    dout = rng.normal(size=out.shape).astype(dtype)
    gradients = dict(zip(arrays, activations.swiglu_backward(dout, cache), strict=True))
    compare((out, gradients), lambda x, W, V, W2: (functional.silu(x @ W) * (x @ V)) @ W2, arrays, dout, tolerance)


@both
def test_rms_norm_and_group_norm(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(2)
    arrays = draw(rng, dtype, x=(4, 6, 10), g=(10,))
    y, cache = norms.rms_norm_forward(**arrays, eps=1e-3)
    dy = rng.normal(size=y.shape).astype(dtype)
    dx, dg = norms.rms_norm_backward(dy, cache)
    compare((y, {"x": dx, "g": dg}), lambda x, g: functional.rms_norm(x, (10,), g, 1e-3), arrays, dy, tolerance)

    arrays = draw(rng, dtype, x=(3, 5, 4, 6), gamma=(6,), beta=(6,))
    dy = rng.normal(size=(3, 5, 4, 6)).astype(dtype)
    for G in (1, 2, 6):

        def theirs(x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, G: int = G) -> torch.Tensor:
            return functional.group_norm(x.permute(0, 3, 1, 2), G, gamma, beta).permute(0, 2, 3, 1)

        y, group_cache = norms.group_norm_forward(arrays["x"], G, arrays["gamma"], arrays["beta"])
        gradients = dict(zip(arrays, norms.group_norm_backward(dy, group_cache), strict=True))
        compare((y, gradients), theirs, arrays, dy, tolerance)
    x, gamma, beta = (torch.from_numpy(array) for array in arrays.values())
    instance = functional.instance_norm(x.permute(0, 3, 1, 2), weight=gamma, bias=beta).permute(0, 2, 3, 1)
    close(norms.instance_norm(**arrays), instance, tolerance)


@both
def test_adamw_with_parameters_that_do_not_decay(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(3)
    parameters = draw(rng, dtype, W=(5, 7), b=(5, 1))
    peers = tensors(parameters)
    groups = [{"params": [peers["W"]], "weight_decay": 0.3}, {"params": [peers["b"]], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.02)
    v, s = initialize_adam(parameters)
    for t in range(1, 11):
        grads = {f"d{name}": rng.normal(size=value.shape).astype(dtype) for name, value in parameters.items()}
        parameters, v, s = update_parameters_with_adamw(
            parameters, grads, v, s, t, 0.02, weight_decay=0.3, no_decay_keys=["b"]
        )
        for name, peer in peers.items():
            peer.grad = torch.from_numpy(grads[f"d{name}"])
        optimizer.step()
    for name, value in parameters.items():
        close(value, peers[name], tolerance)


def test_the_cosine_after_the_warm_up() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=2.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30, eta_min=0.1)
    rates = []
    for _ in range(31):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(warmup_cosine(np.arange(5, 36), 35, 5, 2.0, 0.1), rates, rtol=1e-10)


@both
def test_smoothed_and_weighted_cross_entropy(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(4)
    arrays = draw(rng, dtype, logits=(6, 9))
    labels, weights = rng.integers(6, size=9), rng.uniform(0.1, 2, size=6).astype(dtype)
    for w in (None, weights):
        loss, dlogits = losses.label_smoothing_ce(arrays["logits"], np.eye(6, dtype=dtype)[:, labels], 0.1, w)

        def theirs(logits: torch.Tensor, w: Numbers | None = w) -> torch.Tensor:
            weight = None if w is None else torch.from_numpy(w)
            target = torch.from_numpy(labels)
            return functional.cross_entropy(logits.T, target, weight, label_smoothing=0.1, reduction="sum")

        compare((np.array(loss, dtype), {"logits": dlogits}), theirs, arrays, np.array(1, dtype), tolerance)


@both
def test_the_focal_loss_written_with_binary_cross_entropy(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(5)
    arrays = draw(rng, dtype, logits=(30,))
    y = rng.integers(2, size=30)

    def theirs(logits: torch.Tensor) -> torch.Tensor:
        target = torch.from_numpy(y.astype(dtype))
        p = torch.sigmoid(logits)
        p_t = p * target + (1 - p) * (1 - target)
        alpha_t = 0.3 * target + 0.7 * (1 - target)
        ce = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
        return (alpha_t * (1 - p_t) ** 1.5 * ce).sum()

    loss, dlogits = losses.focal_loss(arrays["logits"], y, 0.3, 1.5)
    compare((np.array(loss, dtype), {"logits": dlogits}), theirs, arrays, np.array(1, dtype), tolerance)


def test_bfloat16_and_the_loss_scaler() -> None:
    rng = np.random.default_rng(6)
    x = (rng.normal(size=2000) * 10.0 ** rng.integers(-44, 38, size=2000)).astype(np.float32)
    x = np.concatenate([x, np.float32([1 + 2**-8, 1 + 3 * 2**-8, np.inf, -0.0, 3.4e38])])
    np.testing.assert_array_equal(to_bfloat16(x), torch.from_numpy(x).to(torch.bfloat16).float().numpy())

    scale, tracker = torch.full((1,), 64.0), torch.zeros(1, dtype=torch.int32)
    mine, state = 64.0, {"good_steps": 0}
    for overflow in rng.random(40) < 0.2:
        gradient = np.array([np.inf if overflow else 1.0], np.float16)
        _, mine, state = loss_scaler_step({"dW": gradient}, mine, state, growth_interval=3)
        torch._amp_update_scale_(scale, tracker, torch.full((1,), float(overflow)), 2.0, 0.5, 3)
        assert (mine, state["good_steps"]) == (scale.item(), tracker.item())


@both
def test_grouped_and_causal_attention(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(7)
    n_heads, n_kv, d_h = 6, 2, 4
    arrays = draw(rng, dtype, x=(2, 5, 8), Wq=(8, 24), Wk=(8, 8), Wv=(8, 8), Wo=(24, 8))
    params = {name: value for name, value in arrays.items() if name != "x"}
    dout = rng.normal(size=(2, 5, 8)).astype(dtype)

    def split(x: torch.Tensor, heads: int) -> torch.Tensor:
        return x.reshape(2, 5, heads, d_h).transpose(1, 2)

    for causal in (False, True):

        def theirs(x: torch.Tensor, causal: bool = causal, **W: torch.Tensor) -> torch.Tensor:
            q, k, v = split(x @ W["Wq"], n_heads), split(x @ W["Wk"], n_kv), split(x @ W["Wv"], n_kv)
            output = functional.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=True)
            return output.transpose(1, 2).reshape(2, 5, n_heads * d_h) @ W["Wo"]

        mask = np.tri(5)[np.newaxis] if causal else None
        out, cache = grouped.grouped_query_attention_forward(arrays["x"], params, n_heads, n_kv, mask)
        dx, grads = grouped.grouped_query_attention_backward(dout, cache)
        compare((out, {"x": dx} | {name: grads[f"d{name}"] for name in params}), theirs, arrays, dout, tolerance)
    np.testing.assert_array_equal(causal_attention(arrays["x"], params, n_heads, n_kv), out)


@both
def test_rotary_positions_written_with_complex_numbers(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(8)
    x, positions = rng.normal(size=(2, 3, 7, 10)).astype(dtype), rng.integers(0, 50, size=7)
    angles = np.outer(positions, 10000.0 ** (-np.arange(0, 10, 2) / 10))
    turn = torch.polar(torch.ones(7, 5, dtype=torch.float64), torch.from_numpy(angles))
    pairs = torch.view_as_complex(torch.from_numpy(x).double().reshape(2, 3, 7, 5, 2))
    expected = torch.view_as_real(pairs * turn).reshape(x.shape).to(torch.from_numpy(x).dtype)
    close(rope(x, positions), expected, tolerance)
    first, second = torch.from_numpy(x).double().chunk(2, dim=-1)
    turned = torch.complex(first, second) * turn
    halves = torch.cat([turned.real, turned.imag], dim=-1).to(torch.from_numpy(x).dtype)
    close(rope(x, positions, layout="half"), halves, tolerance)


@both
def test_a_low_rank_adaptation(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(9)
    arrays = draw(rng, dtype, x=(3, 4, 6), A=(2, 6), B=(5, 2))
    W, dy = rng.normal(size=(5, 6)).astype(dtype), rng.normal(size=(3, 4, 5)).astype(dtype)
    y, cache = lora_forward(arrays["x"], W, arrays["A"], arrays["B"], 3.0)
    gradients = dict(zip(arrays, lora_backward(dy, cache), strict=True))
    compare(
        (y, gradients), lambda x, A, B: functional.linear(x, torch.from_numpy(W) + 1.5 * B @ A), arrays, dy, tolerance
    )


def blocks_of_torch(x: torch.Tensor, P: Tensors, n_layers: int, n_heads: int, causal: bool) -> torch.Tensor:
    m, T, d = x.shape

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.layer_norm(x, (d,), P[f"{name}.gamma"], P[f"{name}.beta"], 1e-5)

    for layer in map(str, range(n_layers)):
        n1 = norm(x, f"{layer}.ln1")
        q, k, v = (
            (n1 @ P[f"{layer}.mha.W{name}"]).reshape(m, T, n_heads, d // n_heads).transpose(1, 2) for name in "qkv"
        )
        heads = functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
        x = x + heads.transpose(1, 2).reshape(m, T, d) @ P[f"{layer}.mha.Wo"]
        hidden = norm(x, f"{layer}.ln2") @ P[f"{layer}.ffn.W1"] + P[f"{layer}.ffn.b1"]
        x = x + functional.gelu(hidden, approximate="tanh") @ P[f"{layer}.ffn.W2"] + P[f"{layer}.ffn.b2"]
    return norm(x, "ln_f")


@both
def test_a_gpt_and_all_its_gradients(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(10)
    params = gpt.initialize_gpt(11, 8, 12, 2, rng=rng, dtype=dtype)
    params = {name: (value + 0.2 * rng.normal(size=value.shape)).astype(dtype) for name, value in params.items()}
    ids = rng.integers(11, size=(3, 7))
    loss, grads = gpt.gpt_loss_and_grads(ids, params, n_heads=3, pad_id=0)
    P, read = tensors(params), torch.from_numpy(ids)
    h = blocks_of_torch(P["E"][read[:, :-1]] + P["P"][:6], P, 2, 3, causal=True)
    expected = functional.cross_entropy((h @ P["E"].T).reshape(-1, 11), read[:, 1:].reshape(-1), ignore_index=0)
    expected.backward()
    close(np.array(loss, dtype), expected, tolerance)
    for name, gradient in grads.items():
        close(gradient, P[name].grad, tolerance)


@both
def test_a_vision_transformer_and_all_its_gradients(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(11)
    params = vit.initialize_vit(6, 4, 3, P=2, d=8, n_layers=2, n_classes=5, rng=rng, dtype=dtype)
    params = {name: (value + 0.2 * rng.normal(size=value.shape)).astype(dtype) for name, value in params.items()}
    X, y = rng.normal(size=(4, 6, 4, 3)).astype(dtype), rng.integers(5, size=4)
    loss, grads = vit.vit_loss_and_grads(X, y, params, n_heads=2)
    P = tensors(params)
    # A convolution with stride 2 cuts the patches; its kernels are the columns of W.
    kernels = P["patch.W"].reshape(2, 2, 3, 8).permute(3, 2, 0, 1)
    cut = functional.conv2d(torch.from_numpy(X).permute(0, 3, 1, 2), kernels, P["patch.b"], stride=2)
    tokens = torch.cat([P["cls"].expand(4, 1, 8), cut.flatten(2).transpose(1, 2)], dim=1) + P["pos"]
    h = blocks_of_torch(tokens, P, 2, 2, causal=False)
    expected = functional.cross_entropy(h[:, 0] @ P["head.W"] + P["head.b"], torch.from_numpy(y))
    expected.backward()
    close(np.array(loss, dtype), expected, tolerance)
    for name, gradient in grads.items():
        close(gradient, P[name].grad, tolerance)


@both
def test_contrastive_losses(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(12)
    arrays = draw(rng, dtype, U=(6, 5), V=(6, 5))
    own, one = torch.arange(6), np.array(1, dtype)
    loss, dU, dV = contrastive.info_nce(**arrays, tau=0.7)
    mine = np.array(loss, dtype), {"U": dU, "V": dV}
    compare(mine, lambda U, V: functional.cross_entropy(U @ V.T / 0.7, own), arrays, one, tolerance)

    arrays = {"I": arrays["U"], "T": arrays["V"], "log_scale": np.array(1.3, dtype)}
    loss, dI, dT, dlog_scale = contrastive.clip_loss(arrays["I"], arrays["T"], float(arrays["log_scale"]))

    def theirs(I: torch.Tensor, T: torch.Tensor, log_scale: torch.Tensor) -> torch.Tensor:  # noqa: E741
        s = log_scale.exp() * functional.normalize(I) @ functional.normalize(T).T
        return (functional.cross_entropy(s, own) + functional.cross_entropy(s.T, own)) / 2

    gradients = {"I": dI, "T": dT, "log_scale": np.array(dlog_scale, dtype)}
    compare((np.array(loss, dtype), gradients), theirs, arrays, one, tolerance)


@both
def test_a_variational_autoencoder(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(13)
    params = vae.initialize_vae(9, 7, 3, rng, dtype)
    x, eps = rng.random((5, 9)).astype(dtype), rng.normal(size=(5, 3)).astype(dtype)
    loss, grads = vae.vae_loss_and_grads(x, params, eps, beta=0.7)
    P, read = tensors(params), torch.from_numpy(x)
    h = torch.tanh(read @ P["We"] + P["be"])
    mu, logvar = h @ P["Wmu"] + P["bmu"], h @ P["Wlogvar"] + P["blogvar"]
    code = torch.distributions.Normal(mu, torch.exp(logvar / 2))
    z = mu + torch.exp(logvar / 2) * torch.from_numpy(eps)
    logits = torch.tanh(z @ P["Wd"] + P["bd"]) @ P["Wo"] + P["bo"]
    prior = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = torch.distributions.kl_divergence(code, prior).sum() / 5
    expected = functional.binary_cross_entropy_with_logits(logits, read, reduction="sum") / 5 + 0.7 * kl
    expected.backward()
    close(np.array(loss, dtype), expected, tolerance)
    for name, gradient in grads.items():
        close(gradient, P[name].grad, tolerance)


@both
def test_the_loss_of_diffusion(dtype: type, tolerance: float) -> None:
    rng = np.random.default_rng(14)
    x0, eps, t = rng.normal(size=(4, 3)).astype(dtype), rng.normal(size=(4, 3)).astype(dtype), np.array([0, 2, 1, 2])
    abar = diffusion.alpha_bars([0.1, 0.2, 0.3])
    guess = rng.normal(size=(4, 3)).astype(dtype)
    loss, gradient = diffusion.ddpm_loss(lambda x_t, t: guess, x0, t, eps, abar)
    mine = np.array(loss, dtype), {"guess": gradient}
    one = np.array(1, dtype)
    compare(mine, lambda guess: functional.mse_loss(guess, torch.from_numpy(eps)), {"guess": guess}, one, tolerance)
