"""The part of a report that shows a tensor."""

from ._html import interval, measured, number, svg, table
from ._plots import draw_directions, look
from ._tensor_found import direction_words, TensorFound


def tensor_section(tensor: TensorFound) -> str:
    """D along each direction, the principal values, and the components, as HTML.

    **Arguments:**

    - `tensor`: in m²/s.
    """
    with look() as Figure:
        figure = Figure(figsize=(5.2, 4.1))
        draw_directions(figure.add_subplot(), tensor)
        picture = svg(figure, "Diffusivity along the directions that were measured")
    head = ("direction", "D (m²/s)", "95 % interval (m²/s)")
    rows = [
        [direction_words(n), number(d, 3), interval(lower, upper)]
        for n, (d, lower, upper) in zip(tensor.directions, tensor.along.T)
    ]
    own = [
        [f"D{'₁₂₃'[k]} along {direction_words(tuple(axis))}", number(d, 3)]
        + [interval(lower, upper)]
        for k, (axis, (d, lower, upper)) in enumerate(
            zip(tensor.axes, tensor.principal.T)
        )
    ]
    axes = "xyz"[: len(tensor.axes)]
    matrix = [
        [axes[i], *(measured(d, e) for d, e in zip(*row))]
        for i, row in enumerate(zip(tensor.matrix, tensor.errors))
    ]
    return (
        f'<h2>Diffusivity tensor</h2><div class="two"><figure>{picture}<figcaption>'
        "Each traverse sees one number of the tensor; its principal values follow from "
        f"all.</figcaption></figure><div>{table(head, rows)}</div></div>"
        f"<h2>Principal values</h2>{table(('', *head[1:]), own)}"
        f"<h2>Components</h2>{table(('D (m²/s)', *axes), matrix)}"
    )
