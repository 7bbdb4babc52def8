#!/usr/bin/env python3
"""Compares what was called with what was planted, and fails below the floors of its static input.

{truth} and {joint} of the predecessors are compressed VCF files in normal form: one alternative allele for each
record, indels as far left as they go. A variant is found if chromosome, position and both alleles are the same.
Genotypes are compared at the variants found, individual by individual, as the number of copies.
"""

import gzip
import json
import sys

FLOORS = {"recall": 0.95, "precision": 0.98, "genotype_concordance": 0.98}


def main():
    document = json.load(sys.stdin)
    truth, joint = (read_vcf(field(document, name)) for name in ("truth", "joint"))
    scores = {
        **score(truth, joint, lambda _: True),
        "snps": score(truth, joint, is_snp),
        "indels": score(truth, joint, lambda variant: not is_snp(variant)),
    }
    print(table(scores), file=sys.stderr)
    floors = {**FLOORS, **(document.get("static_input") or {})}
    below = [
        f"{name} is {scores[name]:.4f}, below {floor}" for name, floor in floors.items() if not scores[name] >= floor
    ]
    if below:
        print(json.dumps({"error": "VariantCalling.BelowFloor", "message": "; ".join(below)}))
        sys.exit(1)
    print(json.dumps({**scores, "samples": len(next(iter(truth.values()), {}))}))


def field(document, name):
    """The member that one of the predecessors has."""
    for made in document["predecessor_outputs"].values():
        if isinstance(made, dict) and name in made:
            return made[name]
    print(json.dumps({"error": "VariantCalling.NoInput", "message": f"no predecessor gives: {name}"}))
    sys.exit(1)


def read_vcf(path):
    """{(chromosome, position, reference, alternative): {individual: copies of the alternative, None if unknown}}"""
    variants = {}
    with gzip.open(path, "rt", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("##"):
                continue
            fields = line.rstrip("\n").split("\t")
            if line.startswith("#"):
                individuals = fields[9:]
                continue
            chromosome, position, _, reference, alternative = fields[:5]
            genotypes = {
                individual: copies(call.split(":")[0])
                for individual, call in zip(individuals, fields[9:], strict=True)
            }
            variants[chromosome, int(position), reference, alternative] = genotypes
    return variants


def copies(genotype):
    alleles = genotype.replace("|", "/").split("/")
    return None if "." in alleles else alleles.count("1")


def is_snp(variant):
    _, _, reference, alternative = variant
    return len(reference) == len(alternative) == 1


def score(truth, joint, is_counted):
    planted = {variant for variant in truth if is_counted(variant)}
    called = {variant for variant in joint if is_counted(variant)}
    found = planted & called
    genotypes = [
        (copies, joint[variant].get(individual))
        for variant in sorted(found)
        for individual, copies in truth[variant].items()
    ]
    carried = [pair for pair in genotypes if pair[0]]
    return {
        "planted": len(planted),
        "called": len(called),
        "found": len(found),
        "recall": share(len(found), len(planted)),
        "precision": share(len(found), len(called)),
        "genotype_concordance": share(sum(a == b for a, b in genotypes), len(genotypes)),
        "carrier_concordance": share(sum(a == b for a, b in carried), len(carried)),
    }


def share(part, whole):
    """Of nothing, all; so a genome without indels is no failure."""
    return round(part / whole, 6) if whole else 1.0


def table(scores):
    rows = [("", "planted", "called", "found", "recall", "precision", "genotypes", "of carriers")]
    for name, row in (("SNPs", scores["snps"]), ("indels", scores["indels"]), ("all", scores)):
        shares = (row[key] for key in ("recall", "precision", "genotype_concordance", "carrier_concordance"))
        rows.append((name, row["planted"], row["called"], row["found"], *(f"{value:.4f}" for value in shares)))
    return "\n".join("{:<7}{:>8}{:>8}{:>8}{:>9}{:>11}{:>11}{:>13}".format(*row) for row in rows)


if __name__ == "__main__":
    main()
