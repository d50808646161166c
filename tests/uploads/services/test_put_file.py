"""Rules and conditions that hold to the end, whoever else writes to the same path."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections import Counter

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connections
from django.utils import timezone

from smallweb.uploads.exceptions import AlreadyThere, BadName, NotAllowed, PreconditionFailed
from smallweb.uploads.models import StoredFile
from smallweb.uploads.services.blobs import get_root
from smallweb.uploads.services.policy import FolderRules, read_policy
from smallweb.uploads.services.put_file import ANY_STATE, Preconditions, preconditions_of, put_file
from smallweb.uploads.services.store_file import Arrived
from tests.uploads.folders import make_folder

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 6


def arrived(content: bytes) -> Arrived:
    temporary = get_root().receiving(uuid.uuid4().hex)
    temporary.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return Arrived(temporary=temporary, size_bytes=len(content), sha256=digest, content_type="text/plain")


def put(folder: FolderRules, content: bytes, preconditions: Preconditions = ANY_STATE) -> StoredFile:
    return put_file(
        folder,
        "a.txt",
        arrived(content),
        user=AnonymousUser(),
        now=timezone.now(),
        preconditions=preconditions,
    )


def race(folder: FolderRules, preconditions: Preconditions = ANY_STATE) -> Counter[str]:
    """Let writers begin at once; return how often what came of it."""
    outcomes: Counter[str] = Counter()
    start = threading.Barrier(WRITERS)

    def write(number: int) -> None:
        start.wait(10)
        try:
            put(folder, b"%d" % number, preconditions)
            outcomes["kept"] += 1
        except Exception as error:
            outcomes[type(error).__name__] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def rules_of(**options: object) -> FolderRules:
    name = make_folder(**options).name  # type: ignore[arg-type]
    return read_policy().folders[name]


def test_of_many_who_make_one_file_at_once_one_does() -> None:
    folder = rules_of(overwrite_rules=[])
    assert race(folder) == {"kept": 1, AlreadyThere.__name__: WRITERS - 1}
    assert len(list(get_root().keys())) == StoredFile.objects.count() == 1


def test_of_many_who_replace_one_state_at_once_one_does() -> None:
    folder = rules_of()
    etag = f'"{put(folder, b"first").sha256}"'
    outcomes = race(folder, preconditions_of(etag, None))
    assert outcomes == {"kept": 1, PreconditionFailed.__name__: WRITERS - 1}


def test_of_many_who_may_replace_the_last_wins_and_no_bytes_are_left() -> None:
    folder = rules_of()
    assert race(folder) == {"kept": WRITERS}
    file = StoredFile.objects.get()
    assert [key for key, _ in get_root().keys()] == [file.key]  # noqa: SIM118
    with get_root().open(file.key) as opened:
        assert hashlib.sha256(opened.read()).hexdigest() == file.sha256


def test_what_is_refused_changes_nothing() -> None:
    folder = rules_of(create_rules=["b.txt"])
    with pytest.raises(NotAllowed):
        put(folder, b"x")
    with pytest.raises(BadName):
        put_file(folder, "../b.txt", arrived(b"x"), user=AnonymousUser(), now=timezone.now())
    assert not StoredFile.objects.exists()
    assert not list(get_root().keys())
