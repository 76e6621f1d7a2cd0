"""Names of layers that are not here: those of PyTorch still to come, and those of Keras."""

LATER = frozenset(
    """
    AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveLogSoftmaxWithLoss
    AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d
    BatchNorm2d BatchNorm3d Buffer CTCLoss ChannelShuffle CircularPad1d CircularPad2d
    CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d Conv1d Conv2d Conv3d
    ConvTranspose1d ConvTranspose2d ConvTranspose3d CrossMapLRN2d DataParallel Fold
    FractionalMaxPool2d FractionalMaxPool3d GRU GRUCell GroupNorm InstanceNorm1d
    InstanceNorm2d InstanceNorm3d LPPool1d LPPool2d LPPool3d LSTM LSTMCell LazyBatchNorm1d
    LazyBatchNorm2d LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d
    LazyConvTranspose2d LazyConvTranspose3d LazyInstanceNorm1d LazyInstanceNorm2d
    LazyInstanceNorm3d LocalResponseNorm MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d
    MaxUnpool3d MultiheadAttention NLLLoss2d PixelShuffle PixelUnshuffle RNN RNNBase RNNCell
    RNNCellBase ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d
    ReplicationPad2d ReplicationPad3d Softmax2d SyncBatchNorm Transformer TransformerDecoder
    TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer Unfold
    UninitializedBuffer Upsample UpsamplingBilinear2d UpsamplingNearest2d ZeroPad1d ZeroPad2d
    ZeroPad3d parallel quantized quantizable
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
