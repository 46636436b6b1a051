"""What is wrong with the clips, before they are trusted: one function a check, one table that lists them.

>>> measured = audit.measure(clips, cache_dir)
>>> findings = audit.audit(clips, measured)
>>> parted = audit.leave_out(splits.assign(clips), findings)
>>> across = audit.of_split(parted, measured)
>>> parted, findings = audit.leave_out(parted, across), audit.gravest_first(findings, across)
"""

import sys
from collections.abc import Iterator

import pandas as pd

from emokit.audit import (
    across_parts,
    as_published,
    balance,
    confounds,
    duplicates,
    each_recording,
    labels,
    names,
    overlaps,
)  # fmt: skip
from emokit.audit.confounds import UNHEARD, giveaways, verdict
from emokit.audit.finding import SEVERITIES, Finding
from emokit.audit.measurements import measure
from emokit.audit.mislabelled import likely_mislabelled

__all__ = [
    "CHECKS",
    "CHECKS_OF_SPLIT",
    "COLUMNS",
    "SEVERITIES",
    "UNHEARD",
    "Finding",
    "UnsoundError",
    "audit",
    "giveaways",
    "gravest_first",
    "leave_out",
    "likely_mislabelled",
    "measure",
    "of_split",
    "require_sound",
    "require_usable",
    "stopping",
    "verdict",
]

COLUMNS = ["severity", "check", "subject", "found", "remedy", "file"]
# A check takes the clips with their measurements and yields Findings. To add one, write it and name it here.
CHECKS = {
    "unreadable": each_recording.unreadable,
    "header": each_recording.header,
    "silent": each_recording.silent,
    "too short": each_recording.too_short,
    "clipped": each_recording.clipped,
    "DC offset": each_recording.offset,
    "bit depth": each_recording.coarse,
    "channels": each_recording.channels,
    "sampling rate": each_recording.rate,
    "duplicates": duplicates.duplicates,
    "conflicting labels": duplicates.conflicting_labels,
    "conflicting speakers": duplicates.conflicting_speakers,
    "near duplicates": duplicates.near_duplicates,
    "overlapping segments": overlaps.overlapping_segments,
    "named like copies": names.named_like_copies,
    "missing label": labels.missing_label,
    "unknown label": labels.unknown_label,
    "missing speaker": labels.missing_speaker,
    "spelling": labels.spelling,
    "speakers called alike": labels.speakers_called_alike,
    "counts": labels.counts,
    "not as published": as_published.as_published,
    "one group": balance.one_group,
    "parts as given": balance.parts_as_given,
    "imbalance": balance.imbalance,
    "one-sided class": balance.one_sided,
    "equal lengths": balance.equal_lengths,
    "far durations": balance.far_durations,
    "longer than read": balance.longer_than_read,
    "confounds": confounds.confounds,
}
CHECKS_OF_SPLIT = {  # they look at the column `part` too
    "speakers across parts": across_parts.speakers_across_parts,
    "content across parts": across_parts.content_across_parts,
    "near duplicates across parts": across_parts.near_duplicates_across_parts,
    "named copies across parts": across_parts.named_copies_across_parts,
    "groups across parts": across_parts.groups_across_parts,
    "sentences across parts": across_parts.sentences_across_parts,
    "label drift": across_parts.label_drift,
}


class UnsoundError(ValueError):
    """A corpus that should not be trained on as it is; the message names the findings."""


def audit(clips: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Run every check of the clips, whatever part they may be in.

    Args:
        clips: as `corpora.load` gives.
        measured: as `measure` gives for the same clips.

    Returns:
        One row a finding, the gravest first: `severity` (severe, warning, info), `check`, `subject`, `found`, `remedy`,
        and `file` where one clip is meant (NA for a group). Nothing is raised: a check that fails is a finding.
    """
    return _run(CHECKS, clips, measured)


def of_split(parted: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Run the checks of a split alone: what do train, dev and test share, and are their classes mixed alike?

    Args:
        parted: clips with `part`, as `splits.assign` gives them.
        measured: as for `audit`; clips that have no part may be in it.

    Returns:
        Findings, as `audit` gives them.
    """
    return _run(CHECKS_OF_SPLIT, parted, measured.loc[parted.index.intersection(measured.index)])


def _run(checks: dict, clips: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    if not clips.index.equals(measured.index):
        raise ValueError("clips and measured have different indexes; measure these clips.")
    table = clips.drop(columns=measured.columns.intersection(clips.columns)).join(measured)
    unknown = {"emotion": pd.NA, "speaker": pd.NA, "corpus": "these clips"}
    table = table.assign(**{column: value for column, value in unknown.items() if column not in table})
    findings = [(name, finding) for name in _watched(checks) for finding in _findings(name, checks[name], table)]
    records = [(finding.severity, name, *finding[1:]) for name, finding in findings]
    return gravest_first(pd.DataFrame(records, columns=COLUMNS).astype("string"))


def _watched(checks: dict) -> Iterator[str]:
    """The name of each check, beside a bar that says in a terminal which one is at work."""
    from tqdm import tqdm

    with tqdm(checks, unit="check", leave=False, disable=not sys.stderr.isatty()) as bar:
        for name in bar:
            bar.set_description(name)
            yield name


def gravest_first(*findings: pd.DataFrame) -> pd.DataFrame:
    """Tables of findings as one: severe before warning before info, otherwise in their order."""
    table = pd.concat(findings, ignore_index=True)
    return table.iloc[table["severity"].map(SEVERITIES.index).argsort(kind="stable")].reset_index(drop=True)


def leave_out(clips: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """The clips without those that a severe finding names; they keep their index."""
    named = findings.loc[findings["severity"] == "severe", "file"].dropna()
    return clips[~clips["file"].isin(named)]


def require_usable(clips: pd.DataFrame, findings: pd.DataFrame, measured: pd.DataFrame) -> None:
    """Refuse a corpus of which no clip can be used, before it is split.

    Args:
        clips: as `corpora.load` gives.
        findings: of `audit`.
        measured: of `measure`; its `failure` says why a clip cannot be read.

    Raises:
        UnsoundError: with how many clips fail for which reason, the most first, and one of each.
    """
    if len(leave_out(clips, findings)):
        return
    against = findings[(findings["severity"] == "severe") & findings["file"].notna()].drop_duplicates("file")
    failures = measured["failure"].set_axis(clips["file"]).dropna().to_dict()
    checks = zip(against["file"], against["check"], strict=True)
    why = pd.Series([failures.get(file, check) for file, check in checks], against.index)
    examples = against["subject"] + " (" + against["found"] + ")"
    reasons = [
        f"{number:,} × {reason}, such as {examples[why == reason].iloc[0]}"
        for reason, number in why.value_counts().items()
    ]
    raise UnsoundError(f"None of {len(clips):,} clips can be used: {'; '.join(reasons)}.")


def stopping(findings: pd.DataFrame) -> pd.DataFrame:
    """The severe findings that no leaving out of clips mends; they stop a training."""
    return findings[(findings["severity"] == "severe") & findings["file"].isna()]


def require_sound(findings: pd.DataFrame, *, allow_severe: bool = False) -> None:
    """Refuse to train on a corpus against which, as a whole, a severe finding speaks; the override says so instead.

    Raises:
        UnsoundError: naming the findings and their remedies.
    """
    against = stopping(findings)
    reasons = "; ".join(f"{row.subject}: {row.found} ({row.remedy})" for row in against.itertuples())
    if reasons and not allow_severe:
        raise UnsoundError(f"{reasons}. Mend this, or train in spite of it with allow_severe=True.")
    if reasons:
        print(f"Trained in spite of: {reasons}.")


def _findings(name: str, check, table: pd.DataFrame) -> list[Finding]:
    findings = []
    try:
        for finding in check(table):
            findings.append(finding)  # kept if a later one fails
    except Exception as error:  # whatever is wrong with the data is a finding, not a crash
        found = f"the check {name!r} failed: {_without_paths(error)}"
        findings.append(Finding("warning", "all clips", found, "report this with the table of clips"))
    return findings


def _without_paths(error: Exception) -> str:
    """An error in words that name no folder of this machine."""
    return type(error).__name__ if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
