"""A copy that has every clip, but whose sound is not the published one, is a finding; the real corpora are none."""

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from emokit import audit, corpora
from emokit.audit import CHECKS

KNOWN = [name for name in corpora.PUBLISHED if corpora.expected(name)["rates"]]
TIMED = [name for name in corpora.PUBLISHED if corpora.expected(name)["seconds"]]


def measured(name, rate, seconds):
    """As many clips as were published, of these lengths in turn; what else the audit measures does not matter."""
    n_clips = corpora.expected(name)["clips"] or 100
    return pd.DataFrame({"corpus": name, "rate": rate, "duration": np.resize(seconds, n_clips)})


def found(clips):
    return [finding.found for finding in CHECKS["not as published"](clips)]


def lengths(name):
    """Lengths as published, in the mean too."""
    shortest, mean, longest = corpora.expected(name)["seconds"]
    return [shortest or mean, mean, longest or mean, *[mean] * 97]


def test_a_copy_of_emodb_in_which_every_clip_is_two_seconds_at_22050_hz():
    clips = measured("emodb", 22_050, [2.000])
    assert found(clips) == [
        "535 of 535 clips are sampled at 22,050 Hz; published at 16,000 Hz",
        "the mean clip lasts 2.00 s; published 2.78 s",
    ]
    assert {finding.severity for finding in CHECKS["not as published"](clips)} == {"warning"}


@pytest.mark.parametrize("name", TIMED)
def test_a_corpus_as_it_was_published_is_no_finding(name):
    for rate in corpora.expected(name)["rates"]:
        assert found(measured(name, rate, lengths(name))) == []


@pytest.mark.parametrize("name", KNOWN)
def test_most_clips_at_another_rate_are_one_finding_and_a_few_are_none(name):
    published = corpora.expected(name)["rates"]
    clips = pd.DataFrame({"corpus": name, "rate": [22_050] * 6 + [published[-1]] * 4, "duration": 3.0})[:10]
    (text,) = [text for text in found(clips) if "sampled" in text]
    assert text.startswith("6 of 10 clips are sampled at 22,050 Hz; published at ") and f"{published[0]:,}" in text
    clips["rate"] = [22_050] * 5 + [published[-1]] * 5
    assert not [text for text in found(clips) if "sampled" in text]


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize("factor", [0.75, 1.25])
def test_a_corpus_that_is_slower_or_faster_is_found_by_its_mean(name, factor):
    rate = corpora.expected(name)["rates"][0]
    texts = found(measured(name, rate, np.multiply(lengths(name), factor)))
    assert any(text.startswith("the mean clip lasts") for text in texts)


def test_a_part_of_a_corpus_is_judged_by_the_shortest_and_the_longest_alone():
    clips = measured("emodb", 16_000, [4.0])[:100]  # one class may be slow: nothing is wrong
    assert found(clips) == []
    clips.loc[:4, "duration"] = 10.0  # 5 % are another edition's
    assert found(clips) == []
    clips.loc[:5, "duration"] = 10.0
    assert found(clips) == [
        "6 of 100 clips last less than 1.23 s or more than 8.98 s, the published shortest and longest"
    ]


@pytest.mark.parametrize(
    ("mean", "n_clips", "n_findings"), [(3.18, 535, 0), (3.21, 535, 1), (3.21, 268, 1), (3.21, 267, 0)]
)
def test_the_mean_is_compared_from_half_of_a_corpus_on_and_may_be_15_percent_off(mean, n_clips, n_findings):
    assert len(found(measured("emodb", 16_000, [mean])[:n_clips])) == n_findings


def test_lengths_are_compared_as_exactly_as_they_were_rounded():
    assert found(measured("kannada", 48_000, [1.42, 3.86, 7.28, 3.86, 3.86])) == []
    assert found(measured("kannada", 48_000, [1.39, 3.86, 7.31, 3.86, 3.86])) != []


def test_of_a_few_clips_no_length_is_judged_and_of_your_own_nothing():
    assert found(measured("emodb", 16_000, [0.5])[:9]) == []
    assert len(found(measured("emodb", 16_000, [0.5])[:10])) == 1
    assert found(measured("emodb", 22_050, [0.5]).assign(corpus="mine")) == []


def test_clips_that_do_not_read_are_not_counted():
    clips = measured("emodb", 16_000, lengths("emodb"))
    clips.loc[:300, ["rate", "duration"]] = np.nan
    assert found(clips) == []


def test_sound_in_another_rate_is_found_on_the_way_from_its_folder(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(1, 13):
        (tmp_path / f"Actor_{number:02}").mkdir()
        file = tmp_path / f"Actor_{number:02}" / f"03-01-05-01-01-01-{number:02}.wav"
        sf.write(file, 0.1 * rng.standard_normal(3 * 16_000 + number), 16_000)
    clips = corpora.load("ravdess", tmp_path)
    findings = audit.audit(clips, audit.measure(clips))
    rows = findings[findings["check"] == "not as published"]
    assert rows["found"].tolist() == ["12 of 12 clips are sampled at 16,000 Hz; published at 48,000 Hz"]
    assert rows["subject"].tolist() == ["corpus ravdess"] and rows["file"].isna().all()


def from_headers(clips):
    headers = [sf.info(file) for file in clips["file"]]
    return clips.assign(rate=[one.samplerate for one in headers], duration=[one.duration for one in headers])


def test_real_ravdess_is_as_published(ravdess_dir):
    clips = from_headers(corpora.load("ravdess", ravdess_dir))
    assert len(clips) >= 720 and found(clips) == []  # more than half: the mean is compared too
    actor = clips[clips["speaker"] == clips["speaker"].iloc[0]]
    assert found(actor) == []


def test_the_demo_corpus_is_as_published(demo_dir):
    assert found(from_headers(corpora.load("demo", demo_dir))) == []
