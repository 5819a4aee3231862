"""The curvature of a loss in its weights: eigenvalues of the Hessian, sharpness, and cuts through the landscape."""

from dlcourse.curvature.gradient_noise import ExampleGradients, GradientNoise, gradient_noise
from dlcourse.curvature.krylov import Krylov
from dlcourse.curvature.lanczos import Eigenpairs, lanczos, top_eigenvalues
from dlcourse.curvature.landscape import filter_normalised_direction, loss_between, loss_line, loss_plane
from dlcourse.curvature.sharpness import keskar_sharpness, sam_sharpness
from dlcourse.curvature.spectrum import Spectrum, spectrum_density
from dlcourse.curvature.surface import LossSurface

__all__ = [
    "Eigenpairs",
    "ExampleGradients",
    "GradientNoise",
    "Krylov",
    "LossSurface",
    "Spectrum",
    "filter_normalised_direction",
    "gradient_noise",
    "keskar_sharpness",
    "lanczos",
    "loss_between",
    "loss_line",
    "loss_plane",
    "sam_sharpness",
    "spectrum_density",
    "top_eigenvalues",
]
