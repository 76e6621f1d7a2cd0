"""Names of layers that are not here: those of PyTorch still to come, and those of Keras."""

LATER = frozenset(
    """
    AdaptiveLogSoftmaxWithLoss Buffer CTCLoss DataParallel
    GRU GRUCell LSTM LSTMCell MultiheadAttention NLLLoss2d RNN RNNBase
    RNNCell RNNCellBase SyncBatchNorm Transformer TransformerDecoder
    TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer UninitializedBuffer
    parallel quantized quantizable
""".split()
)

ELSEWHERE = {
    "Dense": "nn.Linear(in_features, out_features)",
    "Activation": "nn.ReLU()",
    "Input": "nn.Linear(in_features, out_features)",
    "BatchNormalization": "nn.BatchNorm1d(num_features)",
    "LayerNormalization": "nn.LayerNorm(normalized_shape)",
    "Model": "nn.Module",
    "relu": "nn.ReLU(), nn.functional.relu(x)",
    "softmax": "nn.Softmax(dim=-1), nn.functional.softmax(x, dim=-1)",
    "SGD": "liuli.optim.SGD(model.parameters(), lr=0.1)",
    "Adam": "liuli.optim.Adam(model.parameters(), lr=0.001)",
}
