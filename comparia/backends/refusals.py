"""What a server says when it gives no recap: the same words mean the same, whatever the status and the carrier.

An error inside a 200 (a JSON object, an event of a stream) is classified exactly as the same error with its status
would be.
"""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from comparia.backends.forms import form_sent
from comparia.errors import BackendError
from comparia.messages import number
from comparia.messages import sentence as _

LONGEST_ASKED_WAIT = 120.0
"""Seconds: a server that asks for a longer pause has failed the call, which says until when."""
OVERLOADED = frozenset({424, 502, 503, 520, 521, 522, 523, 524, 529})

_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|maximum context|too many tokens|prompt is too long|exceeds? the .*context|"
    r"longer than the (?:maximum model length|model)|context shift is disabled|must be <= ?\d+\. given|"
    r"reduce the length of|(?:input|prompt)(?: length)?[ \d]* exceeds|maximum allowed input|max tokens exceeded|"
    r"too large for model with|exceed_context|input is too long|string_above_max_length|"
    r"too long for (?:the|this) model|request too large",
    re.IGNORECASE,
)
_ANSWER_TOO_LONG = re.compile(
    r"max_(?:completion_|new_|output_)?tokens['\"`]?(?: or ['\"`]?max_completion_tokens['\"`]?)?"
    r" (?:is|are|must|should|cannot|value)\b(?!.*\binputs\b)",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient_quota|exceeded your current quota|no credit|credit balance|billing|payment required", re.IGNORECASE
)
_PER_DAY = re.compile(r"\bper day\b|\b[tr]pd\b|daily (?:limit|quota)", re.IGNORECASE)
_PER_MINUTE = re.compile(r"limit:? ?(?P<limit>[\d,. ]+?)\D{0,20}\brequested:? ?(?P<asked>[\d,. ]+)", re.IGNORECASE)
_NO_SCHEMA = re.compile(r"response_?format|json_?schema|json_object|grammar|guided|structured.output", re.IGNORECASE)
_NO_FORM = {
    "tool": re.compile(r"\btools?\b|tool_choice|function.?call|functions?\b", re.IGNORECASE),
    "format": re.compile(r"\bformat\b|grammar|json|not found|no such|method not allowed", re.IGNORECASE),
}
"""How servers refuse the other ways to hold an answer to a schema (`forms`)."""
_NO_SYSTEM = re.compile(
    r"system (?:role|messages?|prompts?|instructions?)[^.]{0,40}(?:not|un)[ -]?(?:supported|allowed|available|enabled)|"
    r"(?:not|n't) support[^.]{0,30}system|only user and assistant roles|developer instruction is not enabled|"
    r"conversation roles must alternate",
    re.IGNORECASE,
)
_UNSUPPORTED = re.compile(
    r"unsupported|not supported|not support|unrecognized|unknown (?:field|argument|parameter|name)|"
    r"extra (?:fields|inputs)|not permitted|only the default|may only be set|unexpected (?:keyword|field)|not allowed",
    re.IGNORECASE,
)
_NOT_BOTH = re.compile(r"cannot both be|can ?not be (?:used|set|specified) together", re.IGNORECASE)
_DURATION = re.compile(r"(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?!s))?\s*(?:(\d+(?:\.\d+)?)\s*s)?$")
_IN_WORDS = re.compile(r"(?:try again|retry) (?:in|after) ((?:\d+h)?(?:\d+m(?!s))?(?:\d+(?:\.\d+)?s)?)", re.IGNORECASE)


class Said(NamedTuple):
    """What a server says of a request that it refuses."""

    message: str
    """Its words, on one line, without a key nor what acts in a terminal."""
    code: str = ""
    """Its code: a word, or a status."""
    kind: str = ""
    """Its type: `invalid_request_error`, `tokens`..."""
    parameter: str = ""
    """The parameter it refuses."""

    @property
    def all(self) -> str:
        """Everything that tells what it is about."""
        return f"{self.message} {self.code} {self.kind} {self.parameter}"


def said_of(document: Any) -> Said:
    """Return what an answer says of an error, in every shape that servers give it.

    OpenAI's, FastAPI's and Google's are known, and a bare text.
    """
    if isinstance(document, list) and document and isinstance(document[0], dict):
        document = document[0]
    if not isinstance(document, dict):
        return Said(str(document) if isinstance(document, str) else "")
    error = document.get("error", document)
    if isinstance(error, str):
        return Said(error, kind=str(document.get("error_type") or document.get("type") or ""))
    if not isinstance(error, dict):
        error = document
    message = error.get("message") or error.get("detail") or error.get("error_description") or error.get("msg") or ""
    if isinstance(message, list):  # FastAPI: what was sent stands in it too, and must not be repeated
        faults = [item for item in message if isinstance(item, dict)]
        message = "; ".join(
            f"{'.'.join(str(part) for part in item.get('loc', ()))}: {item.get('msg', '')}" for item in faults[:5]
        )
    if isinstance(message, dict):
        message = message.get("message") or ""
    code = error.get("code", document.get("code", document.get("status", "")))
    kind, parameter = error.get("type") or error.get("status") or "", error.get("param") or ""
    return Said(str(message), str(code if code is not None else ""), str(kind), str(parameter))


def status_in(said: Said) -> int:
    """Return the status that an error inside a 200 would have had: its code if that is one, or what its words mean."""
    if said.code.isdecimal() and 400 <= int(said.code) < 600:
        return int(said.code)
    text = said.all.lower()
    for words, status in (
        (("rate_limit", "rate limit", "too many requests"), 429),
        (("overloaded", "unavailable"), 503),
        (("authentication", "invalid_api_key", "unauthorized", "not authorised", "not authorized"), 401),
        (("timeout", "timed out"), 504),
        (("invalid_request", "not_found", "unsupported", "moderation", "flagged"), 400),
    ):
        if any(word in text for word in words):
            return status
    return 400 if _TOO_LONG.search(text) else 500


def refusal(
    status: int, said: Said, *, wait: float | None = None, key_variable: str = "", address: str = ""
) -> BackendError:
    """Return the error that a refusal is, with its cure, and whether waiting can heal it.

    Args:
        status: of HTTP, or the one an error inside a 200 would have had.
        said: the server's words.
        wait: seconds it asks to wait.
        key_variable: variable of the key.
        address: that was asked.
    """
    message = f"HTTP {status}" + (f": {said.message}" if said.message else "")
    if wait is None:
        wait = _wait_in(said.message)
    if status in (401, 403):
        return BackendError(
            "authentication", message, _("Check the key in {variable}.").format(variable=key_variable or "-")
        )
    if status == 402 or _QUOTA.search(said.all):
        return BackendError("rejected", message, _("The account has no credit left."))
    minute = _PER_MINUTE.search(said.message)
    if status == 429 and minute and (tokens := _integer(minute["asked"])) > (limit := _integer(minute["limit"])) > 0:
        text = _("this session is larger than the account's minute ({asked} tokens of {limit}) – {answer}")
        cure = _(
            "Set `context = {limit}` for this backend so that the session is read in parts, or use another account."
        )
        return BackendError(
            "too_long",
            text.format(asked=number(tokens), limit=number(limit), answer=message),
            cure.format(limit=limit),
        )
    if status == 429:
        return _rate_error(message, said, wait)
    if status == 413 or (status != 404 and _TOO_LONG.search(said.all) and not _ANSWER_TOO_LONG.search(said.message)):
        return BackendError("too_long", message, _context_cure(said.message))
    if _ANSWER_TOO_LONG.search(said.message) and 400 <= status < 500:
        return BackendError("rejected", message, _("Lower `max_tokens` for this backend, or leave it out."))
    if status in (408, 504):
        cure = _("The server was too slow; try again later.")
        return BackendError("timeout", message, cure, retryable=True, retry_after=wait)
    if status in OVERLOADED or (status >= 500 and "overload" in said.all.lower()):
        cure = _("The server is overloaded; try again later.")
        return BackendError("overloaded", message, cure, retryable=True, retry_after=wait)
    if status >= 500:
        cure = _("The server failed; try again later.")
        return BackendError("server_error", message, cure, retryable=True, retry_after=wait)
    if status == 404:
        cure = _("Check the model's name (comparia models --check), and the address: {url}").format(url=address)
        return BackendError("rejected", f"{message} ({address})" if address else message, cure)
    if 300 <= status < 400:
        return BackendError("rejected", message, _("The address redirects elsewhere: correct `base_url`."))
    return BackendError("rejected", message, _parameter_cure(said))


def _rate_error(message: str, words: Said, wait: float | None) -> BackendError:
    if wait is not None and wait > LONGEST_ASKED_WAIT:
        until = datetime.fromtimestamp(time.time() + wait).astimezone()
        moment = until.strftime("%H:%M" if wait < 20 * 3600 else "%Y-%m-%d %H:%M")
        text = _("the server asks to wait until {time} – {answer}").format(time=moment, answer=message)
        return BackendError("rate_limited", text, _("Ask again after {time}.").format(time=moment))
    if _PER_DAY.search(words.all) and wait is None:
        return BackendError(
            "rate_limited", message, _("The account's day is used up: ask again tomorrow, or use another account.")
        )
    cure = _("Lower `requests_per_minute` for this backend.")
    return BackendError("rate_limited", message, cure, retryable=True, retry_after=wait)


def adjustment(said: Said, sent: Mapping[str, Any], *, system: bool) -> str:
    """Return how a refused request can be sent so that it is taken; empty where it cannot.

    Args:
        said: the server's words.
        sent: parameters of the request.
        system: whether it holds a system message.

    Returns:
        `system_in_user`, `max_completion_tokens`, `max_tokens`, `no_temperature`, `no_top_p`, `no_seed`,
        `no_reasoning_effort`, `no_stream_options`; one of `FORM_CODES` where it takes no answer held to a schema so.
    """
    text = said.all
    if system and _NO_SYSTEM.search(text):
        return "system_in_user"
    if (form := form_sent(sent)) and _NO_FORM.get(form, _NO_SCHEMA).search(text):
        return f"no_{form}"
    if {"temperature", "top_p"} <= sent.keys() and "top_p" in text and _NOT_BOTH.search(text):
        return "no_top_p"
    if not _UNSUPPORTED.search(text):
        return ""
    if "max_tokens" in sent and re.search(r"max_completion_tokens", text):
        return "max_completion_tokens"
    if "max_completion_tokens" in sent and re.search(r"max_completion_tokens", text):
        return "max_tokens"
    names = ("stream_options", "temperature", "top_p", "seed", "random_seed", "reasoning_effort")
    for name in sorted(names, key=lambda name: name != said.parameter):
        if name in sent and re.search(rf"\b{name}\b", text):
            return "no_" + name.removeprefix("random_")
    return ""


def _parameter_cure(words: Said) -> str:
    """Return what can be typed about a parameter that is refused."""
    if _NO_SYSTEM.search(words.all):
        return _('Set `system_role = "user"` for this backend: its instructions then stand in the message of the user.')
    if "max_tokens" in words.all and _UNSUPPORTED.search(words.all):
        return _('Set `max_tokens_field = "max_completion_tokens"` for this backend, or leave `max_tokens` out.')
    if "temperature" in words.all and _UNSUPPORTED.search(words.all):
        return _("Leave `temperature` out for this backend.")
    for name in ("top_p", "seed", "reasoning_effort"):
        if re.search(rf"\b{name}\b", words.all) and _UNSUPPORTED.search(words.all):
            return _("Leave `{name}` out for this backend.").format(name=name)
    return ""


def extra_cure(said: Said, extra: Iterable[str]) -> str:
    """Return what can be done about a request that is refused for one of its extra fields; empty for another reason."""
    named = next((name for name in extra if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said.all)), "")
    return _("Take `{name}` out of `extra` for this backend.").format(name=named) if named else ""


def _context_cure(message: str) -> str:
    """Return the cure of a session that is too long, with the limit that the server names."""
    numbers = [n for match in re.findall(r"\d[\d,\u202f ]*\d", message) if 512 <= (n := _integer(match)) < 10**8]
    if not numbers:
        return _("Set `context` for this backend so that the session is read in parts.")
    return _("Set `context = {limit}` for this backend so that the session is read in parts.").format(
        limit=min(numbers)
    )


def _integer(text: str) -> int:
    digits = re.sub(r"\D", "", text)
    return int(digits) if digits and len(digits) < 12 else 0


def _wait_in(message: str) -> float | None:
    """Return the seconds that a message asks to wait, in words; None where it names none."""
    match = _IN_WORDS.search(message)
    return duration_of(match[1]) if match else None


def duration_of(text: str) -> float | None:
    """Return a duration as servers write it (`2`, `1h2m`, `350ms`, an HTTP date), in seconds; None where it is none."""
    text = text.strip()
    try:
        seconds = float(text)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    except ValueError:
        pass
    if re.fullmatch(r"\d+ms", text):
        return int(text[:-2]) / 1000
    if text and (match := _DURATION.fullmatch(text)) and any(match.groups()):
        hours, minutes, seconds_ = (float(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds_
    date = email.utils.parsedate_tz(text)
    try:
        return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None
    except (ValueError, OverflowError):
        return None


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the headers of an answer ask to wait; None where they name none."""
    for name in ("retry-after-ms", "retry-after", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"):
        if value := headers.get(name):
            seconds = duration_of(f"{value}ms" if name.endswith("-ms") and value.isdecimal() else value)
            if seconds is not None:
                return seconds
    return None
