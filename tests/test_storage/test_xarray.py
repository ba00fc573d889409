"""Solutions as named arrays, NetCDF and Zarr, and back."""

import sys

import jax.numpy as jnp
import numpy as np
import pytest
import xarray

import diffjax as djx

from ..fields import made


def plate():
    grid = djx.grid.uniform((0.0, 0.0), (40e-6, 30e-6), (4, 3))
    solid = jnp.ones((4, 3), bool).at[2, 1].set(False)
    grid = djx.grid.Grid(grid.axes, grid.geometry, solid)
    field = jnp.where(solid, jnp.arange(12.0).reshape(4, 3) / 12, 0.0)
    return made(grid, jnp.stack([field, 0.5 * field]))


def box():
    grid = djx.grid.uniform((0.0, 0.0, 0.0), (4e-6, 3e-6, 2e-6), (4, 3, 2))
    return made(grid, jnp.arange(24.0).reshape(1, 4, 3, 2))


def ball():
    grid = djx.grid.uniform(0.0, 1e-6, 5, "spherical")
    return made(grid, jnp.ones((3, 5)))


def test_names_units_and_numbers():
    solution = plate()
    data = solution.to_xarray(unit="mol/m^3")
    field = data["composition"]
    assert field.dims == ("time", "x", "y") and field.attrs == {"units": "mol/m^3"}
    assert data["x"].attrs["units"] == "m" and data["time"].attrs["units"] == "s"
    np.testing.assert_array_equal(data["time"], [0.0, 3600.0])
    centres = [axis.centres for axis in solution.grid.axes]
    np.testing.assert_array_equal(data["y"], centres[1])
    np.testing.assert_array_equal(data["x_bounds"][:, 1], solution.grid.faces[1:])
    void = np.isnan(field.values)
    assert void[:, 2, 1].all() and void.sum() == 2
    there = field.sel(x=centres[0][3], y=centres[1][0], time=3600.0)
    assert float(there) == float(solution.ys[1, 3, 0])
    np.testing.assert_array_equal(data["balance_amount"], solution.balance.amount)
    assert data.attrs["stats_num_steps"] == 7
    assert data.attrs["stats_method"] == "Rosenbrock"
    assert data.attrs["balance_largest"] == float(solution.balance.largest)
    assert data.attrs["result"] == "successful"


def test_axes_as_present():
    assert box().to_xarray("c")["c"].dims == ("time", "x", "y", "z")
    assert ball().to_xarray()["composition"].dims == ("time", "r")
    assert "units" not in ball().to_xarray()["composition"].attrs


@pytest.mark.parametrize("make", [plate, box, ball])
def test_files_come_back(make, tmp_path):
    solution = make()
    data = solution.to_xarray(unit="1")
    file = djx.storage.write_netcdf(solution, tmp_path / "deep" / "a.nc", unit="1")
    xarray.testing.assert_identical(
        xarray.load_dataset(file, engine="h5netcdf").reset_coords(),
        data.reset_coords(),
    )
    store = djx.storage.write_zarr(solution, tmp_path / "a.zarr", unit="1")
    found = xarray.open_zarr(store, consolidated=False, chunks=None)
    xarray.testing.assert_identical(found.load().reset_coords(), data.reset_coords())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zarr", "deep"]
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["a.nc"]


def test_old_results_are_replaced_whole(tmp_path):
    for solution in (plate(), box()):
        djx.storage.write_netcdf(solution, tmp_path / "a.nc")
        djx.storage.write_zarr(solution, tmp_path / "a.zarr")
    assert "z" in xarray.load_dataset(tmp_path / "a.nc", engine="h5netcdf").dims
    found = xarray.open_zarr(tmp_path / "a.zarr", consolidated=False, chunks=None)
    assert "z" in found.dims
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.nc", "a.zarr"]


def test_what_is_in_the_way_stays(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(djx.storage.CaseError) as error:
        djx.storage.write_zarr(box(), tmp_path / "mine")
    assert str(error.value) == (
        f"{tmp_path}/mine: a folder that is not a Zarr store is in the way."
    )
    with pytest.raises(djx.storage.CaseError) as error:
        djx.storage.write_netcdf(box(), tmp_path / "mine")
    assert str(error.value) == (
        f"{tmp_path}/mine: a folder with this name is in the way of the file."
    )
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    "package, call, sentence",
    [
        ("xarray", lambda p: box().to_xarray(), "named arrays need xarray"),
        (
            "h5py",
            lambda p: djx.storage.write_netcdf(box(), p),
            "NetCDF files need h5py",
        ),
        ("zarr", lambda p: djx.storage.write_zarr(box(), p), "Zarr stores need zarr"),
        ("pyevtk", lambda p: djx.storage.write_vtk(box(), p), "VTK files need pyevtk"),
    ],
)
def test_a_missing_package_is_named(package, call, sentence, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModuleNotFoundError) as error:
        call(tmp_path / "out")
    assert str(error.value) == f'{sentence}: `pip install "diffjax[io]"`.'
    assert list(tmp_path.iterdir()) == []
