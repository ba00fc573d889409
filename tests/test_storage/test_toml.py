"""TOML with lines."""

import pytest

import diffjax as djx
from diffjax.storage._toml import parse_toml, read_toml


TEXT = '''\
# a comment = 1
a.b = 1  # = 2
[[experiment]]
kind = "couple"
position = { column = "dis", unit = "um" }
text = """
x = 3 \\"""
"""
list = [ 1,  # one
  { q = 2 },
]
[experiment.sub]
"quoted key" = 'it'
[[experiment]]
kind = 2
[law]
knots = "au\\"to"
'''


def test_every_key_has_its_line():
    lines = parse_toml(TEXT, "case.toml").lines
    assert lines["a", "b"] == 2
    assert lines["experiment", 0] == 3
    assert lines["experiment", 0, "position", "unit"] == 5
    assert lines["experiment", 0, "list"] == 9
    assert lines["experiment", 0, "list", 1, "q"] == 10
    assert lines["experiment", 0, "sub", "quoted key"] == 13
    assert lines["experiment", 1, "kind"] == 15
    assert lines["law", "knots"] == 17
    assert ("x",) not in lines


def test_lines_and_data_name_the_same_places():
    document = parse_toml(TEXT, "case.toml")

    def places(data, place=()):
        pairs = data.items() if isinstance(data, dict) else enumerate(data)
        for key, value in pairs:
            yield (*place, key)
            if isinstance(value, dict | list):
                yield from places(value, (*place, key))

    assert set(places(document.data)) == set(document.lines)


def test_windows_line_ends_and_a_mark(tmp_path):
    path = tmp_path / "case.toml"
    path.write_bytes(b"\xef\xbb\xbf[a]\r\nb = 1\r\n")
    assert read_toml(path).lines["a", "b"] == 2


def test_a_missing_key_has_the_line_of_its_table():
    document = parse_toml(TEXT, "case.toml")
    assert document.line(("law", "kind")) == 16
    assert document.line(("nothing",)) is None
    assert str(document.error(("law", "kind"), "is wrong.")) == (
        "case.toml, line 16, `law.kind`: is wrong."
    )


def test_a_value_error_while_building_gets_a_line():
    document = parse_toml(TEXT, "case.toml")

    def build():
        raise ValueError("no good.")

    with pytest.raises(djx.storage.CaseError) as e:
        document.built("law", build)
    assert str(e.value) == "case.toml, line 16, `law`: no good."


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("a = \n", "case.toml, line 1: not valid TOML (Invalid value)."),
        (
            "a = 1\nb 2\n",
            "case.toml, line 2: not valid TOML (Expected '=' after a key in a key/"
            "value pair).",
        ),
        (
            "a = 1\na = 2\n",
            "case.toml, line 2: not valid TOML (Cannot overwrite a value).",
        ),
        ('a = "', "case.toml, line 1: not valid TOML (Unterminated string)."),
    ],
)
def test_what_is_not_toml(text, sentence):
    with pytest.raises(djx.storage.CaseError) as e:
        parse_toml(text, "case.toml")
    assert str(e.value) == sentence


def test_what_is_not_a_text_file(tmp_path):
    with pytest.raises(djx.storage.CaseError) as e:
        read_toml(tmp_path / "no.toml")
    assert str(e.value) == f"{tmp_path}/no.toml: there is no such file."
    with pytest.raises(djx.storage.CaseError) as e:
        read_toml(tmp_path)
    assert str(e.value) == f"{tmp_path}: this is a folder, not a TOML file."
    (tmp_path / "latin.toml").write_bytes(b'a = "\xb5m"\n')
    with pytest.raises(djx.storage.CaseError) as e:
        read_toml(tmp_path / "latin.toml")
    assert str(e.value) == "latin.toml: not a text file in UTF-8."
