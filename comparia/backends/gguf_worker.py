"""A model file answering in a process of its own.

A request is one JSON line on standard input, a piece of the answer one on standard output. Started by
`comparia.backends.gguf` as a script, so that nothing of the product is loaded beside the model, and a crash of the
library takes nothing with it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def main(path: str, context: int) -> None:
    """Load a model file, say that it is ready, and answer requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the library prints must not stand between answers

    def say(**line: Any) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    try:
        from llama_cpp import Llama
    except Exception as error:
        say(lacking=f"{type(error).__name__}: {error}")
        return
    try:
        model = Llama(path, n_ctx=context, verbose=False)
    except Exception as error:
        say(damaged=f"{type(error).__name__}: {error}")
        return
    say(ready=True)
    for line in sys.stdin:
        try:
            _answer(model, json.loads(line), say)
        except Exception as error:
            say(error=f"{type(error).__name__}: {error}")


def _answer(model: Any, request: dict[str, Any], say: Any) -> None:
    options: dict[str, Any] = dict(request["parameters"])
    if request["schema"] is not None:
        options["response_format"] = {"type": "json_object", "schema": request["schema"]}
    written, finish = 0, ""
    for chunk in model.create_chat_completion(request["messages"], stream=True, **options):
        choice = chunk["choices"][0]
        if piece := choice["delta"].get("content"):
            written += 1
            say(piece=piece)
        finish = choice.get("finish_reason") or finish
    say(done=finish, read=max(0, model.n_tokens - written), written=written)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
