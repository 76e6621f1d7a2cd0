"""The zoo: networks that are known by name."""

from .book import deep_conv_net, simple_conv_net
from .by_name import FOR_NUMBERS, FOR_PICTURES, NETWORKS
from .cnn import cnn
from .lenet import lenet5
from .mlp import mlp
from .residual import BasicBlock, ResNet
from .resnets import plain20, plain32, plain56, resnet18, resnet20, resnet32, resnet56
from .vgg import VGG, vgg11, vgg11_bn

__all__ = [
    "FOR_NUMBERS",
    "FOR_PICTURES",
    "NETWORKS",
    "VGG",
    "BasicBlock",
    "ResNet",
    "cnn",
    "deep_conv_net",
    "lenet5",
    "mlp",
    "plain20",
    "plain32",
    "plain56",
    "resnet18",
    "resnet20",
    "resnet32",
    "resnet56",
    "simple_conv_net",
    "vgg11",
    "vgg11_bn",
]
