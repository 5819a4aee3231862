"""From scratch, in NumPy: what the lessons build by hand. Each module is imported by its own name."""
