"""The command line: one module per verb, imported when the verb is called.

Only click is imported here, so that `comparia --help` answers at once.
"""

from __future__ import annotations

import gc
import gettext
import importlib
import io
import os
import sys
from pathlib import Path

import click

from comparia.messages import N_, language, preferred_language, use_language
from comparia.messages import gettext as _

VERBS: dict[str, tuple[str, str]] = {
    "demo": ("demo", N_("Try it: three recaps of a sample session, side by side, offline.")),
    "serve": ("serve", N_("Open Comparia in the browser.")),
    "stage": (
        "stage",
        N_("Work a prompt before a room: versions, what each changes, blind votes; also without network."),
    ),
    "try": ("try_prompts", N_("Try prompts on a session, again at each save: what changed in the points kept.")),
    "record": ("record", N_("Put runs with all their answers in one file, to play again without network.")),
    "ingest": ("ingest", N_("Show what is understood of a transcript, before anything is sent.")),
    "correct": ("correct", N_("Correct a session: names, words, who speaks, what is left out; the original stays.")),
    "pseudonymise": ("pseudonymise", N_("Show what is hidden of a session, and the exact text a model would read.")),
    "transcribe": ("transcribe", N_("Send a recording to a speech-to-text server; keep and read its answer.")),
    "compare": ("compare", N_("Send one session to several backends; keep, score and show the recaps.")),
    "resume": ("resume", N_("Carry on an interrupted run, asking only for what is missing.")),
    "import": ("import_run", N_("Put an exported run into the database.")),
    "import-recap": ("import_recap", N_("Add a recap written by hand, or elsewhere, to a run.")),
    "adapt": ("adapt", N_("Put a recap in plain language, or translate it; see what that lost.")),
    "study": ("study", N_("Compare models over many sessions, from one file: planned, resumable, with intervals.")),
    "score": ("score", N_("Score a run again: by words, by meaning, or with a judge.")),
    "audit": ("audit", N_("Say how far the verdicts of a run can be trusted, and which ones to settle first.")),
    "panel": ("panel", N_("Have several people rate cells, or recaps two by two, blind, over days.")),
    "explain": ("explain", N_("Explain one number: its arithmetic, its recipe, and the words on both sides.")),
    "report": ("report", N_("Write or print a run as HTML, Markdown, CSV, JSON or text.")),
    "runs": ("runs", N_("List the stored runs.")),
    "models": ("models", N_("List the backends: zone, key, reachable or not.")),
    "prompts": ("prompts", N_("List and check prompt sets.")),
    "references": (
        "references",
        N_("Suggest, check, show and compare key points: who holds them, which are minority views."),
    ),
    "journal": ("journal", N_("List what left this machine.")),
    "probe": ("probe", N_("Put a backend to the test: does it obey instructions hidden in a session?")),
    "doctor": ("doctor", N_("Say what is wrong with this set-up, and the cure; safe to paste.")),
    "purge": ("purge", N_("Remove the texts of runs for good; the journal stays.")),
    "keys": ("keys", N_("Keep keys in the keyring; see which are set.")),
    "launcher": ("launcher", N_("Write a file that opens Comparia when one double-clicks it.")),
    "schema": ("schema", N_("Print the JSON Schema of the exchange format of a run.")),
}
"""Every verb: its module, and one line of help."""


def laid_out(text: str) -> str:
    """Help text whose paragraphs with indented lines (examples) are not rewrapped by click."""
    return "\n\n".join(f"\b\n{part}" if "\n  " in f"\n{part}" else part for part in text.split("\n\n"))


class Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order of a first use."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import one verb."""
        if name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"comparia.cli.{VERBS[name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line a verb, without importing any."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(line)) for name, (_module, line) in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """An unknown verb gets the nearest ones."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], VERBS, n=3, cutoff=0.5)
            hint = " " + _("Did you mean {names}?").format(names=", ".join(near)) if near else ""
            ctx.fail(_("No such command: {name}.").format(name=args[0]) + hint)
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from comparia import __version__

        click.echo(f"comparia {__version__}")
        ctx.exit()


def _language(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value:
        use_language("fr" if value == "fr" else "en")
        _teach_click()


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--lang", type=click.Choice(["fr", "en"]), is_eager=True, expose_value=False, callback=_language, help="fr / en"
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help=_("Show the version.")
)
def cli() -> None:
    """Several recaps of the same session, side by side."""


cli.help = laid_out(
    _(
        "Several AI recaps of the same session, side by side: what each one kept, lost or invented, with the "
        "evidence.\n\n"
        "First steps:\n"
        "  comparia demo                          three recaps of a sample session, offline\n"
        "  comparia ingest SESSION.vtt            what is understood of your own transcript\n"
        "  comparia compare SESSION.vtt           recaps of it, offline\n"
        "  comparia compare SESSION.vtt -p compte-rendu -b mistral:mistral-small-latest -b ollama:mistral-small"
    )
)


CLICK_WORDS = (
    N_("Usage:"),
    N_("Options"),
    N_("Show this message and exit."),
    N_("default: {default}"),
    N_("Error: {message}"),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter: {param_name}"),
    N_("Try '{command} {option}' for help."),
    N_("No such option: {name}"),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("required"),
    N_("{name} {filename!r} does not exist."),
    N_("File"),
    N_("Directory"),
)
"""Words that click says by itself; it looks them up in the same catalogue."""


def _teach_click() -> None:
    os.environ["LANGUAGE"] = language()
    gettext.bindtextdomain("comparia", str(Path(__file__).parents[1] / "locale"))
    gettext.textdomain("comparia")


def main() -> None:
    """Run the command.

    Exit codes: 0 done; 1 an error a user can cure, on one line, or a run without any recap; 2 a wrong usage; 3 a run
    that lacks some variants; 130 interrupted.
    """
    gc.set_threshold(50_000, 20, 20)  # tens of thousands of objects are made at start-up, and none is garbage
    use_language(preferred_language())
    _teach_click()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        sys.exit(cli.main(prog_name="comparia", standalone_mode=False))
    except click.Abort:
        _fail(_("Interrupted."), 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _fail(_("Interrupted."), 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        from comparia.errors import CompariaError

        if isinstance(error, CompariaError):
            _fail(str(error), error.exit_code)
        raise


def _fail(message: str, code: int) -> None:
    click.echo(f"comparia: {message}", err=True)
    sys.exit(code)
