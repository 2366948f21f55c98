"""Clients over plain sockets, and what their requests cost: time, answers, CPU of the server's and the database's processes."""
import itertools
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

Make = Callable[[int], bytes]


@dataclass
class Figures:
    """What one measured case came to; several rounds of it are added up."""

    name: str
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    server_cpu: float = 0.0
    database_cpu: float = 0.0
    rates: list[float] = field(default_factory=list)  # of each round
    lost: int = 0

    def add(self, other: "Figures") -> None:
        self.seconds += other.seconds
        self.times += other.times
        self.statuses.update(other.statuses)
        self.server_cpu += other.server_cpu
        self.database_cpu += other.database_cpu
        self.rates += other.rates
        self.lost += other.lost

    @property
    def count(self) -> int:
        return max(len(self.times), 1)

    @property
    def rate(self) -> float:
        """Requests a second, the median of the rounds."""
        return statistics.median(self.rates) if self.rates else 0.0

    def percentile(self, part: int) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.times, n=100)[part - 1] * 1000 if len(self.times) > 1 else 0.0

    def plain(self) -> dict[str, object]:
        return {
            "name": self.name, "rate": round(self.rate, 1), "p50_ms": round(self.percentile(50), 2),
            "p99_ms": round(self.percentile(99), 2), "server_cpu_ms": round(self.server_cpu / self.count * 1000, 3),
            "database_cpu_ms": round(self.database_cpu / self.count * 1000, 3), "requests": len(self.times),
            "answers": dict(self.statuses), "lost": self.lost}


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and everything below it, ended children included."""
    total = 0.0
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.link: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body. A connection that the server has closed is made anew once; raises OSError after that."""
        for attempt in (1, 2):
            fresh = self.link is None
            try:
                return self._ask(request)
            except OSError:
                self.close()
                if fresh or attempt == 2:
                    raise
        raise OSError

    def _ask(self, request: bytes) -> tuple[int, bytes]:
        if self.link is None:
            self.link = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link.sendall(request)
        head, _empty, body = self._read_head()
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(body) < length:
            part = self.link.recv(1 << 16)
            if not part:
                raise OSError("closed in mid-answer")
            body += part
        if b"connection: close" in lines:
            self.close()
        return int(head[9:12]), body

    def _read_head(self) -> tuple[bytes, bytes, bytes]:
        assert self.link is not None
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.link.recv(1 << 16)
            if not part:
                raise OSError("closed before an answer")
            data += part
        return data.partition(b"\r\n\r\n")

    def close(self) -> None:
        if self.link is not None:
            self.link.close()
            self.link = None


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Watched:
    """Where to send and whose CPU to count."""

    port: int
    server: int
    database: int


def measure(name: str, make: Make, where: Watched, *, clients: int, seconds: float, most: int = 0) -> Figures:
    """Let `clients` send what `make` gives them for `seconds`, or `most` requests in all."""
    figures, lock, counter = Figures(name), threading.Lock(), itertools.count()
    until = time.perf_counter() + seconds

    def client() -> None:
        link, times, statuses, lost = Client(where.port), [], Counter[int](), 0
        while time.perf_counter() < until:
            number = next(counter)
            if most and number >= most:
                break
            begun = time.perf_counter()
            try:
                status, _body = link.ask(make(number))
            except OSError:
                lost += 1
                time.sleep(0.02)
                continue
            times.append(time.perf_counter() - begun)
            statuses[status] += 1
        link.close()
        with lock:
            figures.times += times
            figures.statuses.update(statuses)
            figures.lost += lost

    before, begun = (cpu_seconds(where.server), cpu_seconds(where.database)), time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figures.seconds = time.perf_counter() - begun
    figures.server_cpu, figures.database_cpu = cpu_seconds(where.server) - before[0], cpu_seconds(where.database) - before[1]
    figures.rates = [len(figures.times) / figures.seconds]
    return figures
