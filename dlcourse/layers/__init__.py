"""Layers that Keras lacks: Keras classes with Keras keywords, registered as `dlcourse`."""

from dlcourse.layers.augmented_batches import AugmentedBatches
from dlcourse.layers.bilinear_transpose import BilinearConv2DTranspose
from dlcourse.layers.crop_like import CropLike
from dlcourse.layers.cut_mix import CutMix
from dlcourse.layers.freeze_batch_norm import FrozenBatchNorm, freeze_batch_norm
from dlcourse.layers.grouped_conv import GroupedConv2D
from dlcourse.layers.hierarchical_softmax import HierarchicalSoftmax
from dlcourse.layers.l2_pooling import L2Pooling2D
from dlcourse.layers.pad_to_multiple import PadToMultiple
from dlcourse.layers.rbf_output import RBFOutput, digit_codes
from dlcourse.layers.resize_like import ResizeLike
from dlcourse.layers.response_normalization import LocalResponseNormalization
from dlcourse.layers.scaled_residual import ScaledResidual
from dlcourse.layers.sparse_connections import SparseConnections, lenet5_table
from dlcourse.layers.spatial_pyramid_pooling import SpatialPyramidPooling2D
from dlcourse.layers.squeeze_excite import SqueezeExcite
from dlcourse.layers.stochastic_pooling import StochasticPooling2D
from dlcourse.layers.trainable_subsampling import TrainableSubsampling
from dlcourse.layers.zero_channels import ZeroChannels

__all__ = [
    "AugmentedBatches",
    "BilinearConv2DTranspose",
    "CropLike",
    "CutMix",
    "FrozenBatchNorm",
    "GroupedConv2D",
    "HierarchicalSoftmax",
    "L2Pooling2D",
    "LocalResponseNormalization",
    "PadToMultiple",
    "RBFOutput",
    "ResizeLike",
    "ScaledResidual",
    "SparseConnections",
    "SpatialPyramidPooling2D",
    "SqueezeExcite",
    "StochasticPooling2D",
    "TrainableSubsampling",
    "ZeroChannels",
    "digit_codes",
    "freeze_batch_norm",
    "lenet5_table",
]
