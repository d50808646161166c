"""``manage.py smallweb_uploads``: what operators do to uploads and stored files, without the admin."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ....core.admin import relative_time
from ....core.exceptions import SmallwebError
from ....core.management.people import user_named
from ...admin.sizes import size_text
from ...conf import uploads_settings
from ...models import StoredFile, Upload, UploadFolder
from ...services.abort_upload import abort_upload
from ...services.call_again import call_again
from ...services.describe_usage import Usage, folder_usage, top_users
from ...services.orphans import find_missing, find_orphans, remove_orphans
from ...services.store_file import delete_file
from ...services.sweep import sweep

MAX_SHOWN = 1000
_TOP = 20


class Command(BaseCommand):
    help = "Show and end uploads; show, delete and put away stored files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        listing = commands.add_parser("list", help="the uploads that are not over, with their numbers")
        listing.add_argument("--all", action="store_true", help="those that are over, too")
        files = commands.add_parser("files", help="the files of a folder, with their numbers")
        files.add_argument("folder")
        files.add_argument("--user", help="only those of this user")
        delete = commands.add_parser("delete", help="delete a stored file, its bytes with it")
        delete.add_argument("number", type=int, help="as 'files' shows it")
        for name, text in (("abort", "end an upload"), ("again", "have a worker call its handler again")):
            commands.add_parser(name, help=text).add_argument("number", type=int, help="as 'list' shows it")
        commands.add_parser("sweep", help="put away what is over, now")
        orphans = commands.add_parser("orphans", help="bytes without a row, and rows without bytes")
        orphans.add_argument("--remove", action="store_true", help="remove bytes that are older than an hour")
        commands.add_parser("quota", help="what folders keep, and the users who keep most")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['command']}")(options)
        except SmallwebError as error:
            raise CommandError(str(error)) from error

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        shown = Upload.objects.all() if options["all"] else Upload.objects.open()
        for upload in shown.select_related("user").order_by("-pk")[:MAX_SHOWN]:
            begun, size = relative_time(upload.created_at, now), size_text(upload.received_bytes)
            who = upload.user or upload.address or "a visitor"
            line = f"{upload.pk:6} {upload.state:10} {upload.target} {upload.path!r} {size}, {begun}, {who}"
            self.stdout.write(f"{line} {upload.error}".rstrip())

    def _files(self, options: dict[str, Any]) -> None:
        files = StoredFile.objects.filter(folder=_folder(options["folder"])).order_by("path")
        if options["user"]:
            files = files.filter(user=user_named(options["user"]))
        for file in files[:MAX_SHOWN]:
            self.stdout.write(
                f"{file.pk:6} {size_text(file.size_bytes):>9} {file.content_type:24} {file.path}"
            )

    def _delete(self, options: dict[str, Any]) -> None:
        file = StoredFile.objects.filter(pk=options["number"]).first()
        if file is None:
            raise CommandError(f"There is no file {options['number']}; 'files' shows the numbers.")
        delete_file(file)
        self.stdout.write(f"{file.path} is deleted.")

    def _abort(self, options: dict[str, Any]) -> None:
        upload = _upload(options)
        abort_upload(upload, now=timezone.now())
        self.stdout.write(f"{upload} is aborted.")

    def _again(self, options: dict[str, Any]) -> None:
        upload = _upload(options)
        call_again(upload, now=timezone.now())
        self.stdout.write(f"The handler of {upload} is called again by a worker.")

    def _sweep(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{sweep(timezone.now())} things are put away.")

    def _orphans(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        found = remove_orphans(now) if options["remove"] else find_orphans(now)
        for orphan in found:
            age, size = relative_time(orphan.since, now), size_text(orphan.size_bytes)
            removed = "removed " if options["remove"] else ""
            self.stdout.write(f"{removed}{orphan.root}/{orphan.place}/{orphan.name} {size}, {age}")
        for file in find_missing():
            self.stdout.write(f"missing {file.root} {file.key}: {file.folder.name}/{file.path}")

    def _quota(self, options: dict[str, Any]) -> None:
        folders = list(UploadFolder.objects.all())
        usage = folder_usage(folders)
        for folder in folders:
            self.stdout.write(f"folder {folder.name}: {_taken(usage[folder.pk], folder.quota_bytes)}")
        for user, of_user in top_users(count=_TOP):
            self.stdout.write(f"user {user}: {_taken(of_user, uploads_settings().user_quota_bytes)}")


def _folder(name: str) -> UploadFolder:
    found = UploadFolder.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(UploadFolder.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no folder {name!r}; there is {known}.")
    return found


def _upload(options: dict[str, Any]) -> Upload:
    found = Upload.objects.select_related("run").filter(pk=options["number"]).first()
    if found is None:
        raise CommandError(f"There is no upload {options['number']}; 'list' shows the numbers.")
    return found


def _taken(usage: Usage, most_bytes: int | None) -> str:
    most = f" of {size_text(most_bytes)}" if most_bytes else ""
    return f"{size_text(usage.taken_bytes)}{most} in {usage.files} files"
