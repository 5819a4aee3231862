"""An orthonormal basis that grows by one product with a symmetric matrix a time: Lanczos, with full memory."""

import numpy as np

NEGLIGIBLE = 1e-6  # of the largest eigenvalue in magnitude: what float32 products cannot tell from 0


class Krylov:
    """A basis Q (m, n) and the matrix as it acts within it, T = Q H Q^T (m, m).

    A chain of vectors q, H q, H^2 q, ... is made orthonormal as it grows, each new vector against all before, twice.
    Within a chain T is tridiagonal. A new chain begins where one is exhausted, or where the caller wants it; T keeps
    what couples them. H Q^T = Q^T T + R, where R (n, m) is 0 but in the columns at which a chain ends.

    Args:
        product: v (n,) -> H v (n,), float64.
        n: how long a vector is.
        capacity: how many vectors there may be, at most n.
        rng: the source of the vectors that begin a chain.

    Source:  Lanczos 1950; full reorthogonalisation: Paige 1972, Parlett 1998, section 13.7
    """

    def __init__(self, product, n, capacity, rng):
        self._product, self._rng = product, rng
        self._basis, self._matrix = np.empty((capacity, n)), np.zeros((capacity, capacity))
        self._ends = {}  # number of a chain's last vector -> its column of R
        self.size = 0
        self._next = None

    @property
    def basis(self):
        """Q (m, n)."""
        return self._basis[: self.size]

    @property
    def matrix(self):
        """T (m, m)."""
        return self._matrix[: self.size, : self.size]

    @property
    def exhausted(self):
        """Whether the last product lies in the basis, but for rounding: no more can be learned from this chain."""
        return np.linalg.norm(self._ends[self.size - 1]) <= NEGLIGIBLE * np.linalg.norm(self.matrix, axis=0).max()

    def begin(self):
        """Let the next vector be a random one, orthogonal to the basis."""
        vector = self._rng.standard_normal(self._basis.shape[1])
        self._next = self._orthogonal(vector / np.linalg.norm(vector))[0]

    def extend(self):
        """Add a vector: one product. Where the chain is exhausted, a new one begins."""
        if self._next is None and (self.size == 0 or self.exhausted):
            self.begin()
        if self._next is None:
            self._next = self._ends.pop(self.size - 1)
        new = self._next / np.linalg.norm(self._next)
        self._next = None
        for number, column in self._ends.items():
            self._ends[number] = column - new * (new @ column)
        self._basis[self.size] = new
        self.size += 1
        image = np.asarray(self._product(new), dtype="float64")
        if image.shape != new.shape or not np.isfinite(image).all():
            raise ValueError(
                f"the product with a vector {new.shape} must be finite and of that shape; it has the shape "
                f"{image.shape} and {np.size(image) - np.isfinite(image).sum()} entries that are NaN or infinite."
            )
        rest, inside = self._orthogonal(image)
        self._matrix[: self.size, self.size - 1] = self._matrix[self.size - 1, : self.size] = inside
        self._ends[self.size - 1] = rest

    def ritz(self, first=0):
        """Eigenvalues (p,) of T from vector `first` on, ascending, their vectors, the columns (p, p), residuals (p,).

        A residual is |H v - value v|, with `first` above 0 that of H within what is orthogonal to the earlier vectors.
        `first` is 0 or where a chain begins.
        """
        values, vectors = np.linalg.eigh(self.matrix[first:, first:])
        ends = [number for number in self._ends if number >= first]
        columns = np.stack([self._ends[number] for number in ends])  # (ends, n)
        parts = vectors[[number - first for number in ends]]  # (ends, p)
        squares = np.einsum("ip,ij,jp->p", parts, columns @ columns.T, parts)
        return values, vectors, np.sqrt(np.maximum(squares, 0))

    def _orthogonal(self, vector):
        """`vector` without its part in the basis, and that part's coordinates (m,)."""
        inside = np.zeros(self.size)
        for _ in range(2):  # once leaves rounding errors in the basis, twice is enough
            part = self.basis @ vector
            vector, inside = vector - part @ self.basis, inside + part
        return vector, inside
