"""Pages need no network and no script, and show every formula."""

import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dlcourse.course.mathml import convert_delimited, to_mathml
from dlcourse.course.page import math_failures, render_page
from tests.paths import NOTEBOOKS

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def page_of(tmp_path, *cells, **options):
    return BeautifulSoup(
        render_page(new_notebook(cells=list(cells)), tmp_path / "11_a.ipynb", **options), "html.parser"
    )


def shown(**data):
    return new_code_cell("x", execution_count=1, outputs=[new_output("display_data", data=data)])


def test_nothing_is_loaded_from_outside(tmp_path):
    hostile = (
        '<script src="https://example.org/a.js"></script><link rel="stylesheet" href="https://example.org/a.css">'
        '<img src="//example.org/b.png" alt="b"><iframe src="https://example.org"></iframe>'
    )
    page = page_of(
        tmp_path,
        new_markdown_cell("# T\n\n![a](https://example.org/a.png)\n\n```mermaid\ngraph TD\n```\n\n" + hostile),
        shown(**{"text/html": hostile, "text/plain": "x"}),
        shown(**{"application/javascript": "alert(1)", "text/plain": "script"}),
        shown(**{"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "widget"}),
        shown(**{"image/png": PNG, "text/plain": "<Figure>"}),
    )
    loads = [tag.get("src") or tag.get("href") for tag in page.select("script, link, img, iframe, source")]
    assert loads == [f"data:image/png;base64,{PNG}"]
    assert page.select_one("img")["alt"] == "Figure of In [1]"
    assert "default-src 'none'" in page.select_one("meta[http-equiv]")["content"]
    assert not page.select("script")
    assert "url(" not in page.style.string and "@import" not in page.style.string


def test_formulas_become_mathml_wherever_they_stand(tmp_path):
    text = (
        "# Title\n\nInline $x^2$, code `$y$`, five \\$ and\n\n$$ \\sum_i x_i $$\n\n"
        "\\begin{aligned} a &= b \\\\ &= c \\end{aligned}\n\n"
        "<details><summary>What is $q < 1$?</summary>It is $p$, not <code>$r$</code>.</details>"
    )
    page = page_of(tmp_path, new_markdown_cell(text), shown(**{"text/latex": "$\\displaystyle \\frac{a}{b}$"}))
    assert len(page.select("math")) == 6
    assert len(page.select(".formula math[display=block]")) == 3
    assert len(page.select("mtable mtr")) == 2 and len(page.select("details math")) == 2
    assert "$y$" in page.get_text() and "$r$" in page.get_text()
    assert "$x" not in page.get_text() and "\\frac" not in page.get_text()


def test_what_cannot_be_converted_is_shown_as_source_and_listed():
    cells = [new_markdown_cell(r"$a \unknown b$, $x$ and $$\frac{1$$"), new_code_cell("'$\\unknown$'")]
    assert math_failures(new_notebook(cells=cells)) == [r"a \unknown b", r"\frac{1"]


@pytest.mark.parametrize(
    ("tex", "wanted"),
    [
        (r"\arg\min_w f", "<munder><mi>arg min</mi>"),
        (r"\operatorname*{arg\,max}_k z", "<munder><mi>arg max</mi>"),
        (r"\max_k z", "<munder><mi>max</mi>"),
        (r"\log x", '<mi>log</mi><mspace width="0.167em" /><mi>x</mi>'),
        (r"\log(x)", '<mi>log</mi><mo stretchy="false">('),
        (r"\begin{equation} a \end{equation}", "<mi>a</mi></mrow></math>"),
        (r"\begin{split} a &= b \\[4pt] &= c \end{split}", 'columnalign="right"'),
        (r"\lVert w \rVert", 'stretchy="false"'),
        (r"a \sim b", "<mo>\u223c</mo>"),
        ("p < q & r", '<code class="tex">p &lt; q &amp; r</code>'),
        (r"\text{if $x$}", '<code class="tex">'),
        ("x_", '<code class="tex">'),
        (r"\foo", r'<code class="tex">\foo</code>'),
    ],
)
def test_tex_in_mathml(tex, wanted):
    assert wanted in to_mathml(tex, display=True)


def test_dollars_that_are_money_stay():
    assert convert_delimited("costs $5 and $6") == "costs $5 and $6"


def test_links_between_notebooks_lead_to_their_pages(tmp_path):
    pages = {
        str(tmp_path / "12_b.ipynb"): "12_b.html",
        str(tmp_path / "solutions" / "11_a.ipynb"): "solutions_11_a.html",
    }
    text = "[b](12_b.ipynb#Why) [s](solutions/11_a.ipynb) [far](https://example.org/12_b.ipynb) [no](13_c.ipynb)"
    page = page_of(tmp_path, new_markdown_cell(text), pages=pages)
    found = [link["href"] for link in page.select("main a")]
    assert found == ["12_b.html#Why", "solutions_11_a.html", "https://example.org/12_b.ipynb", "13_c.ipynb"]


def test_errors_lose_their_terminal_colours_and_get_an_anchor(tmp_path):
    error = new_output("error", ename="E", evalue="no", traceback=["\x1b[0;31mE\x1b[0m: no"])
    page = page_of(tmp_path, new_code_cell("f()", outputs=[error]))
    assert page.select_one("#error").get_text().strip() == "E: no"


def test_rendering_changes_neither_notebook_nor_title(tmp_path):
    notebook = new_notebook(cells=[new_markdown_cell("# One & *two* $x$"), shown(**{"image/png": PNG})])
    before = nbformat.writes(notebook)
    html = render_page(notebook, tmp_path / "a.ipynb")
    assert nbformat.writes(notebook) == before
    assert re.search("<title>One &amp; two x</title>", html)


def test_every_formula_of_the_course_is_converted():
    notebooks = sorted(NOTEBOOKS.rglob("*.ipynb"))
    failures = {path.name: math_failures(nbformat.read(path, as_version=4)) for path in notebooks}
    assert {name: found for name, found in failures.items() if found} == {}
