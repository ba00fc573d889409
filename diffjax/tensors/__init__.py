"""Symmetric tensors, and what a grid makes of them."""

from ._crystal import (
    crystal_tensor as crystal_tensor,
    crystal_values as crystal_values,
    independent_values as independent_values,
    project as project,
)
from ._definite import (
    require_definite as require_definite,
    smallest_eigenvalue as smallest_eigenvalue,
)
from ._direction import along_forced as along_forced, along_front as along_front
from ._packing import pack as pack, unpack as unpack
from ._rotation import (
    from_principal as from_principal,
    principal as principal,
    rotate as rotate,
    rotation as rotation,
    rotation_from_axis as rotation_from_axis,
    rotation_from_euler as rotation_from_euler,
    rotation_from_quaternion as rotation_from_quaternion,
)
from ._selling import (
    Decomposition as Decomposition,
    missing as missing,
    offsets_of as offsets_of,
    offsets_within as offsets_within,
    on_offsets as on_offsets,
    selling as selling,
)
