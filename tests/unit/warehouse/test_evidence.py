"""The evidence page: which published file makes which page, and what is said where there is none."""

from warehouse.evidence import main


def test_a_missing_file_is_one_line_and_an_exit_code(tmp_path, capsys):
    exit_code = main([str(tmp_path / "oi.duckdb")], root=tmp_path)

    assert exit_code == 6
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert "make evidence" in error
    assert error.count("\n") == 1
