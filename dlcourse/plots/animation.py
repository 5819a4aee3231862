"""Paths that grow: a figure as a small moving picture that needs no script and no network."""

import base64
import html
import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from PIL import Image

from dlcourse.plots.surfaces import PATH

_KEEP = {"dither": Image.Dither.NONE}


class Animation:
    """A GIF that a notebook shows: as an image inside HTML, and as its last frame where HTML is not shown.

    gif, png:  the moving picture and its last frame, as bytes
    alt:       what is to be seen, in words

    >>> Animation(b"GIF89a", b"", "a ball rolls down")
    Animation: a ball rolls down
    """

    def __init__(self, gif, png, alt):
        self.gif, self.png, self.alt = gif, png, alt

    def __repr__(self):
        return f"Animation: {self.alt}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        gif, png = (base64.b64encode(data).decode("ascii") for data in (self.gif, self.png))
        image = f'<img src="data:image/gif;base64,{gif}" alt="{html.escape(self.alt)}">'
        return {"text/html": image, "image/png": png, "text/plain": repr(self)}

    def save(self, path):
        """Write the GIF to `path`."""
        with open(path, "wb") as file:
            file.write(self.gif)


def animate(figure, alt, frames=32, seconds=5.0, hold=3.0):
    """Let the paths that `surface` drew on any axes of `figure` grow together, step by step.

    All paths move in the same steps; a title counts them. The first steps come one by one, later ones faster
    and faster: frame k of n shows step (k / n)^2 of all. The last frame holds, then the picture starts again.
    The same figure gives the same bytes.

    Args:
        figure: a matplotlib figure, such as `ax.figure`; it is left as it was.
        alt: what is to be seen, in words, for those who do not see it.
        frames: number of pictures, at least 2.
        seconds, hold: how long the motion takes, and how long the last frame stands.

    Returns:
        an `Animation`, to be shown as the last line of a cell. Close the figure, or a notebook shows it too.

    Raises:
        ValueError: the figure shows no path, or there are fewer than two frames.
    """
    lines = [line for ax in figure.axes for line in ax.lines if line.get_gid() == PATH]
    if not lines or frames < 2:
        raise ValueError(
            f"animate needs a figure with paths and at least 2 frames, got {len(lines)} paths and {frames} frames. "
            "Draw the paths with plots.surface(fn, bounds, paths, ax=...)."
        )
    last = max(len(line.get_xydata()) for line in lines) - 1
    steps = np.unique(np.round(last * np.linspace(0, 1, frames) ** 2).astype(int))
    pictures = _pictures(figure, lines, steps)
    palette = _palette(lines)
    first, *others = (picture.quantize(palette=palette, **_KEEP) for picture in pictures)
    wait = [int(1000 * seconds / len(steps))] * len(others) + [int(1000 * hold)]
    gif, png = io.BytesIO(), io.BytesIO()
    # `optimize` stores only what changes from frame to frame
    first.save(gif, "GIF", save_all=True, append_images=others, duration=wait, loop=0, disposal=1, optimize=True)
    others[-1].save(png, "PNG", optimize=True)
    return Animation(gif.getvalue(), png.getvalue(), alt)


def _pictures(figure, lines, steps):
    """One image for each step: what stands still is drawn once, the lines and the title on top of it."""
    points = [line.get_xydata().copy() for line in lines]
    former, heading = figure.canvas, figure.get_suptitle()
    canvas, title = FigureCanvasAgg(figure), figure.suptitle(f"{heading} step {steps[-1]}".strip())
    moving, pictures = [*lines, title], []
    try:
        figure.draw_without_rendering()  # finds the places of all, the title's too
        for artist in moving:
            artist.set_animated(True)  # left out by draw()
        canvas.draw()
        still = canvas.copy_from_bbox(figure.bbox)
        for step in steps:
            canvas.restore_region(still)
            title.set_text(f"{heading} step {step}".strip())
            for line, path in zip(lines, points, strict=True):
                _cut(line, path[: step + 1])
                line.axes.draw_artist(line)
            figure.draw_artist(title)
            pictures.append(Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB"))
    finally:
        for line, path in zip(lines, points, strict=True):
            _cut(line, path)
        for artist in moving:
            artist.set_animated(False)
        title.set_text(heading)
        figure.set_canvas(former)
    return pictures


def _cut(line, path):
    line.set_data(*path.T)
    line.set_markevery([len(path) - 1])


def _palette(lines):
    """Greys, and the lines' colours with their shades towards light grey, so that edges stay smooth."""
    colours = [np.full(3, grey) for grey in np.linspace(0, 255, 32)]
    for colour in sorted({to_rgb(line.get_color()) for line in lines}):
        colours += [255 * (share * np.array(colour) + (1 - share) * 0.92) for share in (1.0, 0.75, 0.5, 0.25)]
    palette = Image.new("P", (1, 1))
    palette.putpalette(np.round(colours).astype(np.uint8).ravel().tolist())
    return palette
