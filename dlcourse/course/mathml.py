"""TeX formulas as MathML, so that a page shows them without a script and without a network."""

import html
import re
import xml.etree.ElementTree as ET

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_LIMITS = {"max", "min", "sup", "inf", "lim", "argmax", "argmin", "arg max", "arg min"}
_BARS = {"|", "\u2016", "\u2225"}  # TeX stretches these only after \left and \right
_ARITY = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3, "mroot": 2}
_SCRIPTS = ("msub", "msup", "msubsup", "munder", "mover", "munderover")
# What latex2mathml does not know, in words that it does.
_REWRITES = (
    (r"\\begin\{(?:equation\*?|displaymath)\}|\\end\{(?:equation\*?|displaymath)\}", ""),
    (r"\\(begin|end)\{(?:align|aligned|split|eqnarray)\*?\}", r"\\\1{align*}"),
    (r"\\begin\{(?:gather|gathered)\*?\}", r"\\begin{array}{c}"),
    (r"\\end\{(?:gather|gathered)\*?\}", r"\\end{array}"),
    (r"\\arg\s*\\(min|max)(?![a-zA-Z])|\\arg(min|max)(?![a-zA-Z])", r"\\operatorname{arg\1\2}"),
    (r"\\arg(?![a-zA-Z])", r"\\operatorname{arg}"),
    (r"\\operatorname\*?\s*\{\s*arg\s*\\[,; ]?\s*(min|max)\s*\}", r"\\operatorname{arg\1}"),
    (r"\\operatorname\*", r"\\operatorname"),
    (r"(\\\\)\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm)\s*\]", r"\1"),
)
_DELIMITED = re.compile(r"(?<!\\)\$\$(.+?)(?<!\\)\$\$|(?<![\\$])\$(?!\s)([^$]+?)(?<![\\\s])\$(?!\d)", re.DOTALL)


def to_mathml(tex, display=False):
    """One formula as a `<math>` element; its escaped TeX in `<code class="tex">` where it cannot be converted.

    >>> to_mathml("x^2").startswith("<math")
    True
    >>> to_mathml(r"\\unknown{x}")
    '<code class="tex">\\\\unknown{x}</code>'
    """
    try:
        tree = _convert(tex, display)
    except (ValueError, ET.ParseError):
        return f'<code class="tex">{html.escape(tex.strip())}</code>'
    return ET.tostring(tree, encoding="unicode")


def convert_delimited(fragment):
    """The `$...$` and `$$...$$` in a piece of HTML as MathML; text inside `<code>` and `<pre>` is left alone."""
    pieces, quoted = re.split(r"(<[^>]*>)", fragment), 0
    for i, piece in enumerate(pieces):
        tag = re.match(r"<(/?)(code|pre|script|style)\b", piece, re.IGNORECASE)
        if tag:
            quoted += -1 if tag[1] else 1
        elif not piece.startswith("<") and not quoted:
            pieces[i] = _DELIMITED.sub(_replace, piece)
    return "".join(pieces)


def _replace(match):
    display = match[1] is not None
    return to_mathml(html.unescape(match[1] if display else match[2]), display)


def _convert(tex, display):
    from latex2mathml.converter import convert

    for pattern, instead in _REWRITES:
        tex = re.sub(pattern, instead, tex)
    try:
        source = convert(tex.strip(), display="block" if display else "inline")
    except Exception as error:  # latex2mathml raises bare subclasses of Exception, and IndexError, on bad input
        raise ValueError(f"{tex!r} is not TeX that latex2mathml can read: {error!r}") from error
    ET.register_namespace("", NAMESPACE)
    tree = ET.fromstring(source)
    _refuse_leftovers(tree, tex)
    for element in tree.iter():
        _mend(element, display)
    for element in list(tree.iter()):
        _space_functions(element)
    return tree


def _name(element):
    return element.tag.rpartition("}")[2]


def _refuse_leftovers(tree, tex):
    """What the converter did not understand it copies; a fraction without its second half it leaves so."""
    for element in tree.iter():
        text = element.text or ""
        if "\\" in text or (_name(element) != "mtext" and text in {"{", "}", "&"} and _name(element) == "mi"):
            raise ValueError(f"{text!r} was left over from {tex!r}")
        if _name(element) == "mtext" and "$" in text:
            raise ValueError(f"a formula inside \\text is not converted: {tex!r}")
        if len(element) != _ARITY.get(_name(element), len(element)):
            raise ValueError(f"a part of {tex!r} is missing")


def _mend(element, display):
    """Names of functions are identifiers, arrows are operators, and limits stand below in a displayed formula."""
    text, space = element.text or "", f"{{{NAMESPACE}}}"
    if _name(element) == "mo" and len(text) > 1 and text.isalpha():
        element.tag = f"{space}mi"
        element.attrib.clear()
        element.text = {"argmin": "arg min", "argmax": "arg max"}.get(text, text)
    elif _name(element) == "mi" and len(text) == 1 and (text == "~" or 0x2190 <= ord(text) <= 0x21FF):
        element.tag, element.text = f"{space}mo", text.replace("~", "\u223c")
    elif _name(element) == "mi" and len(text) == 1 and (0x27F0 <= ord(text) <= 0x27FF or 0x2308 <= ord(text) <= 0x230B):
        element.tag = f"{space}mo"
    elif _name(element) == "mo" and text in _BARS:
        element.attrib = {"stretchy": "false", "lspace": "0", "rspace": "0"} | element.attrib
    elif _name(element) == "mo" and text == ".":
        element.set("lspace", "0")
    if display and _name(element) == "msub" and (element[0].text or "") in _LIMITS:
        element.tag = f"{space}munder"


def _is_function(element):
    base = element[0] if _name(element) in _SCRIPTS else element
    return _name(base) == "mi" and len(base.text or "") > 1 and (base.text or "").replace(" ", "").isalpha()


def _space_functions(parent):
    """A thin space between a function's name and what is no bracket or operator: `log x`, but `log(x)`."""
    if _name(parent) in _ARITY:
        return
    children = list(parent)
    for i in reversed(range(len(children))):
        if not _is_function(children[i]):
            continue
        for at, neighbour in ((i + 1, children[i + 1 : i + 2]), (i, children[i - 1 : i] if i else [])):
            if neighbour and _name(neighbour[0]) not in {"mo", "mspace", "mtext"}:
                if at == i and _is_function(neighbour[0]):
                    continue
                parent.insert(at, ET.Element(f"{{{NAMESPACE}}}mspace", width="0.167em"))
