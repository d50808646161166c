"""The kinds of files that are told apart."""

from __future__ import annotations

from dataclasses import dataclass

# What a browser, an interpreter or a machine would run: only rules that name it let it in.
RUNNABLE_GROUPS = frozenset(("code", "programs"))


@dataclass(frozen=True)
class Kind:
    """``media_type`` is that to serve it as; ``extensions`` are lower case and have no dot.

    ``is_text``: no signature begins it, so that any text may be it, if its name says so.
    """

    name: str
    media_type: str
    extensions: tuple[str, ...]
    group: str
    is_text: bool = False

    @property
    def is_runnable(self) -> bool:
        """Whether opening such a file can run what is in it, in a browser or on a machine."""
        return self.group in RUNNABLE_GROUPS


# group: the kinds of it, each as name, media type, extensions.
_BINARY = {
    "images": """
        png image/png png
        jpg image/jpeg jpg jpeg jpe jfif
        gif image/gif gif
        webp image/webp webp
        avif image/avif avif
        heic image/heic heic heif
        bmp image/bmp bmp dib
        tiff image/tiff tif tiff
        ico image/x-icon ico
        psd image/vnd.adobe.photoshop psd
    """,
    "documents": """
        pdf application/pdf pdf
        docx application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
        xlsx application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
        pptx application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
        ooxml application/x-ooxml
        odt application/vnd.oasis.opendocument.text odt
        ods application/vnd.oasis.opendocument.spreadsheet ods
        odp application/vnd.oasis.opendocument.presentation odp
        epub application/epub+zip epub
        rtf application/rtf rtf
        doc application/msword doc
        xls application/vnd.ms-excel xls
        ppt application/vnd.ms-powerpoint ppt pps
        msg application/vnd.ms-outlook msg
        ole application/x-ole-storage
        ps application/postscript ps eps
    """,
    "archives": """
        zip application/zip zip
        gz application/gzip gz tgz
        bz2 application/x-bzip2 bz2 tbz2
        xz application/x-xz xz txz
        zst application/zstd zst
        7z application/x-7z-compressed 7z
        rar application/vnd.rar rar
        tar application/x-tar tar
    """,
    "audio": """
        mp3 audio/mpeg mp3
        wav audio/wav wav
        ogg audio/ogg ogg oga
        opus audio/ogg opus
        flac audio/flac flac
        m4a audio/mp4 m4a m4b
        aac audio/aac aac
        mid audio/midi mid midi
    """,
    "video": """
        mp4 video/mp4 mp4 m4v
        mov video/quicktime mov qt
        webm video/webm webm
        mkv video/x-matroska mkv
        avi video/x-msvideo avi
        mpeg video/mpeg mpeg mpg
        ogv video/ogg ogv
    """,
    "fonts": """
        ttf font/ttf ttf
        otf font/otf otf
        woff font/woff woff
        woff2 font/woff2 woff2
    """,
    "code": """
        svg image/svg+xml svg
    """,
    "programs": """
        elf application/x-elf elf so
        exe application/vnd.microsoft.portable-executable exe dll scr
        macho application/x-mach-binary macho dylib
        msi application/x-msi msi
        class application/java-vm class
        jar application/java-archive jar
        apk application/vnd.android.package-archive apk
        wasm application/wasm wasm
    """,
    "other": """
        sqlite application/vnd.sqlite3 sqlite sqlite3 db
        bin application/octet-stream bin
    """,
}
_TEXT = {
    "text": """
        txt text/plain txt text log ini cfg conf
        md text/markdown md markdown
        csv text/csv csv
        tsv text/tab-separated-values tsv
        json application/json json
        yaml application/yaml yaml yml
        toml application/toml toml
        ics text/calendar ics
        vcf text/vcard vcf
        eml message/rfc822 eml
    """,
    "code": """
        html text/html html htm xhtml
        xml application/xml xml
        css text/css css
        js text/javascript js mjs cjs
        py text/x-python py pyw
        php application/x-httpd-php php phtml phar
        sh application/x-sh sh bash
        bat application/x-bat bat cmd
        ps1 application/x-powershell ps1
    """,
}


def _kinds(table: dict[str, str], *, is_text: bool) -> list[Kind]:
    rows = [(group, line.split()) for group, lines in table.items() for line in lines.strip().splitlines()]
    return [
        Kind(name, media_type, tuple(extensions), group, is_text)
        for group, (name, media_type, *extensions) in rows
    ]


KINDS = (*_kinds(_BINARY, is_text=False), *_kinds(_TEXT, is_text=True))
BY_NAME = {kind.name: kind for kind in KINDS}
BIN = BY_NAME["bin"]
_BY_EXTENSION = {extension: kind for kind in KINDS for extension in kind.extensions}


def extension_of(name: str) -> str:
    """Return what is behind the last dot, in lower case; empty if there is none, or nothing before it."""
    stem, _, extension = name.rpartition(".")
    return extension.lower() if stem else ""


def kind_of_name(name: str) -> Kind | None:
    """Return the kind that the extension of a file's name claims; None if it has none, or an unknown one."""
    return _BY_EXTENSION.get(extension_of(name))
