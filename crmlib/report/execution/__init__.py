"""Running notebooks: kernels, one notebook, the same notebook once more, and all of them in order."""
