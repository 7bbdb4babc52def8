#!/usr/bin/env python3
"""The data of the example: a genome, a population that differs from it, and what a sequencer reads of each individual.

    simulate.py population    run's input, static input -> the reference, the truth, and the lists to scatter over
    simulate.py reads         the above, one individual -> the reads of that individual, as a sequencer gives them

Both take JSON on stdin, print JSON on stdout, and need nothing but Python's standard library. The same seed and
the same numbers always give the same files, byte for byte.
"""

import gzip
import json
import math
import os
import random
import shutil
import sys
import tempfile
from bisect import bisect_right
from itertools import accumulate

# What the run's input, or the static input of the workflow, may change.
DEFAULTS = {
    "samples": 8,
    "seed": 1,
    "coverage": 25,
    "chromosomes": {"chr1": 80_000, "chr2": 70_000, "chr3": 60_000, "chr4": 50_000},
}
TOOLS = ["bwa", "samtools", "bcftools", "bgzip", "tabix", "jq"]
PACKAGES = "bwa samtools bcftools tabix jq"

# The population: mean distance of variants, the least distance, and what is left free at the ends of chromosomes.
VARIANT_DISTANCE = 300
VARIANT_GAP = 12
MARGIN = 400
INDEL_SHARE = 0.15
INDEL_LENGTH_MAX = 12

# The sequencer.
READ_LENGTH = 100
FRAGMENT_MEAN, FRAGMENT_DEVIATION = 330, 50
DUPLICATE_SHARE = 0.08
PCR_ERRORS_PER_BASE = 5e-6
QUALITY_PROFILES = 256

TRANSITION = {"A": "G", "G": "A", "C": "T", "T": "C"}
OTHERS = {base: "ACGT".replace(base, "") for base in "ACGT"}
COMPLEMENT = str.maketrans("ACGT", "TGCA")


class Refusal(Exception):
    """What is wrong with the input or the machine: a name for it, and a sentence."""

    def __init__(self, error, message):
        super().__init__(message)
        self.error = error


# The population


def population(document):
    settings = settings_of(document)
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise Refusal(
            "VariantCalling.MissingTools",
            f"not found: {', '.join(missing)}; on Debian: apt-get install {PACKAGES}",
        )
    work = settings["work"] or tempfile.mkdtemp(prefix="tidegate-variant-calling-")
    work = os.path.abspath(work)
    os.makedirs(work, exist_ok=True)

    seed, samples = settings["seed"], settings["samples"]
    names = [f"S{number:0{max(2, len(str(samples)))}d}" for number in range(1, samples + 1)]
    genome, variants = {}, {}
    for chromosome, length in settings["chromosomes"].items():
        genome[chromosome] = make_chromosome(random.Random(f"{seed}/genome/{chromosome}"), length)
        rng = random.Random(f"{seed}/variants/{chromosome}/{samples}")
        variants[chromosome] = make_variants(rng, genome[chromosome], samples)
    reference, truth = os.path.join(work, "reference.fa"), os.path.join(work, "planted.vcf")
    write(reference, fasta(genome))
    write(truth, vcf(genome, variants, names))
    count = sum(map(len, variants.values()))
    log(f"{len(genome)} chromosomes, {sum(map(len, genome.values()))} bases, {count} variants, {samples} samples")
    return {
        "work": work,
        "reference": reference,
        "planted": truth,
        "individuals": names,
        "chromosomes": list(genome),
        "seed": seed,
        "coverage": settings["coverage"],
        "keep": settings["keep"],
    }


def settings_of(document):
    """The defaults, then the static input, then the input of the run: the last that says something counts."""
    settings = {**DEFAULTS, "work": None, "keep": False}
    for given in (document.get("static_input"), document.get("input")):
        if given is None:
            continue
        if not isinstance(given, dict):
            raise Refusal("VariantCalling.BadInput", 'the input is an object, such as {"samples": 8}')
        unknown = sorted(given.keys() - settings.keys())
        if unknown:
            known = ", ".join(settings)
            raise Refusal("VariantCalling.BadInput", f"no such setting: {', '.join(unknown)}; there are {known}")
        settings.update(given)
    samples, coverage = settings["samples"], settings["coverage"]
    if isinstance(samples, bool) or not isinstance(samples, int) or not 1 <= samples <= 999:
        raise Refusal("VariantCalling.BadInput", f"samples is a whole number from 1 to 999, not {samples!r}")
    if isinstance(coverage, bool) or not isinstance(coverage, (int, float)) or not 0 < coverage <= 1000:
        raise Refusal("VariantCalling.BadInput", f"coverage is a number above 0 and up to 1000, not {coverage!r}")
    chromosomes = settings["chromosomes"]
    lengths = chromosomes.values() if isinstance(chromosomes, dict) else []
    if not lengths or any(not isinstance(length, int) or length < 10_000 for length in lengths):
        raise Refusal("VariantCalling.BadInput", "chromosomes is an object of names and lengths from 10,000 on")
    return settings


def make_chromosome(rng, length):
    """Bases whose GC content drifts, with microsatellites, and two stretches that are there twice, 4 % apart."""
    bases = []
    gc = 0.42
    while len(bases) < length:
        gc = min(0.60, max(0.30, gc + rng.gauss(0, 0.03)))
        bases += rng.choices("ACGT", [1 - gc, gc, gc, 1 - gc], k=500)
    del bases[length:]
    for _ in range(length // 4_000):
        unit = rng.choices("ACGT", k=rng.randint(1, 4))
        repeat = (unit * 20)[: rng.randint(8, 20)]
        start = rng.randrange(MARGIN, length - MARGIN - len(repeat))
        bases[start : start + len(repeat)] = repeat
    for _ in range(2):
        source, target = (rng.randrange(MARGIN, length - MARGIN - 800) for _ in range(2))
        copy = [rng.choice(OTHERS[base]) if rng.random() < 0.04 else base for base in bases[source : source + 800]]
        bases[target : target + 800] = copy
    return "".join(bases)


def make_variants(rng, sequence, samples):
    """[(position from 0, reference allele, other allele, the haplotypes that have it)], in order, none overlapping."""
    haplotypes = 2 * samples
    # In a population of constant size, what k of n have is seen 1/k as often as what one has.
    counts, weights = range(1, haplotypes + 1), [1 / k for k in range(1, haplotypes + 1)]
    variants, free_from, position = [], MARGIN, MARGIN
    while True:
        position += VARIANT_GAP + int(rng.expovariate(1 / (VARIANT_DISTANCE - VARIANT_GAP)))
        if position >= len(sequence) - MARGIN:
            return variants
        start, reference, other = make_variant(rng, sequence, position)
        carriers = frozenset(rng.sample(range(haplotypes), rng.choices(counts, weights)[0]))
        # An indel in a repeat moves left, and may come too close to what is there.
        if start >= free_from:
            variants.append((start, reference, other, carriers))
            free_from = start + len(reference) + VARIANT_GAP


def make_variant(rng, sequence, position):
    base = sequence[position]
    if rng.random() >= INDEL_SHARE:
        is_transition = rng.random() < 2 / 3
        other = TRANSITION[base] if is_transition else rng.choice(OTHERS[base].replace(TRANSITION[base], ""))
        return position, base, other
    length = min(INDEL_LENGTH_MAX, 1 + int(rng.expovariate(0.5)))
    following = sequence[position + 1 : position + 1 + length]
    if rng.random() < 0.5:
        return leftmost(sequence, position, base + following, base)
    inserted = following if rng.random() < 0.5 else "".join(rng.choices("ACGT", k=length))
    return leftmost(sequence, position, base, base + inserted)


def leftmost(sequence, start, reference, other):
    """The same indel as far left as it can be written, which is where variant callers put it."""
    while reference[-1] == other[-1] and start > 0:
        start -= 1
        reference, other = sequence[start] + reference[:-1], sequence[start] + other[:-1]
    return start, reference, other


def fasta(genome):
    for chromosome, sequence in genome.items():
        yield f">{chromosome}\n"
        for start in range(0, len(sequence), 60):
            yield sequence[start : start + 60] + "\n"


def vcf(genome, variants, names):
    yield "##fileformat=VCFv4.2\n"
    for chromosome, sequence in genome.items():
        yield f"##contig=<ID={chromosome},length={len(sequence)}>\n"
    yield '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    yield "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]) + "\n"
    for chromosome, planted in variants.items():
        for start, reference, other, carriers in planted:
            genotypes = [f"{int(2 * n in carriers)}|{int(2 * n + 1 in carriers)}" for n in range(len(names))]
            fields = [chromosome, str(start + 1), ".", reference, other, ".", ".", ".", "GT", *genotypes]
            yield "\t".join(fields) + "\n"


# The sequencer


def reads(document):
    (made,) = document["predecessor_outputs"].values()
    individual, work = made["individuals"], made["work"]
    genome = read_fasta(made["reference"])
    haplotypes = {
        chromosome: [with_variants(sequence, variants[half]) for half in range(2)]
        for (chromosome, sequence), variants in zip(
            genome.items(), read_variants(made["planted"], individual, genome).values(), strict=True
        )
    }
    directory = os.path.join(work, individual)
    os.makedirs(directory, exist_ok=True)
    paths = [os.path.join(directory, f"reads_{mate}.fq.gz") for mate in (1, 2)]
    rng = random.Random(f"{made['seed']}/reads/{individual}")
    pairs = sequence_pairs(rng, individual, haplotypes, made["coverage"])
    mates = ([], [])
    for pair in pairs:
        for mate, record in zip(mates, pair, strict=True):
            mate.append(record)
    for path, mate in zip(paths, mates, strict=True):
        write(path, mate)
    log(f"{individual}: {len(mates[0])} pairs of reads")
    return {"individual": individual, "reads": paths, "pairs": len(mates[0])}


def sequence_pairs(rng, individual, haplotypes, coverage):
    """Pairs of FASTQ records, the mates of fragments from either strand of any place."""
    chromosomes = list(haplotypes)
    lengths = [len(haplotypes[chromosome][0]) for chromosome in chromosomes]
    profiles = [[quality_profile(rng, mate) for _ in range(QUALITY_PROFILES)] for mate in range(2)]
    wanted = round(coverage * sum(lengths) / (2 * READ_LENGTH))
    number = 0
    while number < wanted:
        sequence = haplotypes[rng.choices(chromosomes, lengths)[0]][rng.randrange(2)]
        length = max(READ_LENGTH, round(rng.gauss(FRAGMENT_MEAN, FRAGMENT_DEVIATION)))
        start = rng.randrange(len(sequence) - length)
        fragment = sequence[start : start + length]
        if rng.random() < PCR_ERRORS_PER_BASE * length:
            at = rng.randrange(length)
            fragment = fragment[:at] + rng.choice(OTHERS[fragment[at]]) + fragment[at + 1 :]
        ends = [fragment[:READ_LENGTH], reverse_complement(fragment[-READ_LENGTH:])]
        if rng.random() < 0.5:
            ends.reverse()
        # A duplicate is the same fragment, with its errors, read once more.
        while number < wanted:
            number += 1
            name = f"@{individual}:{number}"
            yield [read_once(rng, name, end, rng.choice(profiles[mate])) for mate, end in enumerate(ends)]
            if rng.random() >= DUPLICATE_SHARE:
                break


def quality_profile(rng, mate):
    """Qualities as a sequencer gives them: high, then falling, the second mate worse; and how likely errors are."""
    decay = rng.uniform(4, 14) + 4 * mate
    bad_from = rng.randrange(READ_LENGTH) if rng.random() < 0.06 + 0.06 * mate else READ_LENGTH
    qualities = []
    for position in range(READ_LENGTH):
        expected = 38 - decay * (position / READ_LENGTH) ** 2 - (18 if position >= bad_from else 0)
        qualities.append(min(40, max(2, round(rng.gauss(expected, 2)))))
    # Adding up these, an error is an event of a Poisson process, and its place a look-up.
    hazards = list(accumulate(-math.log1p(-(10 ** (-quality / 10))) for quality in qualities))
    return "".join(chr(33 + quality) for quality in qualities), hazards


def read_once(rng, name, bases, profile):
    qualities, hazards = profile
    reached = rng.expovariate(1)
    while reached < hazards[-1]:
        at = bisect_right(hazards, reached)
        bases = bases[:at] + rng.choice(OTHERS[bases[at]]) + bases[at + 1 :]
        reached = hazards[at] + rng.expovariate(1)
    return f"{name}\n{bases}\n+\n{qualities}\n"


def reverse_complement(bases):
    return bases.translate(COMPLEMENT)[::-1]


def with_variants(sequence, variants):
    pieces, done = [], 0
    for start, reference, other in variants:
        pieces += [sequence[done:start], other]
        done = start + len(reference)
    return "".join([*pieces, sequence[done:]])


# Files


def read_fasta(path):
    genome = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            if line.startswith(">"):
                genome[line[1:].strip()] = pieces = []
            else:
                pieces.append(line.strip())
    return {chromosome: "".join(pieces) for chromosome, pieces in genome.items()}


def read_variants(path, individual, genome):
    """{chromosome: (variants of one haplotype, variants of the other)} of `individual`."""
    found = {chromosome: ([], []) for chromosome in genome}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            if line.startswith("##"):
                continue
            fields = line.rstrip("\n").split("\t")
            if line.startswith("#"):
                column = fields.index(individual)
                continue
            for half, allele in enumerate(fields[column].split("|")):
                if allele == "1":
                    found[fields[0]][half].append((int(fields[1]) - 1, fields[3], fields[4]))
    return found


def write(path, pieces):
    """Writes the file under another name first, so that whoever sees it sees all of it."""
    directory, name = os.path.split(path)
    temporary = os.path.join(directory, f".unfinished.{os.getpid()}.{name}")
    with open(temporary, "wb") as raw:
        if path.endswith(".gz"):
            with gzip.GzipFile("", "wb", 1, raw, mtime=0) as file:
                file.write("".join(pieces).encode("ascii"))
        else:
            raw.write("".join(pieces).encode("ascii"))
    os.replace(temporary, path)


def log(message):
    print(message, file=sys.stderr)


def main():
    steps = {"population": population, "reads": reads}
    if len(sys.argv) != 2 or sys.argv[1] not in steps:
        sys.exit(f"usage: simulate.py {'|'.join(steps)}")
    try:
        result = steps[sys.argv[1]](json.load(sys.stdin))
    except Refusal as refusal:
        print(json.dumps({"error": refusal.error, "message": str(refusal)}))
        sys.exit(1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
