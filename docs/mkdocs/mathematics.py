r"""Turns the formulas of a page into MathML while the page is built.

Browsers draw MathML themselves, so the pages need no script and no network.
Arithmatex (in generic mode) has put each formula between `\(...\)` or `\[...\]`.
"""

import html
import re

import latex2mathml.converter


FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\s*\\(?P<open>[(\[])(?P<tex>.*?)\\[)\]]\s*'
    r"</(?P=tag)>",
    flags=re.DOTALL,
)


def to_mathml(match: re.Match) -> str:
    tex = html.unescape(match["tex"]).strip()
    tex = tex.replace(">=", r"\ge ").replace("<=", r"\le ")
    display = "block" if match["open"] == "[" else "inline"
    mathml = latex2mathml.converter.convert(tex, display=display)
    if match["tag"] == "div":
        return f'<div class="formula">{mathml}</div>'
    return mathml


def on_page_content(content: str, /, **_) -> str:
    content = FORMULA.sub(to_mathml, content)
    if 'class="arithmatex"' in content:
        raise ValueError("a formula was left in LaTeX; see docs/mkdocs/mathematics.py")
    return content
