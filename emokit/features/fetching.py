"""Downloads the weights of an encoder: resumed where it stopped, and used only if they are the published ones."""

from collections.abc import Callable
from pathlib import Path

from emokit.corpora import CorpusError
from emokit.corpora.getting import fetch as corpora_fetch
from emokit.features.encoder_files import ENCODERS, checksum, home
from emokit.features.weights import FILES, EncoderError


def fetch(name: str, folder: str | Path | None = None, say: Callable[[str], None] = print) -> Path:
    """Download an encoder into `folder/name`; a later call goes on where an earlier one was cut off.

    Args:
        name: of `ENCODERS`.
        folder: that gets the encoder's folder; where encoders are looked for if None.
        say: takes the lines that tell what happens, licence and training data first.

    Returns:
        The encoder's folder, for `EncoderSettings(model=…)`.

    Raises:
        EncoderError: what failed, what was kept, and what to do.
    """
    if name not in ENCODERS:
        raise EncoderError(f"Nothing to fetch for {name!r}; there are {', '.join(ENCODERS)}.")
    encoder, place = ENCODERS[name], Path(folder or home()).expanduser().absolute() / name
    say(f"{name}: {encoder.about}")
    try:
        place.mkdir(parents=True, exist_ok=True)
        with corpora_fetch.alone(place):
            _retrieve(name, place / FILES[0])
    except CorpusError as error:
        raise EncoderError(str(error)) from error
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        raise EncoderError(f"{place} cannot be made ({error.strerror}: {error.filename}); choose another.") from error
    found = "it is found by its name" if place.parent == home() else f"name this folder as the encoder: {place}"
    say(f"{place / FILES[0]}: {encoder.size:,} bytes; {found}.")
    return place


def _retrieve(name: str, file: Path) -> None:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    encoder, part = ENCODERS[name], file.with_suffix(".part")
    if file.exists():
        if checksum(file) == encoder.sha256:
            return
        raise EncoderError(f"{file} is there, but is not {name} as published; move it away and run again.")
    url = corpora_fetch.address(encoder.url)
    try:
        pooch.retrieve(
            url, f"sha256:{encoder.sha256}", file.name, file.parent,
            downloader=lambda url, output, _: corpora_fetch.download(url, part, encoder.size, Path(output)),
        )  # fmt: skip
    except CorpusError:
        raise
    except ValueError as error:  # pooch: another checksum
        raise EncoderError(
            f"{url} is not {name} as published: its checksum is another. Nothing was kept; run again, or set "
            f"{corpora_fetch.MIRROR} to another host."
        ) from error
