"""The sizes that a U-Net can take: without padding, every map that is halved must be even."""


def least_image(row):
    """The least image, in pixels a side, of which one pixel is left at the bottom (padded) or at the end (valid)"""
    halvings = 2 ** (len(row.widths) - 1)
    if row.padding == "same":
        return halvings
    bottom = 4 + -(-(4 * (halvings - 1) + 1) // halvings)
    return halvings * bottom + 4 * (halvings - 1)


def check_size(shape, row):
    """Refuses what a row cannot be, and sizes at which a valid U-Net would have to halve an odd map

    With L halvings a valid net takes 2^L k + 4 (2^L - 1) pixels a side, k >= 8 for L = 4: 188, 204, ..., 572, ...
    """
    if row.padding not in ("valid", "same"):
        raise ValueError(f'A U-Net is "valid", as published, or padded to "same", got padding={row.padding!r}.')
    if len(row.widths) < 2:
        raise ValueError(f"A U-Net has at least two levels, got widths={row.widths}.")
    if row.padding == "same":
        return
    if None in shape[:2]:
        raise ValueError(
            f"A valid U-Net needs a fixed height and width, got {shape}. Give the size of a tile; predict_tiled() "
            "takes images of any size."
        )
    halvings = 2 ** (len(row.widths) - 1)
    border = 4 * (halvings - 1)
    for size in shape[:2]:
        below = (size - border) // halvings * halvings + border
        if below != size:
            sizes = [n for n in (below, below + halvings) if n >= least_image(row)]
            raise ValueError(
                f"A valid U-Net with {len(row.widths)} levels cannot take {shape[0]} x {shape[1]} pixels: it would "
                f"have to halve an odd map. The nearest sizes to {size} are {' and '.join(map(str, sizes))}; or pass "
                'padding="same", which takes any.'
            )
