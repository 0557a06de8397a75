"""Pictures as files."""

from pathlib import Path

import matplotlib.pyplot as plt


def save(figure: plt.Figure, path: Path) -> None:
    """Without the version of the library in it, so that equal pictures are equal files."""
    figure.savefig(path, dpi=80, metadata={"Software": None})
    plt.close(figure)
