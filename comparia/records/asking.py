"""Backends, prompts, requests, completions and failures."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from comparia.records.base import Reason, Record, Zone
from comparia.records.batches import BatchProtocol
from comparia.records.sessions import Transcript

BackendKind = Literal["openai_compatible", "litellm", "gguf", "extractive", "imported", "replay"]

Author = Literal["model", "extractive", "human"]

FailureKind = Literal[
    "authentication",
    "rate_limited",
    "overloaded",
    "server_error",
    "timeout",
    "connection",
    "bad_response",
    "empty",
    "rejected",
    "too_long",
    "refused",
    "not_recorded",
    "cancelled",
    "thinking",
    "filtered",
]


RESERVED_FIELDS = frozenset(
    (
        "model messages prompt input contents system stream stream_options response_format n temperature top_p seed "
        "random_seed max_tokens max_completion_tokens max_output_tokens reasoning_effort"
    ).split()
)
"""Fields of a body that Comparia writes itself, or that would change what is asked or how many answers come."""

_SECRET_FIELD = re.compile(r"api_?key|secret|password|authorization", re.IGNORECASE)


def check_extra(extra: Mapping[str, Any]) -> None:
    """Check the extra fields of a body: they are JSON, replace none of Comparia's, and hold no key.

    Raises:
        PydanticCustomError: `reserved_field`, `secret_field` or `not_json`, with the name of the field.
    """
    for name in extra:
        if name in RESERVED_FIELDS:
            raise PydanticCustomError("reserved_field", "cannot hold {name}: Comparia writes it itself", {"name": name})
    waiting: list[tuple[str, Any]] = [("", extra)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
            for name in value:
                if _SECRET_FIELD.search(name):
                    raise PydanticCustomError(
                        "secret_field", "cannot hold {name}: it is kept with each recap", {"name": name}
                    )
            waiting += [(f"{place}.{name}".removeprefix("."), item) for name, item in value.items()]
        elif isinstance(value, list | tuple):
            waiting += [(place, item) for item in value]
        elif not (value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))):
            raise PydanticCustomError("not_json", "cannot hold {name}: its value is not JSON", {"name": place})


class Prompt(Record):
    """One instruction, possibly several steps of one conversation."""

    id: str
    """Content hash of language, system and steps."""
    name: str
    """Name as shown."""
    description: str = ""
    """What the prompt tries to obtain."""
    language: Literal["fr", "en"]
    """Language of the instruction and of the expected recap."""
    version: str = "1"
    """Version given by its author."""
    system: str = ""
    """System message, with variables."""
    steps: tuple[str, ...]
    """User messages in order, with variables; the answer to the last one is the recap."""
    file: str = ""
    """File it was read from."""


def short_name(name: str) -> str:
    """Return the name of a backend without its address or folder: `model@host`, the name of a file."""
    if name.startswith("imported:"):
        return name.removeprefix("imported:")
    if name.startswith("gguf:"):
        return name.replace("\\", "/").rpartition("/")[2].removeprefix("gguf:")
    model, at, url = name.partition("@http")
    return f"{model}@{url.partition('://')[2].partition('/')[0]}" if at else name


class Backend(Record):
    """A thing that writes summaries, as a run remembers it. It never holds a key."""

    name: str
    """The name that stands in commands and columns: `mistral:mistral-small-latest`."""
    kind: BackendKind
    """Which adapter speaks to it."""
    model: str = ""
    """Model asked for."""
    base_url: str = ""
    """Where requests go, empty when nothing leaves the process."""
    zone: Zone = "world"
    """Where the text is processed."""
    preset: str = ""
    """Entry of the catalogue it comes from."""
    key_variable: str = ""
    """Environment variable that holds the key, empty if none is needed."""
    author: Author = "model"
    """What kind of author it is: extracts are never called AI."""
    context: int | None = None
    """Context window in tokens, None if unknown."""
    concurrency: int = 4
    """Calls in flight at once."""
    requests_per_minute: int | None = None
    """Limit of the provider, None if unknown."""
    input_tokens_per_minute: int | None = None
    """Limit of the provider on input tokens, None if unknown."""
    input_price: float | None = None
    """Price of a million input tokens, in the price list's currency (US dollars); None if unknown."""
    cached_price: float | None = None
    """Price of a million input tokens found in the server's cache; None if unknown."""
    output_price: float | None = None
    """Price of a million output tokens; None if unknown."""
    max_tokens: int | None = None
    """Longest answer asked for, in tokens."""
    temperature: float | None = None
    """Sampling temperature, None to leave the provider's default."""
    top_p: float | None = Field(None, gt=0, le=1)
    """Share of probability that tokens are drawn from, in (0, 1]; None to leave the provider's default."""
    seed: int | None = Field(None, ge=0, lt=2**31)
    """Seed of the first repeat: repeat n sends seed + n - 1. None to send a repeat's number, from the second one on."""
    reasoning_effort: str = ""
    """How long the model is asked to think: `low`, `medium`, `high`, `none`...; empty to leave its default."""
    extra: Mapping[str, Any] = {}
    """Other fields of the body, sent as they are: none that Comparia writes itself."""
    timeout: float = 300.0
    """Seconds of silence after which a call has failed."""
    seed_field: str = "seed"
    """Name under which this server takes a seed; empty if it takes none."""
    max_tokens_field: str = ""
    """Name under which this server takes the longest answer; its preset's when empty."""
    system_role: Literal["system", "user"] = "system"
    """Where instructions stand: in a message of the system, or at the head of the user's if a model knows no system."""
    caches_prefix: bool = False
    """Whether its server keeps what it read of a request for the next one that begins alike."""
    not_taken: tuple[str, ...] = ()
    """What its model is known not to take: `system_in_user`, `no_temperature`, `no_top_p`, `no_seed`.

    It is asked otherwise from the first request on.
    """
    memory: int | None = None
    """Bytes of memory that a model file takes on this machine; None for a server."""
    parameters: int | None = None
    """Number of weights of a model file; None for a server."""
    written_on: str = ""
    """Day on which the recaps of a demonstration were written, ISO 8601; empty for every other backend."""
    batch: BatchProtocol | None = None
    """Whose batch endpoint its server has; None for none that is known."""
    batch_price: float = Field(1.0, ge=0)
    """Share of the ordinary price that is paid for what is asked in a batch."""
    speed: float = 1.0
    """How many times faster than it came a recorded answer is played; 0 for at once."""

    @field_validator("extra")
    @classmethod
    def _checked(cls, extra: Mapping[str, Any]) -> Mapping[str, Any]:
        check_extra(extra)
        return extra

    @property
    def further_parameters(self) -> dict[str, Any]:
        """The generation parameters that are set, beside the temperature and the longest answer, by name."""
        named = {"top_p": self.top_p, "seed": self.seed, "reasoning_effort": self.reasoning_effort, "extra": self.extra}
        return {name: value for name, value in named.items() if value not in (None, "", {})}

    def seed_of(self, repeat: int) -> int | None:
        """Return the seed of a repeat, counted from 1; None where it is asked without one."""
        if self.seed is not None:
            return self.seed + repeat - 1
        return repeat if repeat > 1 else None

    @property
    def reads_prompts(self) -> bool:
        """Whether the prompt changes what it writes (an extractive algorithm reads the transcript only)."""
        return self.kind not in ("extractive", "imported")


class Message(Record):
    """One message of a conversation, in parts so that a long transcript is held and escaped once."""

    role: Literal["system", "user", "assistant"]
    """Who speaks."""
    parts: tuple[str, ...]
    """Pieces of the content, in order."""

    @property
    def content(self) -> str:
        """The whole content."""
        return "".join(self.parts)


class Request(Record):
    """One call to a backend, complete."""

    id: str
    """Content hash of backend, model, messages, parameters and repeat."""
    question: str = ""
    """Content hash of messages and repeat: what is asked, whoever is asked."""
    backend: str
    """Name of the backend."""
    model: str
    """Model asked for."""
    messages: tuple[Message, ...]
    """The conversation so far."""
    repeat: int = 1
    """Which repeat this is, from 1."""
    input_tokens: int = 0
    """Estimated size of the input, in tokens."""
    prompt: str = ""
    """Id of the prompt, empty for backends that read none."""
    role: str = ""
    """Its place in the conversation: `recap`, `part 2/5`, `step 3/3`."""
    answer_schema: Mapping[str, Any] | None = None
    """JSON Schema that the answer must follow, where the server can be held to one; None for a text."""
    transcript: Transcript | None = Field(default=None, exclude=True)
    """The session itself, for backends that read no prompt."""


class Usage(Record):
    """What the backend says it read and wrote."""

    input_tokens: int | None = None
    """Tokens read, as reported; those found in the server's cache among them."""
    cached_tokens: int | None = None
    """Tokens of these found in the server's cache, as reported."""
    output_tokens: int | None = None
    """Tokens written, as reported."""
    cost: float | None = None
    """Cost reported by the provider, in its currency."""
    energy: tuple[float, float] | None = None
    """Energy reported by the provider, least and most, in kWh."""
    carbon: tuple[float, float] | None = None
    """Greenhouse gases reported by the provider, least and most, in kg of CO2 equivalent."""


class Completion(Record):
    """What came back from one call."""

    text: str
    """The answer."""
    model: str = ""
    """Model that answered, as the server resolved it."""
    usage: Usage = Usage()
    """Tokens as reported."""
    finish_reason: str = ""
    """Why the answer ended: stop, length..."""
    warnings: tuple[str, ...] = ()
    """What a reader must know of it: thinking_removed, filtered, system_in_user..."""
    seconds: float = 0.0
    """From sending to the last byte."""
    attempts: int = 1
    """Attempts needed."""
    rhythm: tuple[tuple[int, int], ...] = ()
    """When its pieces came: ms since the sending, characters that had come; empty for an answer that came whole."""
    parameters: Mapping[str, Any] = {}
    """Generation parameters as they were sent, under the names of their fields; the others of the body in `extra`."""
    fingerprint: str = ""
    """What the server calls the state of its model (`system_fingerprint`), empty if it says nothing."""
    response_id: str = ""
    """Id that the server gave its answer, empty if none."""
    batch: str = ""
    """Id of the batch that it came in, empty for an answer that was waited for; its duration is then not known."""
    price_share: float = 1.0
    """Share of the ordinary price that was paid for it."""


class Failure(Record):
    """Why there is no summary."""

    kind: FailureKind
    """What kind of failure."""
    message: Reason
    """What happened."""
    cure: Reason = Reason(template="")
    """What can be done."""
    attempts: int = 1
    """Attempts made."""
    usage: Usage = Usage()
    """What was read, written and paid all the same, over all attempts that said so."""

    @field_validator("message", "cure", mode="before")
    @classmethod
    def _of_earlier_versions(cls, value: Any) -> Any:
        """Take a text, as failures were kept before what they say was."""
        return Reason.of(value) if isinstance(value, str) else value


class Call(Record):
    """One call of a variant, as kept with it: what was asked, and what was said about the answer (not the answer)."""

    request: str
    """Id of the request."""
    role: str
    """draft, part 2/5, step 3..."""
    expected_tokens: int
    """Input tokens expected."""
    reported_tokens: int | None = None
    """Input tokens the backend says it read."""
    cached_tokens: int | None = None
    """Tokens of these that it found in its cache."""
    output_tokens: int | None = None
    """Output tokens reported."""
    model: str = ""
    """Model that answered."""
    seconds: float = 0.0
    """Duration."""
    attempts: int = 1
    """Attempts needed."""
    finish_reason: str = ""
    """Why the answer ended."""
    warnings: tuple[str, ...] = ()
    """What a reader must know of the answer."""
    cost: float | None = None
    """Cost reported by the provider."""
    energy: tuple[float, float] | None = None
    """Energy reported by the provider, least and most, in kWh."""
    carbon: tuple[float, float] | None = None
    """Greenhouse gases reported by the provider, least and most, in kg of CO2 equivalent."""
    parameters: Mapping[str, Any] = {}
    """Generation parameters as they were sent, under the names of their fields; the others of the body in `extra`."""
    fingerprint: str = ""
    """What the server calls the state of its model (`system_fingerprint`), empty if it says nothing."""
    response_id: str = ""
    """Id that the server gave its answer, empty if none."""
    batch: str = ""
    """Id of the batch that its answer came in, empty for an answer that was waited for; its duration is unknown."""
    price_share: float = 1.0
    """Share of the ordinary price that was paid for it."""
