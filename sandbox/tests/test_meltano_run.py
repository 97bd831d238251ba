"""Meltano as the demonstration runs it."""

from __future__ import annotations

from pathlib import Path

from sandbox.meltano_run import run_meltano

ROOT = Path(__file__).parents[2]


def test_a_project_that_is_connected_to_real_systems_does_not_lend_them(tmp_path: Path) -> None:
    (tmp_path / "meltano.yml").write_bytes((ROOT / "meltano.yml").read_bytes())
    (tmp_path / ".env").write_text("TAP_MAGENTO_START_DATE='2026-11-01'\n", encoding="utf-8")
    given = {
        "TAP_MAGENTO_BASE_URL": "http://127.0.0.1:8801",
        "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db",
    }
    lines: list[str] = []
    run = run_meltano(
        tmp_path, ["config", "print", "tap-magento"], given, tmp_path / "log", lines.append
    )
    assert run.exit_code == 0, lines
    text = "\n".join(lines)
    assert "http://127.0.0.1:8801" in text
    assert "2026-11-01" not in text
