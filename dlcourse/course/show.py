"""Show a piece of the package as it is written, inside a notebook."""

import inspect
import textwrap

from dlcourse.display import display, in_notebook


def show(obj):
    """Display the source of a function, class, method or module, with its place in the package.

    >>> from dlcourse.settings import scale
    >>> show(scale)  # doctest: +ELLIPSIS
    # dlcourse.settings.scale
    def scale(small, full):
    ...

    Raises:
        ValueError: `obj` has no Python source (a number, an array, a builtin).
    """
    target = inspect.unwrap(obj) if callable(obj) else obj
    try:
        code = textwrap.dedent(inspect.getsource(target)).rstrip()
    except (OSError, TypeError) as error:
        raise ValueError(
            f"show displays the source of a function, class or module, got {obj!r}, which has none."
        ) from error
    name = target.__name__ if inspect.ismodule(target) else f"{target.__module__}.{target.__qualname__}"
    source = f"# {name}\n{code}"
    if in_notebook():
        from IPython.display import Markdown

        display(Markdown(f"~~~~python\n{source}\n~~~~"))
    else:
        print(source)
