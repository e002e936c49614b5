"""Opening a list from a path, a stream that can be reread, and one that cannot."""

import io

import pytest

from subscribers.sheets.opening import STANDARD_INPUT, open_table

LIST = b"Email , Name\njane@example.org,Jane\n\njohn@example.org\n"


class Pipe(io.BytesIO):
    """A stream that can be read once, like standard input."""

    def seekable(self):
        return False


@pytest.mark.parametrize("kind", [io.BytesIO, Pipe])
def test_rows_can_be_read_twice_from_any_stream(kind):
    with open_table(kind(LIST)) as table:
        assert table.name == STANDARD_INPUT
        assert table.header == ("Email", "Name")
        first = [(row.line, tuple(row.cells)) for row in table]
        assert first == [(2, ("jane@example.org", "Jane")), (4, ("john@example.org", ""))]
        assert list(table) == list(table)


def test_a_path_is_opened_and_closed(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(LIST)
    with open_table(path) as table:
        assert table.name == str(path)
        assert next(iter(table)).line == 2
    with pytest.raises(ValueError, match="closed"):
        list(table)
