"""The words for types, and whether a text is of a type."""

import re

from mlproj.project.model import ParameterType

ALIASES = {
    "string": ParameterType.STRING,
    "str": ParameterType.STRING,
    "int": ParameterType.INT,
    "integer": ParameterType.INT,
    "float": ParameterType.FLOAT,
    "number": ParameterType.FLOAT,
    "double": ParameterType.FLOAT,
    "bool": ParameterType.BOOL,
    "boolean": ParameterType.BOOL,
    "path": ParameterType.PATH,
    "uri": ParameterType.URI,
    "list": ParameterType.LIST,
}
BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1", "t", "y"), True),
    **dict.fromkeys(("false", "no", "off", "0", "f", "n"), False),
}


def parse_type(word: str) -> ParameterType | None:
    """What a type's word means; None for a word that we do not know, which is then read as text."""
    if re.fullmatch(r"list\[.*\]", word):
        return ParameterType.LIST
    return ALIASES.get(word)


def has_scheme(text: str) -> bool:
    """Whether a text begins as a URI does: `s3://`, `runs:/`, `file:///`."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text) is not None


def is_of_type(text: str, type_: ParameterType) -> bool:
    """Whether a text is a value of a type; any text is a string, a path or a list."""
    match type_:
        case ParameterType.INT:
            return re.fullmatch(r"[+-]?[0-9]+(_[0-9]+)*", text) is not None
        case ParameterType.FLOAT:
            return parse_number(text) is not None
        case ParameterType.BOOL:
            return text.lower() in BOOLEANS
        case ParameterType.URI:
            return has_scheme(text)
        case _:
            return True


def parse_number(text: str) -> float | None:
    """The number that a text spells, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def same_value(left: str, right: str, type_: ParameterType) -> bool:
    """Whether two texts spell one value: 0.10 and 0.1 as floats, yes and True as booleans."""
    if left == right:
        return True
    if type_ in {ParameterType.INT, ParameterType.FLOAT}:
        number = parse_number(left)
        return number is not None and number == parse_number(right)
    if type_ is ParameterType.BOOL:
        truth = BOOLEANS.get(left.lower())
        return truth is not None and truth == BOOLEANS.get(right.lower())
    return False
