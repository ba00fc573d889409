"""Pieces of a page: figures as SVG in the page's colours, numbers, tables."""

import html
import io
import math
import re
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import diffjax as djx

from ._plots import PALETTE


# Local parameters that are lengths; an amount is one times a composition.
_SMALL = ("origin", "x", "y", "width", "lead", "trail", "sigma")
_DIGITS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def svg(figure: Any, label: str) -> str:
    """A figure as SVG that takes its colours and letters from the page.

    **Arguments:**

    - `figure`: of matplotlib, drawn in the palette; no unit.
    - `label`: what it shows, for those who cannot see it.

    **Returns:**

    An `<svg>` element.
    """
    from matplotlib import rc_context

    file = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "diffjax"}):
        metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(file, format="svg", transparent=True, metadata=metadata)
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    for name, colour in PALETTE._asdict().items():
        text = text.replace(colour, f"var(--{name})")
    # "font: 10px 'DejaVu Sans', ..." keeps its size and loses its family.
    text = re.sub(r"font: (\d[\d.]*)px [^;\"]*", r"font-size: \1px", text)
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    # Ids are unique in a page, and the same whenever it is made.
    mine = f"f{zlib.crc32((label + text).encode()):08x}-"
    text = re.sub(r'\bid="', f'id="{mine}', text)
    text = re.sub(r'href="#', f'href="#{mine}', text)
    text = text.replace("url(#", f"url(#{mine}")
    head = f'<svg role="img" aria-label="{html.escape(label, quote=True)}"'
    text = text.replace("<svg", head, 1)
    return re.sub(r' (width|height)="[\d.]+pt"', "", text, count=2)


def number(value: float, digits: int = 4) -> str:
    """A number for people: `3.45e-13` is 3.45 × 10⁻¹³; any unit."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value != 0 and not 1e-3 <= abs(value) < 1e5:
        power = math.floor(math.log10(abs(value)))
        mantissa = f"{value / 10.0**power:.{digits - 1}f}"
        if abs(float(mantissa)) >= 10:
            power, mantissa = power + 1, f"{value / 10.0 ** (power + 1):.{digits - 1}f}"
        return f"{mantissa} × 10{str(power).translate(_DIGITS)}".replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−")


def measured(value: float, error: float) -> str:
    """A number with its standard error, to two digits of the error; any unit."""
    if not (math.isfinite(value) and math.isfinite(error)) or error <= 0:
        return f"{number(value)} ± {number(error, 2)}"
    power = math.floor(math.log10(max(abs(value), error)))
    power = 0 if -3 < power < 5 else power
    size = 10.0**power
    places = max(0, 1 - math.floor(math.log10(error / size)))
    text = f"{value / size:.{places}f} ± {error / size:.{places}f}".replace("-", "−")
    if power:
        return f"({text}) × 10{str(power).translate(_DIGITS)}"
    return text


def shown_in(name: str, unit: str) -> tuple[float, str]:
    """Factor and unit in which a parameter is shown: origins and widths in µm."""
    if unit == "m" and name.rpartition(".")[2] in _SMALL:
        return 1e6, "µm"
    return 1.0, unit


def interval(lower: float, upper: float) -> str:
    """Two ends of an interval, to two digits of its width; any unit."""
    if not (math.isfinite(lower) and math.isfinite(upper)) or upper <= lower:
        return f"{number(lower, 3)} … {number(upper, 3)}"
    power = math.floor(math.log10(max(abs(lower), abs(upper))))
    power = 0 if -3 < power < 5 else power
    size = 10.0**power
    places = max(0, 1 - math.floor(math.log10((upper - lower) / size)))
    if places > 12:
        return f"{number(lower)} … {number(upper)}"
    text = f"{lower / size:.{places}f} … {upper / size:.{places}f}".replace("-", "−")
    return f"({text}) × 10{str(power).translate(_DIGITS)}" if power else text


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], left: Sequence[int] = (0,)
) -> str:
    """An HTML table of texts; columns in `left` start at the left, others end right."""
    sides = ["l" if i in left else "r" for i in range(len(head))]

    def cells(texts: Iterable[str], tag: str) -> str:
        pairs = zip(sides, texts, strict=True)
        return "".join(f'<{tag} class="{s}">{text}</{tag}>' for s, text in pairs)

    top = cells(map(html.escape, head), "th")
    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def sentence(text: str) -> str:
    """A text that starts with a capital and ends with a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!")) else ".")


def coloured(verdict: str) -> str:
    """A verdict as a page shows it."""
    kind = {"d": "yes", "n": "no"}.get(verdict[0], "prior")
    return f'<span class="{kind}">{html.escape(verdict)}</span>'


def sentences(texts: Iterable[str], kind: str) -> str:
    """A list of sentences, or nothing."""
    items = "".join(f"<li>{html.escape(text)}</li>" for text in texts)
    return f'<ul class="{kind}">{items}</ul>' if items else ""


def footer() -> str:
    """Versions, at the end of a page."""
    words = ", ".join(f"{k} {v}" for k, v in djx.storage.versions().items())
    return f"<footer>Made by diffjax. {html.escape(words)}</footer>"


PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
:root {
  --page: #ffffff; --card: #f6f7f9; --rule: #dfe3e8; --ink: #1d242e; --soft: #5b6572;
  --accent: #0b6fc4; --warm: #d1500b; --grey: #8a93a0; --good: #1c7c46; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) { :root {
  --page: #14181e; --card: #1c222a; --rule: #303944; --ink: #e4e8ed; --soft: #a3adba;
  --accent: #58aef5; --warm: #f59a5b; --grey: #7f8a98; --good: #62c98d; --bad: #ff8a80;
} }
@media print { :root {
  --page: #ffffff; --card: #f6f7f9; --rule: #dfe3e8; --ink: #1d242e; --soft: #5b6572;
  --accent: #0b6fc4; --warm: #d1500b; --grey: #8a93a0; --good: #1c7c46; --bad: #b3261e;
} }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial,
    "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1060px; margin: 0 auto; padding: 2.4rem 1.4rem 3rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.12rem; margin: 2.4rem 0 .7rem; }
p { margin: .4rem 0; }
.lead { font-size: 1.06rem; max-width: 46rem; }
.note { color: var(--soft); font-size: .9rem; max-width: 46rem; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.7rem, 1fr));
  gap: .6rem; margin: 1.5rem 0 0; }
dl.facts div { background: var(--card); border-radius: .6rem; padding: .6rem .75rem; }
dl.facts dt { color: var(--soft); font-size: .82rem; }
dl.facts dd { margin: 0; font-size: 1.02rem; font-weight: 600; }
ul { padding-left: 1.1rem; margin: .6rem 0; max-width: 46rem; }
ul.bad, ul.warn, ul.fine { list-style: none; padding: 0; }
ul.bad li, ul.warn li, ul.fine li { margin: .4rem 0; padding: .5rem .8rem;
  border-left: 3px solid; background: var(--card); border-radius: 0 .5rem .5rem 0; }
ul.bad li { border-color: var(--bad); } ul.warn li { border-color: var(--warm); }
ul.fine li { border-color: var(--good); }
figure { margin: .6rem 0 0; }
figure svg { display: block; width: 100%; height: auto; }
figure svg text { font-family: inherit; }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .3rem;
  max-width: 46rem; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(21rem, 1fr));
  gap: 0 2.2rem; align-items: start; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
th { color: var(--soft); font-weight: 500; font-size: .85rem; }
th, td { padding: .34rem .7rem .34rem 0; border-bottom: 1px solid var(--rule);
  white-space: nowrap; }
td:last-child, th:last-child { padding-right: 0; }
.l { text-align: left; } .r { text-align: right; }
td .no { color: var(--bad); white-space: normal; } td .yes { color: var(--good); }
td .prior { color: var(--warm); }
footer { margin-top: 2.6rem; padding-top: .8rem; border-top: 1px solid var(--rule);
  color: var(--soft); font-size: .85rem; }
@media print {
  main { max-width: none; padding: 0; } body { font-size: 11pt; }
  figure, table, dl.facts div, ul li { break-inside: avoid; } h2 { break-after: avoid; }
}
</style>
</head>
<body>
<main>
$body
</main>
</body>
</html>
"""
