"""`[law]` of a case for `diffjax fit`."""

from typing import Any

import numpy as np
import pytest

import diffjax as djx
import inverse as inv
from inverse._case import read_fit_case

from .scans import COUPLE, write_case, write_scan


def read(tmp_path, law, *changes, ask: Any = "fit") -> Any:
    write_scan(tmp_path)
    text = COUPLE.replace('kind = "constant"\n', law)
    return read_fit_case(write_case(tmp_path, text, *changes), ask)


def test_what_is_held_is_not_free_and_what_starts_does(tmp_path):
    law = 'kind = "exponential"\nvalue = { free = "2e-14 m^2/s", factor = 3 }\n'
    case = read(tmp_path, law + "slope = -1.5\n")
    (found,), ((value,),) = case.laws, case.free
    np.testing.assert_allclose(np.exp(found.log_value), 2e-14)
    assert float(found.slope) == -1.5
    # The model holds ln D, and so is its prior.
    np.testing.assert_allclose(value.prior.mean, np.log(2e-14))
    np.testing.assert_allclose(value.prior.sd, np.log(3))


def test_knots_may_be_listed(tmp_path):
    law = 'kind = "log-spline"\nknots = [0.0, 0.5, 1.0]\n'
    values = '["1e-14 m^2/s", "2e-14 m^2/s", "3e-14 m^2/s"]'
    case = read(tmp_path, f"{law}values = {{ free = {values} }}\n")
    (found,), ((free,),) = case.laws, case.free
    np.testing.assert_allclose(np.exp(found.log_values), [1e-14, 2e-14, 3e-14])
    assert free.where == "log_values"
    assert read(tmp_path, law).laws[0].knots.shape == (3,)
    assert read(tmp_path, f"{law}values = {values}\n").free == ((),)


def test_an_activation_with_a_prior_may_stand_at_one_temperature(tmp_path):
    law = 'kind = "constant"\nactivation = { free = "2 eV", sd = "0.1 eV" }\n'
    ((value, activation),) = read(tmp_path, law).free
    assert value.where == "law.value" and float(activation.prior.sd) == 0.1


def test_a_tensor_along_directions(tmp_path):
    law = 'kind = "tensor"\nvalue = { free = "2e-14 m^2/s" }\nsystem = "hexagonal"\n'
    sigma = ("sigma = 0.002", "sigma = 0.002\ndirection = [1, 0, 1]")
    case = read(tmp_path, law, sigma)
    (found,), ((free,),) = case.laws, case.free
    np.testing.assert_allclose(found.value, 2e-14 * np.eye(3))
    assert isinstance(free.transform, inv.LogCholesky)
    assert free.transform.system == "hexagonal"
    assert case.experiments[0].law.direction == (1, 0, 1)
    assert len(case.identify().null_vectors) == 1  # one direction tells one number


@pytest.mark.parametrize(
    "law, changes, ask, sentence",
    [
        (
            'kind = "constant"\nvalue = "1e-14 m^2/s"\nactivation = "2 eV"\n',
            [],
            "fit",
            "line 12, `law`: `reference` is missing: the temperature of `value`.",
        ),
        (
            'kind = "constant"\nreference = "1000 degC"\n',
            [],
            "fit",
            "line 12, `law`: `reference` is for a law with `activation`.",
        ),
        (
            'kind = "constant"\nvalue = { free = "1e-14 m^2" }\n',
            [],
            "fit",
            'line 14, `law.value`: "1e-14 m^2" is not a diffusivity ("m^2" is '
            '[length] ** 2); a diffusivity is wanted, e.g. "1e-14 m^2/s".',
        ),
        (
            'kind = "log-spline"\nvalues = ["1e-14 m^2/s", "1e-14 m^2/s"]\n',
            [],
            "fit",
            "line 12, `law`: `values` belong to `knots` that are listed, e.g. [0.0, "
            "0.5, 1.0].",
        ),
        (
            'kind = "log-spline"\nknots = [0.5, 0.5]\n',
            [],
            "fit",
            "line 12, `law`: `knots` must increase.",
        ),
        (
            'kind = "log-spline"\n',
            [],
            "identify",
            "line 12, `law`: `--identify` asks at numbers: list `knots`, and `values` "
            "as in { free = [...] }.",
        ),
        (
            'kind = "exponential"\nslope = 1.0\n',
            [],
            "identify",
            "line 12, `law`: `--identify` asks at numbers, and there is none for "
            "`value`: write where it starts, as in { free = ... }.",
        ),
        (
            'kind = "tensor"\n',
            [],
            "fit",
            "line 3, `experiment.direction`: a tensor of dimension 3 needs the "
            "direction of every profile; got none.",
        ),
        (
            'kind = "tensor"\nvalue = "1e-14 m^2/s"\n',
            [],
            "fit",
            "line 12, `law`: `value` of a tensor is where it starts: write it as "
            '{ free = "1e-14 m^2/s" }.',
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, law, changes, ask, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        read(tmp_path, law, *changes, ask=ask)
    assert str(e.value) == f"case.toml, {sentence}"
