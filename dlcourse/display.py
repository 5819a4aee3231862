"""One way to put a result before the reader: rich in a notebook, a line of text elsewhere."""


def in_notebook() -> bool:
    """Whether the code runs under IPython."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None


def display(result):
    """Show `result` (anything with a `str` and perhaps a `_repr_mimebundle_`) at once."""
    if in_notebook():
        from IPython.display import display as rich

        rich(result)
    else:
        print(result)
