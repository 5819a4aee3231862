"""A finished notebook as one quiet HTML page that needs no network."""

import copy
import functools
import html
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from jinja2 import pass_context
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from dlcourse.course.mathml import convert_delimited, to_mathml

# A browser that obeys this loads nothing from anywhere, whatever a notebook's output asks for.
_POLICY = (
    "default-src 'none'; img-src data:; media-src data:; font-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'"
)
_SHOWN = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain"]


def shell(title, body):
    """A whole HTML document around `body`, with our style and a policy that forbids the network."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def render_page(notebook, path, header="", footer="", pages=None):
    """The page of a notebook, as text.

    Args:
        notebook: an `nbformat` node with outputs; it is not changed.
        path: its file: local images and links are relative to it.
        header, footer: HTML to stand above and below the cells.
        pages: {absolute path of a notebook: file of its page}; links to those notebooks lead to their pages.
    """
    body, title = _body(notebook, Path(path))
    soup = BeautifulSoup(body, "html.parser")
    _keep_local(soup)
    _lead_to_pages(soup, Path(path).resolve().parent, pages or {})
    errors = soup.select(".output_error")
    if errors:
        errors[-1]["id"] = "error"
    return shell(title, f'{header}\n<main class="notebook">\n{soup}\n</main>\n{footer}')


def math_failures(notebook):
    """The formulas in a notebook's Markdown that its page would show as TeX source, in order."""
    exporter, failures = _Exporter(), []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            rendered = BeautifulSoup(exporter.markdown_page(cell.source), "html.parser")
            failures += [code.get_text() for code in rendered.select("code.tex")]
    return failures


@functools.cache
def _style():
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


class _Renderer(IPythonRenderer):
    def block_math(self, body):
        return f'<span class="formula">{to_mathml(body, display=True)}</span>'

    def inline_math(self, body):
        return to_mathml(body)

    def latex_environment(self, name, body):
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def block_html(self, html):
        return convert_delimited(super().block_html(html))

    def block_mermaidjs(self, code):
        return f"<pre>{self.escape_html(code)}</pre>"


class _Exporter(HTMLExporter):
    def __init__(self, **options):
        super().__init__(template_name="basic", embed_images=True, exclude_anchor_links=True, **options)

    @property
    def default_config(self):
        config = super().default_config.copy()
        config.NbConvertBase.display_data_priority = _SHOWN
        return config

    @pass_context
    def markdown2html(self, context, source):
        cell, resources = context.get("cell", {}), context.get("resources", {})
        path = resources.get("metadata", {}).get("path", "")
        return self.markdown_page(source, path, cell.get("attachments", {}))

    def markdown_page(self, source, path="", attachments=None):
        options = {"embed_images": True, "exclude_anchor_links": True}
        renderer = _Renderer(escape=False, attachments=attachments or {}, path=path, **options)
        return MarkdownWithMath(renderer=renderer).render(source)


def _body(notebook, path):
    notebook, title = copy.deepcopy(notebook), path.stem
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "text/latex" in data and "text/html" not in data:
                data["text/html"] = _latex_output(data["text/latex"])
            for kind in ("image/png", "image/jpeg"):
                if kind in data:
                    output.metadata.setdefault(kind, {}).setdefault("alt", f"Figure of In [{cell.execution_count}]")
    resources = {"metadata": {"path": str(path.resolve().parent), "name": path.stem}}
    body, _ = _Exporter().from_notebook_node(notebook, resources)
    heading = BeautifulSoup(body, "html.parser").find(re.compile("^h[1-6]$"))
    return body, heading.get_text(" ", strip=True) if heading else title


def _latex_output(tex):
    stripped = tex.strip()
    display = not re.fullmatch(r"\$[^$].*\$", stripped, re.DOTALL) or r"\displaystyle" in stripped
    formula = to_mathml(stripped.strip("$").replace(r"\displaystyle", "").strip(), display)
    return f'<span class="formula">{formula}</span>' if display else formula


def _keep_local(soup):
    """Take out what a browser would load from elsewhere; a remote image becomes a link to it."""
    for tag in soup.select("link[href], script[src]"):
        tag.decompose()
    for tag in soup.select("img[src], iframe[src], source[src], video[src], audio[src], embed[src], object[data]"):
        address = tag.get("src") or tag.get("data")
        if address.startswith("data:"):
            continue
        link = soup.new_tag("a", href=address)
        link.string = tag.get("alt") or address
        tag.replace_with(link)


def _lead_to_pages(soup, folder, pages):
    for link in soup.select("a[href]"):
        parts = urlsplit(link["href"])
        if parts.scheme or parts.netloc or not parts.path.endswith(".ipynb"):
            continue
        page = pages.get(os.path.normpath(folder / unquote(parts.path)))
        if page:
            link["href"] = page + (f"#{parts.fragment}" if parts.fragment else "")
