"""Settings: the environment over comparia.toml, errors that name the file or the variable."""

from pathlib import Path

import pytest

from comparia import config, trust
from comparia.config import Settings, catalogue, is_loopback, leaves_machine, load_settings, shipped
from comparia.errors import ConfigurationError
from comparia.records import Backend

TOML = """
policy = "fr"
outputs = "kept"
[backends.ours]
preset = "openai-compatible"
model = "m"
base_url = "http://10.0.0.1/v1"
zone = "fr"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "comparia.toml"
    path.write_text(TOML, "utf-8")
    return path


def test_without_anything_the_policy_is_the_european_union(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert (settings.policy, settings.source) == ("eu", "")


def test_data_lie_in_outputs_here_where_it_is_and_in_the_users_folder_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert load_settings({}).outputs == tmp_path / "data" / "comparia"
    (tmp_path / "outputs").mkdir()
    assert load_settings({}).database == "sqlite:///outputs/comparia.db"
    assert load_settings({"COMPARIA_OUTPUTS": "elsewhere"}).outputs == Path("elsewhere")


def test_the_file_here_is_read(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    trust.accept(file)
    settings = load_settings({})
    assert (settings.policy, str(settings.outputs), settings.source) == ("fr", "kept", "comparia.toml")
    assert settings.backends["ours"].zone == "fr"


def test_the_user_s_file_is_read_when_there_is_none_here(file, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    (tmp_path / "xdg" / "comparia").mkdir(parents=True)
    file.rename(tmp_path / "xdg" / "comparia" / "comparia.toml")
    assert load_settings({}).policy == "fr"


def test_the_environment_wins(file):
    environ = {"COMPARIA_POLICY": "local", "COMPARIA_OUTPUTS": "/tmp/x", "COMPARIA_DATABASE_URL": "postgresql://h/d"}
    settings = load_settings({**environ, "COMPARIA_CONFIG": str(file)})
    assert (settings.policy, str(settings.outputs), settings.database) == ("local", "/tmp/x", "postgresql://h/d")
    assert settings.source == str(file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("policy = ", "cannot be read"),
        ('policy = "mars"', "policy"),
        ('polcy = "eu"', "polcy"),
        ("[backends.ours]\nconcurrency = 0", "backends.ours.concurrency"),
        ('[backends.ours]\napi_key = "x"', "backends.ours.api_key"),
        ("[backends.ours]\ntemperature = 3", "backends.ours.temperature"),
    ],
)
def test_a_wrong_file_is_named_with_the_setting(tmp_path, content, said):
    path = tmp_path / "c.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings({}, path)
    assert str(path) in caught.value.message
    assert said in caught.value.message


def test_a_wrong_variable_is_named(file):
    with pytest.raises(ConfigurationError, match=r"^COMPARIA_POLICY: "):
        load_settings({"COMPARIA_POLICY": "mars"}, file)


def test_a_file_that_is_absent_a_folder_or_not_utf8_is_named(tmp_path):
    (tmp_path / "latin.toml").write_bytes('outputs = "é"'.encode("latin-1"))
    for path in (tmp_path / "absent.toml", tmp_path, tmp_path / "latin.toml"):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            load_settings({"COMPARIA_CONFIG": str(path)})


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Settings().policy = "world"


def test_the_catalogue_is_sound():
    presets = catalogue()
    assert {"mistral", "extractive", "openai-compatible"} <= set(presets)
    for name, preset in presets.items():
        assert preset.label, name
        if preset.zone == "local" and preset.base_url:
            assert is_loopback(preset.base_url), name
        if preset.base_url and not is_loopback(preset.base_url):
            assert preset.base_url.startswith("https://"), name
        if preset.key_variable:
            assert preset.key_variable.isupper(), name


def test_prompts_and_transcripts_are_shipped():
    assert list(shipped("prompts").glob("*/*.md"))
    assert list(shipped("transcripts").glob("*/session.vtt"))


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ("", {"policy": "fr"}, 'policy = "fr"\n'),
        ('# ours\npolicy = "eu"\n', {"policy": "local"}, '# ours\npolicy = "local"\n'),
        ('policy = "eu"\nretention_days = 30\n', {"retention_days": None}, 'policy = "eu"\n'),
        (
            '# ours\n\n[backends.town]\npreset = "vllm"\nmodel = "m"\n',
            {"retention_days": 90, "policy": "fr"},
            '# ours\nretention_days = 90\npolicy = "fr"\n\n[backends.town]\npreset = "vllm"\nmodel = "m"\n',
        ),
    ],
)
def test_settings_are_remembered_and_the_rest_of_the_file_stays(tmp_path, before, changes, after):
    file = tmp_path / "comparia.toml"
    file.write_text(before)
    assert config.remember(changes, {"COMPARIA_CONFIG": str(file)}) == file
    assert file.read_text() == after
    load_settings({}, file)


def test_what_is_no_setting_leaves_the_file_as_it_was(tmp_path):
    file = tmp_path / "comparia.toml"
    file.write_text('policy = "eu"\n')
    for wrong in ({"policy": "moon"}, {"retention_days": -1}, {"retention_days": "soon"}):
        with pytest.raises(ConfigurationError):
            config.remember(wrong, {"COMPARIA_CONFIG": str(file)})
    assert file.read_text() == 'policy = "eu"\n'
    assert [path.name for path in tmp_path.iterdir()] == ["comparia.toml"]


def test_a_first_setting_makes_the_file(tmp_path):
    file = config.remember({"policy": "fr"}, {"COMPARIA_CONFIG": str(tmp_path / "new" / "comparia.toml")})
    assert load_settings({}, file).policy == "fr"


@pytest.mark.parametrize(
    ("kind", "zone", "url", "leaves"),
    [
        ("openai_compatible", "local", "http://127.0.0.1:11434/v1", False),
        ("openai_compatible", "eu", "http://127.0.0.1:4000/v1", True),  # a server here that passes requests on
        ("openai_compatible", "local", "http://192.168.1.20:8000/v1", True),  # another machine of the same network
        ("openai_compatible", "eu", "https://api.mistral.ai/v1", True),
        ("litellm", "world", "", True),
        ("extractive", "local", "", False),
        ("replay", "local", "", False),
    ],
)
def test_what_leaves_this_machine_is_told_by_the_address_and_the_zone(kind, zone, url, leaves):
    from comparia import privacy

    backend = Backend(name="b", kind=kind, zone=zone, base_url=url)
    assert leaves_machine(backend) is leaves
    assert privacy.hides("auto", [backend]) is leaves
