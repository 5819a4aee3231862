"""Rows as aligned text, for a terminal."""


def text_table(heads, rows, right=()):
    """Columns padded with spaces; those whose head is in `right` are aligned to the right.

    >>> print(text_table(["n", "name"], [[5, "iris"], [12, "wine"]], right=["n"]))
     n  name
     5  iris
    12  wine
    """
    cells = [list(map(str, heads)), *[list(map(str, row)) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    lines = [
        "  ".join(
            cell.rjust(width) if head in right else cell.ljust(width)
            for cell, width, head in zip(row, widths, heads, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join(lines)
