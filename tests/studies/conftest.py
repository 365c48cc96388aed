"""Studies on small sessions, and a server whose models have known habits."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.studies.small_runs import built, study, watched  # noqa: F401

SUBJECTS = (
    "parking benches lighting playground toilets cycling markets flooding noise buses trees cinema".split(),
    "library bakery fountain bridge stadium harbour tramway museum chapel orchard quarry theatre".split(),
)
SHAPES = (
    "Quarter {1} lost its {0}, and nobody asked us before",
    "I am against paying for new {0} with our taxes in zone {1}",
    "Children deserve better {0} beside school number {1}",
    "The {0} of block {1} should close at ten every evening",
    "Please repair the broken {0} on avenue {1} this winter",
    "My neighbours fear that {0} will bring traffic to lane {1}",
    "Without {0}, shopkeepers of row {1} will leave for good",
    "Volunteers could look after the {0} of hamlet {1} themselves",
)


class HabitServer:
    """Models that keep what their habit says: `faithful` every view, `majority` none of the first four sentences."""

    def __init__(self):
        self.asked = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append(body)
                if body["model"] in server.down:
                    self.send_error(500)
                    return
                answer = {
                    "id": f"answer-{len(server.asked)}",
                    "model": f"{body['model']}-2026",
                    "system_fingerprint": "fp_1",
                    "choices": [
                        {"message": {"role": "assistant", "content": server.write(body)}, "finish_reason": "stop"}
                    ],
                    "usage": {"prompt_tokens": 900, "completion_tokens": 90},
                }
                content = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments):
                pass

        self.down = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def write(self, body):
        text = "\n".join(message["content"] for message in body["messages"])
        said = re.findall(r"^\[T\d+[^\]]*\] [^:\n]+: (.+)$", text, re.MULTILINE)
        kept = said if body["model"].startswith("faithful") else said[4:]
        return "# Recap\n\n" + "\n".join(f"- {sentence}" for sentence in kept)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def habits():
    server = HabitServer()
    yield server
    server.close()


@pytest.fixture
def make_study(tmp_path, habits):
    """Writes a study over some sessions of eight people, and returns its file."""

    def build(sessions=2, repeats=1, models=("faithful", "majority"), more="", head=""):
        lines = [f'[study]\nname = "small"\nseed = 3\nrepeats = {repeats}\npolicy = "local"\n{head}']
        (tmp_path / "prompt.md").write_text("Summarise this session.\n", "utf-8")
        for n in range(sessions):
            folder = tmp_path / f"s{n}"
            folder.mkdir(exist_ok=True)
            subjects = SUBJECTS[n % 2]
            said = [shape.format(subject, n) for shape, subject in zip(SHAPES, subjects, strict=False)]
            people = [
                f"{first} {last}"
                for first, last in zip(
                    ("Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hal"),
                    ("Lee", "Ray", "Moss", "Park", "Stone", "West", "North", "Field"),
                    strict=True,
                )
            ]
            text = "\n\n".join(f"{who}: {what}." for who, what in zip(people, said, strict=True))
            (folder / "session.txt").write_text(text + "\n\nAnn Lee: Thank you.\n", "utf-8")
            points = "".join(
                f'  - {{id: P{k}, text: "{what}.", said: [{{turn: {k}, quote: "{what}"}}]}}\n'
                for k, what in enumerate(said, start=1)
            )
            reference = (
                f"title: Meeting {n}\nlanguage: en\nstatus: reviewed\nreviewed_by: A Tester\nkey_points:\n{points}"
            )
            (folder / "reference.yaml").write_text(reference, "utf-8")
            lines.append(
                f'[[session]]\nid = "s{n}"\nfiles = ["s{n}/session.txt"]\nreference = "s{n}/reference.yaml"\n'
                f'prompts.plain = "prompt.md"\n'
            )
        lines += [
            f'[[model]]\nid = "{name}"\nbackend = "{name}@{habits.url}"\ngeneration = {{ temperature = 0.5 }}\n'
            for name in models
        ]
        lines.append(
            '[scoring]\nmetrics = ["minority_retention", "key_point_coverage", "length"]\n'
            '[analysis]\nprimary = "minority_retention"\nmargin = 0.05\n'
            + (f'contrasts = [["{models[0]}", "{models[1]}"]]\n' if len(models) > 1 else "")
        )
        file = tmp_path / "small.study.toml"
        file.write_text("\n".join(lines) + more, "utf-8")
        return file

    return build
