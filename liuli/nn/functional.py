"""`liuli.nn.functional`: the functions behind the layers, under the name they are known by."""

# ruff: noqa: I001
# fmt: off
from ..functions.functional import (
    alpha_dropout, batch_norm, bilinear, binary_cross_entropy, binary_cross_entropy_with_logits,
    celu, celu_, cosine_embedding_loss, cosine_similarity, cross_entropy, dropout, dropout1d,
    dropout2d, dropout3d, elu, elu_, embedding, embedding_bag, feature_alpha_dropout,
    gaussian_nll_loss, gelu, glu, group_norm, gumbel_softmax, hardshrink, hardsigmoid, hardswish,
    hardtanh, hardtanh_, hinge_embedding_loss, huber_loss, instance_norm, kl_div, l1_loss,
    layer_norm, leaky_relu, leaky_relu_, linear, local_response_norm, log_softmax, logsigmoid,
    margin_ranking_loss, mish, mse_loss, multi_margin_loss, multilabel_margin_loss,
    multilabel_soft_margin_loss, nll_loss, normalize, one_hot, pad, pairwise_distance, pdist,
    poisson_nll_loss, prelu, relu, relu6, relu_, rms_norm, rrelu, rrelu_,
    scaled_dot_product_attention, selu, selu_, sigmoid, silu, smooth_l1_loss, soft_margin_loss,
    softmax, softmin, softplus, softshrink, softsign, tanh, tanhshrink, threshold, threshold_,
    triplet_margin_loss, triplet_margin_with_distance_loss,
)

__all__ = [
    "alpha_dropout", "batch_norm", "bilinear", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "celu", "celu_", "cosine_embedding_loss",
    "cosine_similarity", "cross_entropy", "dropout", "dropout1d", "dropout2d", "dropout3d", "elu",
    "elu_", "embedding", "embedding_bag", "feature_alpha_dropout", "gaussian_nll_loss", "gelu",
    "glu", "group_norm", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish", "hardtanh",
    "hardtanh_", "hinge_embedding_loss", "huber_loss", "instance_norm", "kl_div", "l1_loss",
    "layer_norm", "leaky_relu", "leaky_relu_", "linear", "local_response_norm", "log_softmax",
    "logsigmoid", "margin_ranking_loss", "mish", "mse_loss", "multi_margin_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "nll_loss", "normalize", "one_hot",
    "pad", "pairwise_distance", "pdist", "poisson_nll_loss", "prelu", "relu", "relu6", "relu_",
    "rms_norm", "rrelu", "rrelu_", "scaled_dot_product_attention", "selu", "selu_", "sigmoid",
    "silu", "smooth_l1_loss", "soft_margin_loss", "softmax", "softmin", "softplus", "softshrink",
    "softsign", "tanh", "tanhshrink", "threshold", "threshold_", "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]
# fmt: on
