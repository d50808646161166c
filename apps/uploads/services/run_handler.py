"""Call a handler: now, in the server, or in a worker."""

from __future__ import annotations

import asyncio
from typing import Any

from django.contrib.auth.models import AnonymousUser

from ...core.exceptions import GiveUp, PublicError
from ...core.http.refusal import Refusal
from ...core.socket.pool import TookTooLong, in_pool_within
from ..conf import uploads_settings
from ..models import Upload
from ..received_file import ReceivedFile
from ..registry import Handler
from .keep_parts import received_of


async def run_now(handler: Handler, text: dict[str, Any], files: list[ReceivedFile], *, user: Any) -> Any:
    """Return what the handler returns. Raises Refusal 504, and what it raises."""
    timeout_s = handler.timeout_s or uploads_settings().timeout_s
    try:
        if not handler.is_async:
            return await in_pool_within(lambda: handler.call(text, files, user=user), timeout_s=timeout_s)
        async with asyncio.timeout(timeout_s) as limit:
            return await handler.call(text, files, user=user)
    except TookTooLong:
        pass
    except TimeoutError:
        if not limit.expired():
            raise
    raise Refusal(504, "timed_out", f"The handler took longer than {timeout_s:g} s.")


def run_in_worker(handler: Handler, uuid: str) -> Any:
    """Return what the handler returns for an upload that waits for it.

    Raises GiveUp for what the sender may read; what else it raises has core try it again.
    """
    upload = Upload.objects.select_related("user").filter(uuid=uuid).first()
    if upload is None or upload.is_over:
        raise GiveUp("The upload is gone.")
    files = [received_of(part, root=upload.root) for part in upload.files]
    try:
        result = handler.call(upload.text, files, user=upload.user or AnonymousUser())
        return asyncio.run(result) if asyncio.iscoroutine(result) else result
    except PublicError as error:
        raise GiveUp(f"PublicError: {error}") from error
    finally:
        for file in files:
            file.close()
