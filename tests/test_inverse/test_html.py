"""Pieces of a page."""

import math
from html.parser import HTMLParser

import pytest

from inverse._html import (
    interval,
    measured,
    number,
    sentences,
    shown_in,
    svg,
    table,
)
from inverse._plots import look, PALETTE


@pytest.mark.parametrize(
    "value, words",
    [
        (3.451e-13, "3.451 × 10⁻¹³"),
        (-3.451e-13, "−3.451 × 10⁻¹³"),
        (9.99996e-13, "1.000 × 10⁻¹²"),
        (0.0, "0"),
        (0.25, "0.25"),
        (-762.68, "−762.7"),
        (123456.0, "1.235 × 10⁵"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "–"),
    ],
)
def test_numbers(value, words):
    assert number(value) == words


@pytest.mark.parametrize(
    "value, error, words",
    [
        (5.30344e-13, 1.1e-14, "(5.30 ± 0.11) × 10⁻¹³"),
        (1752.72, 0.913, "1752.72 ± 0.91"),
        (1.00004, 0.00062, "1.00004 ± 0.00062"),
        (-0.00127, 0.00043, "(−1.27 ± 0.43) × 10⁻³"),
        (3.0, 250.0, "3 ± 250"),
        (2.5, math.inf, "2.5 ± ∞"),
        (2.5, 0.0, "2.5 ± 0"),
    ],
)
def test_numbers_with_errors(value, error, words):
    assert measured(value, error) == words


@pytest.mark.parametrize(
    "lower, upper, words",
    [
        (5.093e-13, 5.523e-13, "(5.09 … 5.52) × 10⁻¹³"),
        (1750.9, 1754.56, "1750.9 … 1754.6"),
        (0.0, math.inf, "0 … ∞"),
        (1.0, 1.0, "1 … 1"),
        (1.0, 1.0 + 1e-15, "1 … 1"),
    ],
)
def test_intervals(lower, upper, words):
    assert interval(lower, upper) == words


class Tags(HTMLParser):
    """Checks that every element is closed, and collects what is in it."""

    void = {"meta", "br", "path", "use", "rect"}

    def __init__(self):
        super().__init__()
        self.open, self.words, self.names = [], [], []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.void:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def parse(text):
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    return tags


def test_a_table_escapes_its_head_and_aligns():
    text = table(("a<b", "c"), [("1", "2"), ("3", "4")])
    tags = parse(text)
    assert tags.words == ["a<b", "c", "1", "2", "3", "4"]
    assert text.count('class="l"') == text.count('class="r"') == 3


def test_sentences_are_escaped():
    assert sentences(["D < 0"], "bad") == '<ul class="bad"><li>D &lt; 0</li></ul>'
    assert sentences([], "bad") == ""


def test_a_figure_takes_the_colours_of_the_page():
    with look() as Figure:
        figure = Figure(figsize=(3, 2))
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=PALETTE.accent)
        axes.set_xlabel("position (µm)")
        first, second = svg(figure, 'a "line"'), svg(figure, "a line")
    tags = parse(first)
    assert "svg" in tags.names and "position (µm)" in tags.words
    assert 'aria-label="a &quot;line&quot;"' in first
    for name, colour in PALETTE._asdict().items():
        assert colour not in first
    assert "var(--accent)" in first and "var(--ink)" in first
    assert "DejaVu" not in first
    ids = lambda text: {w.split('"')[0] for w in text.split(' id="')[1:]}
    assert ids(first) and not ids(first) & ids(second)


def test_lengths_of_an_experiment_are_in_micrometres():
    assert shown_in("scan.origin", "m") == shown_in("width", "m") == (1e6, "µm")
    assert shown_in("scan.amount", "m") == (1.0, "m")
    assert shown_in("sigma", "") == (1.0, "")
