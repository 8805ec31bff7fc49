"""Fetches one large file over HTTP; a transfer that broke off goes on where it stopped.

While `<file>.part` grows, `<file>.part.json` remembers what the server said about the whole. The standard library
does this alone; pooch, the usual tool, starts over each time.
"""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tracker_core.backbone_weights import WeightsError
from tracker_core.staging import replaced_whole, sync_file

OnBytes = Callable[[int, int | None], None]
"""Told the bytes received so far and the file's size (None where the server does not say)."""

_CHUNK_BYTES = 1 << 18
_TIMEOUT_S = 30.0
_PARTIAL_CONTENT = 206
_HEADERS = {"User-Agent": "dlst-studio"}


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One version of a file on a server; `sha256` is filled in once the whole file is here."""

    url: str
    size: int | None
    etag: str
    last_modified: str
    sha256: str = ""

    @property
    def validator(self) -> str:
        """What `If-Range` needs to be sure of this version; empty where the server gave nothing fit for it."""
        is_strong = bool(self.etag) and not self.etag.startswith("W/")
        return self.etag if is_strong else self.last_modified


def write_record(path: Path, remote: RemoteFile) -> None:
    """Remember a version as JSON."""
    try:
        with replaced_whole(path) as new:
            new.write_text(json.dumps(asdict(remote), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise WeightsError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_record(path: Path) -> RemoteFile | None:
    """A remembered version, None where there is none; WeightsError for a damaged record."""
    try:
        return RemoteFile(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{path}: not a record of a download ({error}); delete it") from error


def is_unchanged(known: RemoteFile) -> bool:
    """Ask the server whether it still has this version; False where it gives no sign of it."""
    with closing(_open(Request(known.url, headers=_HEADERS, method="HEAD"))) as response:
        now = _described(known.url, response)
    return bool(now.validator) and replace(known, sha256="") == now


def download(url: str, path: Path, on_progress: OnBytes | None = None) -> RemoteFile:
    """Fetch `url` into `path`, going on with an earlier try of the same version.

    Raises:
        WeightsError: no network, an HTTP error, a transfer that broke off (call again to go on) or a full disk.
    """
    transfer = _Transfer(url, path.with_name(f"{path.name}.part"), path.with_name(f"{path.name}.part.json"))
    try:
        remote = transfer.complete(on_progress)
        sync_file(transfer.part)
        transfer.part.replace(path)
        transfer.state.unlink(missing_ok=True)
        with path.open("rb") as file:
            return replace(remote, sha256=hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        raise WeightsError(f"{path}: cannot be written: {reason}") from error


def _open(request: Request) -> HTTPResponse:
    url = request.full_url
    if urlsplit(url).scheme not in ("http", "https"):
        raise WeightsError(f"{url}: expected an http or https address")
    try:
        response: HTTPResponse = urlopen(request, timeout=_TIMEOUT_S)
        return response
    except HTTPError as error:
        error.close()
        raise WeightsError(f"{url}: the server answered {error.code} ({error.reason})") from error
    except URLError as error:
        reason = error.reason.strerror if isinstance(error.reason, OSError) else None
        raise WeightsError(f"{url}: no connection ({reason or error.reason}); check the network") from error
    except (OSError, HTTPException) as error:
        raise WeightsError(f"{url}: no usable answer ({error}); try again later") from error


def _described(url: str, response: HTTPResponse) -> RemoteFile:
    length = response.headers.get("Content-Length", "")
    return RemoteFile(
        url,
        int(length) if length.isdecimal() else None,
        response.headers.get("ETag", ""),
        response.headers.get("Last-Modified", ""),
    )


@dataclass(frozen=True, slots=True)
class _Transfer:
    """One try to complete `part`, whose version `state` remembers."""

    url: str
    part: Path
    state: Path

    def complete(self, on_progress: OnBytes | None) -> RemoteFile:
        begun = self._begun()
        offset = 0 if begun is None else self.part.stat().st_size
        if begun is not None and offset == begun.size:
            return begun
        headers = {} if begun is None else {"Range": f"bytes={offset}-", "If-Range": begun.validator}
        with closing(_open(Request(self.url, headers=_HEADERS | headers))) as response:
            return self._receive(response, begun, offset, on_progress)

    def _begun(self) -> RemoteFile | None:
        """The version of a `part` that can be gone on with."""
        begun = read_record(self.state) if self.part.exists() else None
        if begun is None or begun.url != self.url or not begun.validator or begun.size is None:
            return None
        return begun if self.part.stat().st_size <= begun.size else None

    def _receive(
        self, response: HTTPResponse, begun: RemoteFile | None, offset: int, on_progress: OnBytes | None
    ) -> RemoteFile:
        if response.status == _PARTIAL_CONTENT and begun is not None:
            remote, received = begun, offset
            if not response.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
                raise WeightsError(f"{self.url}: the server sent another part than asked for; delete {self.part}")
        else:  # a first try, a server without ranges, or a file that has changed since
            remote, received = _described(self.url, response), 0
            self.part.unlink(missing_ok=True)
            write_record(self.state, remote)
        self._check_space(None if remote.size is None else remote.size - received)
        with self.part.open("ab") as file:
            for chunk in self._chunks(response):
                file.write(chunk)
                received += len(chunk)
                if on_progress is not None:
                    on_progress(received, remote.size)
        if remote.size is not None and received != remote.size:
            raise WeightsError(
                f"{self._broke_off} after {received} of {remote.size} bytes; run it again to continue"
            )
        return remote

    def _chunks(self, response: HTTPResponse) -> Iterator[bytes]:
        while True:
            try:
                chunk = response.read(_CHUNK_BYTES)
            except (OSError, HTTPException) as error:
                raise WeightsError(f"{self._broke_off} ({error}); run it again to continue") from error
            if not chunk:
                return
            yield chunk

    @property
    def _broke_off(self) -> str:
        return f"{self.url}: the transfer broke off"

    def _check_space(self, missing: int | None) -> None:
        free = shutil.disk_usage(self.part.parent).free
        if missing is not None and free < missing:
            raise WeightsError(
                f"{self.part.parent}: the disk is full: {missing / 1e6:.0f} MB needed, {free / 1e6:.0f} MB free"
            )
