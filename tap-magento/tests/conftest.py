"""What the tap's tests share: a shop to read, and the tap run in this process or its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sandbox.magento import Shop, create_app, load_shop, recorded_shop_dir
from sandbox.serving import serve
from tap_magento.row_writer import RowWriter
from tap_magento.tap import TapMagento
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_sdk.singerlib.encoding.simple import Message

TOKEN = "demo-access-token"
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


@dataclass
class Output:
    """The messages of a run."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    def records(self, stream: str) -> list[dict[str, Any]]:
        return [
            m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream
        ]

    def latest(self, stream: str, key: str = "entity_id") -> dict[Any, dict[str, Any]]:
        """Records by key, the last one sent of each, as a target would hold them."""
        return {record[key]: record for record in self.records(stream)}

    @property
    def states(self) -> list[dict[str, Any]]:
        return [m["value"] for m in self.messages if m["type"] == "STATE"]

    @property
    def state(self) -> dict[str, Any]:
        return self.states[-1]

    def bookmark(self, stream: str) -> str:
        return str(self.state["bookmarks"][stream]["replication_key_value"])


class _Collector(RowWriter):
    """Keeps each line exactly as it would have gone to standard output."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output

    @override
    def write_lines(self, lines: bytes) -> None:
        assert lines.endswith(b"\n")
        self._output.messages += map(_DECODER.decode, lines.split(b"\n")[:-1])

    @override
    def write_message(self, message: Message) -> None:
        self._output.messages.append(_DECODER.decode(bytes(self.format_message(message))))


@pytest.fixture
def run_tap() -> Iterator[Callable[..., Output]]:
    """Run the tap in this process; streams left out are not read."""
    taps: list[TapMagento] = []

    def run(
        config: dict[str, Any],
        *streams: str,
        state: dict[str, Any] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> Output:
        output = Output()
        # Shops of the tests live at the time of the recording; without a clock of its own that a
        # test gives the tap, the difference is no fault of theirs.
        tolerance = {} if clock else {"clock_tolerance_seconds": 10**9}
        tap = TapMagento(
            config={**tolerance, **config},
            state=json.loads(json.dumps(state)) if state else None,
            message_writer=_Collector(output),
        )
        tap.clock = clock or tap.clock
        taps.append(tap)
        for stream in tap.streams.values():
            stream.selected = not streams or stream.name in streams
        try:
            tap.sync_all()
        finally:
            tap.shop().close()
        return output

    yield run
    taps.clear()


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], list[dict[str, Any]]]:
    """Rows of a list as the real Magento answered it, numbers exact."""

    def rows(name: str) -> list[dict[str, Any]]:
        body = _DECODER.decode((recorded_shop_dir() / f"{name}.json").read_bytes())
        body = body.get("body", body) if isinstance(body, dict) else body
        found: list[dict[str, Any]] = body["items"] if isinstance(body, dict) else body
        return found

    return rows


@pytest.fixture
def shop() -> Shop:
    """The recorded shop, in a state of its own."""
    return load_shop(recorded_shop_dir())


@pytest.fixture
def hour_of_recording(shop: Shop) -> datetime:
    """The shop as it was an hour after its newest order, whatever the day of the test."""
    newest = max(str(row["created_at"]) for row in shop.table("orders").rows.values())
    now = datetime.fromisoformat(f"{newest}+00:00") + timedelta(hours=1)
    shop.set_clock(lambda: now)
    return now


@pytest.fixture
def shop_url(shop: Shop) -> Iterator[str]:
    with serve(create_app(shop)) as url:
        yield url


@pytest.fixture
def config(shop_url: str) -> dict[str, Any]:
    # Rows that are read again in every run would only hide which ones a test is about.
    return {"base_url": shop_url, "access_token": TOKEN, "rolling_reread_days": 0}


@dataclass(frozen=True)
class Program:
    """The tap as a process; its standard error goes to a file, so that no pipe fills up."""

    process: subprocess.Popen[bytes]
    errors: Path

    def line(self) -> bytes:
        """Read the next line of standard output."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def rest(self) -> tuple[int, bytes, bytes]:
        """Read on to the end: exit code, rest of standard output, all of standard error."""
        assert self.process.stdout is not None
        if self.process.stdout.closed:
            return self.process.returncode, b"", self.errors.read_bytes()
        with self.process.stdout:
            out = self.process.stdout.read()
        return self.process.wait(60), out, self.errors.read_bytes()


@pytest.fixture
def tap_process(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Start the tap as a program of its own."""
    programs: list[Program] = []

    def start(
        config: dict[str, Any],
        *arguments: str,
        state: dict[str, Any] | None = None,
        streams: tuple[str, ...] = (),
    ) -> Program:
        command = [str(Path(sys.executable).parent / "tap-magento"), *arguments]
        config_file = tmp_path / "config.json"
        config_file.write_text(json.dumps(config))
        command += ["--config", str(config_file)]
        if state:
            state_file = tmp_path / "state.json"
            state_file.write_text(json.dumps(state))
            command += ["--state", str(state_file)]
        if streams:
            tap = TapMagento(config=config)
            for stream in tap.streams.values():
                stream.selected = stream.name in streams
            catalog_file = tmp_path / "catalog.json"
            catalog_file.write_text(json.dumps(tap.catalog_dict))
            command += ["--catalog", str(catalog_file)]
        environment = {**os.environ, "TAP_MAGENTO_LOGLEVEL": "INFO"}
        errors = tmp_path / "stderr.txt"
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=stderr, env=environment
            )
        program = Program(process, errors)
        programs.append(program)
        return program

    yield start
    for program in programs:
        program.process.kill()
        program.rest()


@pytest.fixture
def broken_shop() -> Iterator[Callable[..., str]]:
    """Start shops that answer every request alike; returns the address."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(
        status: int,
        content: bytes,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response_only(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(content)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
                """Keep quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()
