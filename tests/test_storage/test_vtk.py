"""Files for ParaView, read back as the format says."""

import struct
import xml.etree.ElementTree as ET

import jax.numpy as jnp
import numpy as np
import pytest

import diffjax as djx

from ..fields import made


TYPES = {"Float64": "d", "Float32": "f", "UInt8": "B"}


def read_vtr(path):
    """Arrays of a `.vtr` with raw appended data, and the extent, by the format's rules:
    a byte count before each array, the first axis running fastest."""
    raw = path.read_bytes()
    head, _, rest = raw.partition(b"<AppendedData")
    _, _, rest = rest.partition(b"_")
    root = ET.fromstring(head + b"</VTKFile>")
    size = {"UInt64": 8, "UInt32": 4}[root.attrib.get("header_type", "UInt32")]
    arrays = {}
    for node in root.iter("DataArray"):
        at = int(node.attrib["offset"])
        kind = TYPES[node.attrib["type"]]
        count = int.from_bytes(rest[at : at + size], "little")
        many = count // struct.calcsize(kind)
        arrays[node.attrib["Name"]] = np.frombuffer(
            rest, dtype=f"<{kind}", count=many, offset=at + size
        )
    (piece,) = root.iter("Piece")
    return arrays, [int(n) for n in piece.attrib["Extent"].split()]


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_every_number_is_where_the_format_wants_it(axes, tmp_path):
    counts = (4, 3, 2)[:axes]
    lines = tuple(1e-6 * jnp.cumsum(jnp.arange(1.0, n + 2)) for n in counts)
    grid = djx.grid.from_faces(lines)
    ys = jnp.asarray(np.random.default_rng(0).normal(size=(3, *counts)))
    solution = made(grid, ys)
    file = djx.storage.write_vtk(solution, tmp_path / "out", name="c")
    assert file == tmp_path / "out" / "solution.pvd"
    sets = list(ET.parse(file).getroot().iter("DataSet"))
    assert [float(s.attrib["timestep"]) for s in sets] == [0.0, 3600.0, 7200.0]
    for entry, field in zip(sets, np.asarray(ys)):
        arrays, extent = read_vtr(file.parent / entry.attrib["file"])
        whole = [n for c in (*counts, *(0,) * (3 - axes)) for n in (0, c)]
        assert extent == whole
        np.testing.assert_array_equal(arrays["c"], field.ravel(order="F"))
        for k, name in enumerate(("x", "y", "z")):
            wanted = lines[k] if k < axes else [0.0]
            np.testing.assert_array_equal(arrays[f"{name}_coordinates"], wanted)


def test_void_is_hidden(tmp_path):
    grid = djx.grid.uniform((0.0, 0.0), (4e-6, 3e-6), (4, 3))
    solid = jnp.ones((4, 3), bool).at[2, 1].set(False)
    body = djx.grid.Grid(grid.axes, grid.geometry, solid)
    djx.storage.write_vtk(made(body, jnp.ones((1, 4, 3))), tmp_path / "out")
    arrays, _ = read_vtr(tmp_path / "out" / "field_0000.vtr")
    void = ~np.asarray(solid).ravel(order="F")
    np.testing.assert_array_equal(np.isnan(arrays["composition"]), void)
    np.testing.assert_array_equal(arrays["vtkGhostType"], np.where(void, 32, 0))


def test_a_radial_grid_is_refused(tmp_path):
    grid = djx.grid.uniform(0.0, 1e-6, 5, "cylindrical")
    with pytest.raises(djx.storage.CaseError) as error:
        djx.storage.write_vtk(made(grid, jnp.ones((1, 5))), tmp_path / "out")
    assert str(error.value) == (
        "`write_vtk` draws planar grids; got a cylindrical one: use "
        "`diffjax.storage.save_solution`, or `write_netcdf`."
    )
    assert list(tmp_path.iterdir()) == []
