"""Messages about files: wrapped on a terminal of 80 columns, one line each for a program that reads them."""

import sys

import pytest

from cli.console import print_failures, print_lines

MESSAGES = [
    "binance_rest/BTCUSDT_open_interest_2d.csv and 1 more like it: closest is the manifest "
    "binance_rest_open_interest_1d: its files are binance_rest/{symbol}_open_interest_1d.csv.gz; "
    "this file has no column sum_open_interest_value",
    "short",
]


@pytest.fixture
def terminal(capsys, monkeypatch):
    """Let stderr be a terminal of 80 columns; return a function that reads its lines."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _: True)

    def lines():
        return capsys.readouterr().err.splitlines()

    return lines


def test_a_terminal_of_80_columns_reads_well(terminal):
    print_lines("not imported", MESSAGES)
    assert terminal() == [
        "not imported: binance_rest/BTCUSDT_open_interest_2d.csv and 1 more like it:",
        "  closest is the manifest binance_rest_open_interest_1d: its files are",
        "  binance_rest/{symbol}_open_interest_1d.csv.gz; this file has no column",
        "  sum_open_interest_value",
        "not imported: short",
    ]


def test_a_path_longer_than_the_terminal_stays_whole(terminal):
    path = "a-folder/" + 10 * "a-long-name-" + ".csv:"
    print_failures((f"sample: {path} is empty",))
    assert terminal() == ["error: sample:", f"  {path}", "  is empty"]


def test_another_program_reads_one_line_for_each_message(capsys):
    print_lines("not imported", MESSAGES)
    assert capsys.readouterr().err.splitlines() == [f"not imported: {message}" for message in MESSAGES]
