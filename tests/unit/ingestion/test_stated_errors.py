"""Errors that a body states: each venue's and vendor's own form, and its kind."""

import pytest

from common.errors import InputError, TransientError
from ingestion.api.errors import BannedError, BlockedError
from ingestion.api.stated_errors import stated_error, visible_text

# From the venues' lists of errors, from ccxt 4.5 and from public bug reports.
TRANSIENT = [
    ("krakenfutures", {"errors": [{"severity": "ERROR", "error_class": "SERVER_ERROR", "msg": "Server Error"}]}),
    ("krakenfutures", {"result": {"timestamp": [], "data": []}, "errors": ["Server Error"]}),
    ("krakenfutures", {"result": "error", "error": "apiLimitExceeded", "serverTime": "2026-03-01T00:00:00.000Z"}),
    ("krakenfutures", {"result": "error", "error": "Unavailable"}),
    ("dydx", {"errors": [{"msg": "Too many requests"}]}),
    ("dydx", {"errors": [{"msg": "Internal Server Error"}]}),
    ("hyperliquid", {"error": "rate limited"}),
    ("hyperliquid", {"status": "err", "response": "Too many cumulative requests sent"}),
    ("gate", {"label": "TOO_MANY_REQUESTS", "message": "Request Rate Limit Exceeded (311000)"}),
    ("gate", {"label": "SERVER_ERROR", "message": "Please contact us"}),
    ("gate", {"label": "INTERNAL", "message": ""}),
    ("gate", {"label": "TOO_BUSY"}),
    ("deribit", {"jsonrpc": "2.0", "error": {"message": "settlement_in_progress", "code": 10041}, "testnet": False}),
    ("deribit", {"jsonrpc": "2.0", "error": {"message": "too_many_requests", "code": 10028}}),
    ("deribit", {"jsonrpc": "2.0", "error": {"message": "system_maintenance", "code": 11051}}),
    ("deribit", {"jsonrpc": "2.0", "error": {"message": "temporarily_unavailable", "code": 13028}}),
    ("deribit", {"jsonrpc": "2.0", "error": {"message": "matching_engine_queue_full", "code": 10047}}),
    ("binanceusdm", {"code": -1003, "msg": "Too many requests; current limit is 2400 requests per minute."}),
    ("binanceusdm", {"code": -1000, "msg": "An unknown error occurred while processing the request."}),
    ("binanceusdm", {"code": -1007, "msg": "Timeout waiting for response from backend server."}),
    ("binanceusdm", {"code": -1008, "msg": "Server is currently overloaded with other requests."}),
    ("bybit", {"retCode": 10000, "retMsg": "Undefined", "result": {}}),
    ("bybit", {"retCode": 10006, "retMsg": "Too many visits. Exceeded the API Rate Limit.", "result": {}}),
    ("bybit", {"retCode": 10016, "retMsg": "An unknown error", "result": {}}),
    ("okx", {"code": "50011", "msg": "Requests too frequent.", "data": []}),
    ("okx", {"code": "50013", "msg": "Systems are busy. Please try again later.", "data": []}),
    ("okx", {"code": "50001", "msg": "Service temporarily unavailable", "data": []}),
    ("okx", {"code": "50026", "msg": "System error", "data": []}),
    ("bitget", {"code": "429", "msg": "", "data": None}),
    ("bitget", {"code": "40725", "msg": "service return an error", "data": None}),
    ("htx", {"status": "maintain"}),
    ("htx", {"status": "error", "err_code": 1001, "err_msg": "System is not ready.", "ts": 1767225600000}),
    ("htx", {"status": "error", "err_code": 1032, "err_msg": "Too often", "ts": 1767225600000}),
    ("htx", {"status": "error", "err-code": "invalid", "err-msg": "system is upgrading"}),
    ("kucoinfutures", {"code": "200002", "msg": "Slow down"}),
    ("kucoinfutures", {"code": "429000", "msg": "Too Many Requests"}),
    ("", {"status": {"error_code": 429, "error_message": "You have reached the plan's number."}}),
    ("", {"code": "500", "msg": "Server Error"}),
    ("", {"success": False, "msg": "system maintenance", "data": None}),
    ("", {"timestamp": "2026-03-01T00:00:00Z", "status": 503, "error": "Service Unavailable", "path": "/v1"}),
    ("", {"message": "Endpoint request timed out"}),
    ("", "<html><head><title>moved</title></head></html>"),
    ("", "<html><script>if (banned) show('your country')</script>Just a moment</html>"),
    ("", "upstream connect error"),
    ("", ""),
]  # fmt: skip
BLOCKED = [
    ("bybit", {"retCode": 10024, "retMsg": "The product is not for you", "result": {}}),
    ("kucoinfutures", {"code": "400302", "msg": "Our services are currently unavailable."}),
    ("kucoinfutures", {"code": "400303", "msg": "Our services are currently unavailable in the U.S. as stipulated."}),
    ("binanceusdm", {"code": 0, "msg": "Service unavailable from a restricted location according to 'b. Eligibility'"}),
    ("okx", {"code": "51155", "msg": "Due to local laws and compliance rules, this pair is not offered", "data": []}),
    ("gate", {"label": "FORBIDDEN", "message": "Not available in your region"}),
    ("", {"error": "geo-blocked"}),
    ("", {"code": 403, "msg": "Forbidden"}),
    ("", "<html><body>This service is not available in <b>your country</b>.</body></html>"),
]
BANNED = [
    ("binanceusdm", {"code": -1003, "msg": "Way too many requests; IP(1.2.3.4) banned until 1767225600000."}),
]
PERMANENT = [
    ("krakenfutures", {"result": "error", "error": "invalidArgument: symbol"}),
    ("krakenfutures", {"result": {"timestamp": []}, "errors": [{"msg": "unknown"}]}),
    ("dydx", {"errors": [{"msg": "ticker must be a valid ticker", "param": "ticker", "location": "params"}]}),
    ("hyperliquid", {"error": "unknown coin"}),
    ("gate", {"label": "CONTRACT_NOT_FOUND", "message": "contract not found"}),
    ("deribit", {"error": {"message": "Invalid params", "data": {"reason": "wrong format"}, "code": -32602}}),
    ("binanceusdm", {"code": -1121, "msg": "Invalid symbol."}),
    ("bybit", {"retCode": 10001, "retMsg": "params error: symbol invalid", "result": {}}),
    ("okx", {"code": "51001", "msg": "Instrument ID does not exist.", "data": []}),
    ("bitget", {"code": "40034", "msg": "Parameter BTC does not exist", "data": None}),
    ("htx", {"status": "error", "err_code": 1332, "err_msg": "The contract does not exist.", "ts": 1767225600000}),
    ("htx", {"status": "error", "err_code": 1332, "err_msg": "The contract is offline.", "ts": 1767225600000}),
    ("kucoinfutures", {"code": "400100", "msg": "Parameter error"}),
    # Another venue's code of the same number.
    ("bybit", {"retCode": 1032, "retMsg": "", "result": {}}),
    ("", {"code": "401", "msg": "Upgrade plan"}),
    ("", {"success": False, "data": []}),
]
KINDS = {"transient": TRANSIENT, "blocked": BLOCKED, "banned": BANNED, "permanent": PERMANENT}
SOUND = [
    {},
    [],
    [{"code": 1, "error": "of one row"}],
    None,
    {"code": "0", "msg": "", "data": []},
    {"code": "00000", "msg": "success", "data": []},
    {"code": 200, "msg": "OK", "data": []},
    {"code": "200000", "data": {"dataList": []}},
    {"retCode": 0, "retMsg": "OK", "result": {}},
    {"status": "ok", "ts": 1767225600000, "data": []},
    {"result": "success", "tickers": [], "errors": []},
    {"result": {}, "error": None},
    {"success": True, "status": True, "message": "a note", "data": []},
]


@pytest.mark.parametrize(
    ("ccxt_id", "body", "kind"), [(*stated, kind) for kind, bodies in KINDS.items() for stated in bodies], ids=str
)
def test_the_kind_of_an_error_that_a_body_states(ccxt_id, body, kind):
    assert stated_error(body, ccxt_id).kind == kind


@pytest.mark.parametrize("body", SOUND, ids=str)
def test_a_sound_body_states_no_error(body):
    assert stated_error(body) is None


def test_an_exception_has_the_type_of_its_kind_and_what_the_venue_said():
    for kind, error in (("transient", TransientError), ("blocked", BlockedError), ("banned", BannedError)):
        [(ccxt_id, body), *_] = KINDS[kind]
        raised = stated_error(body, ccxt_id).exception("GET /x: 200 OK", "correct the request", 12.5)
        assert type(raised) is error
        assert str(raised).startswith("GET /x: 200 OK")
        assert "correct the request" not in str(raised)
        assert getattr(raised, "retry_after_seconds", 12.5) == 12.5
    raised = stated_error({"error": "unknown coin"}).exception("GET /x: 200 OK", "correct the request")
    assert (type(raised), str(raised)) == (InputError, "GET /x: 200 OK; correct the request")


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("<html><style>b {}</style><!-- <p>old</p> --><p>We are&nbsp;down</p>\n<b>now</b></html>", "We are down now"),
        ("<br/>", "<br/>"),
        ("plain\n text", "plain text"),
    ],
)
def test_the_text_of_a_page_is_what_a_reader_sees(body, seen):
    assert visible_text(body) == seen
