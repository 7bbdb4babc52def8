#!/bin/bash
# The steps between the simulation and the check. Each reads {"predecessor_outputs": {TASK: OBJECT, …}, …} on stdin,
# takes what it needs from whichever predecessor has it, and prints an object with the paths that it adds.
# Whatever it writes appears under its name at once and complete, so that a step may run again at any time.
#
#   steps.sh index_genome    {reference}                    → {genome}      reference.fa.fai beside the reference
#   steps.sh index_aligner   {reference}                    → {aligner}     what bwa looks sequences up in
#   steps.sh index_planted   {reference, planted}           → {truth}       planted variants, normalised, compressed, indexed
#   steps.sh align           {aligner, individual, reads}   → {aligned}     alignments, mates side by side
#   steps.sh sort            {individual, aligned}          → {sorted}      the same by position
#   steps.sh mark_duplicates {individual, sorted}           → {alignments}  fragments that were read twice are marked
#   steps.sh call            {genome, individual, alignments} → {likelihoods}  genotype likelihoods, with blocks where nothing varies
#   steps.sh collect         every {likelihoods}            → {cohort}      a file with the paths of all individuals
#   steps.sh joint_call      {genome, work, chromosomes, cohort} → {chromosome, called}  genotypes of all individuals on one chromosome
#   steps.sh gather          {genome, every chromosome and called} → {joint}  one file of all chromosomes, normalised and filtered
#   steps.sh end             {…}                            → the result of the run; removes the files that are not part of it
set -euo pipefail
export LC_ALL=C

# An object with a name and a message on stdout is how a failed command says what went wrong.
fail() {
    printf '{"error": "VariantCalling.%s", "message": "%s"}\n' "$1" "$2"
    exit 1
}

for tool in bwa samtools bcftools bgzip tabix jq; do
    command -v "$tool" >/dev/null ||
        fail MissingTools "not found: $tool; on Debian: apt-get install bwa samtools bcftools tabix jq"
done

# What the first predecessor that has the member NAME says under it.
field() { # NAME
    jq -cr --arg name "$1" \
        'first((.predecessor_outputs[] | objects | select(has($name))[$name]), error("no predecessor gives " + $name))' <<<"$input"
}

# The same of every predecessor and every replica, however deep; one JSON text for each.
every() { # NAME
    jq -c --arg name "$1" '.predecessor_outputs | .. | objects | select(has($name))' <<<"$input"
}

# A name to write to, with the same ending, and the step from there to the real one.
temporary() { printf '%s/.unfinished.%s.%s' "$(dirname "$1")" "$$" "$(basename "$1")"; }
publish() { mv -f "$(temporary "$1")" "$1"; }

index_genome() {
    reference=$(field reference)
    samtools faidx --fai-idx "$(temporary "$reference.fai")" "$reference"
    publish "$reference.fai"
    jq -cn --arg genome "$reference" '{$genome}'
}

index_aligner() {
    reference=$(field reference)
    bwa index -p "$(temporary "$reference")" "$reference"
    for part in amb ann bwt pac sa; do
        mv -f "$(temporary "$reference").$part" "$reference.$part"
    done
    jq -cn --arg aligner "$reference" '{$aligner}'
}

index_planted() {
    planted=$(field planted)
    reference=$(field reference)
    truth=${planted%.vcf}.norm.vcf.gz
    bcftools norm -f "$reference" -m -any -Oz -o "$(temporary "$truth")" "$planted"
    publish_indexed "$truth"
    jq -cn --arg truth "$truth" '{$truth}'
}

# The index first: who sees the file finds its index.
publish_indexed() {
    tabix -f -p vcf "$(temporary "$1")"
    mv -f "$(temporary "$1").tbi" "$1.tbi"
    publish "$1"
}

align() {
    individual=$(field individual)
    aligner=$(field aligner)
    reads=$(field reads)
    mapfile -t reads < <(jq -r '.[]' <<<"$reads")
    aligned=$(dirname "${reads[0]}")/aligned.bam
    bwa mem -v 2 -R "@RG\tID:$individual\tSM:$individual\tPL:ILLUMINA" "$aligner" "${reads[@]}" |
        samtools fixmate -u -m - - |
        samtools view -1 -o "$(temporary "$aligned")" -
    publish "$aligned"
    jq -cn --arg individual "$individual" --arg aligned "$aligned" '{$individual, $aligned}'
}

sort() {
    individual=$(field individual)
    aligned=$(field aligned)
    sorted=$(dirname "$aligned")/sorted.bam
    samtools sort -m 64M -l 1 -T "$(temporary "$sorted")" -o "$(temporary "$sorted")" "$aligned"
    publish "$sorted"
    jq -cn --arg individual "$individual" --arg sorted "$sorted" '{$individual, $sorted}'
}

mark_duplicates() {
    individual=$(field individual)
    sorted=$(field sorted)
    alignments=$(dirname "$sorted")/alignments.bam
    samtools markdup -T "$(temporary "$alignments")" "$sorted" "$(temporary "$alignments")"
    samtools index "$(temporary "$alignments")" "$(temporary "$alignments.bai")"
    reads=$(samtools view -c -F 0x900 "$(temporary "$alignments")")
    duplicates=$(samtools view -c -F 0x900 -f 0x400 "$(temporary "$alignments")")
    publish "$alignments.bai"
    publish "$alignments"
    jq -cn --arg individual "$individual" --arg alignments "$alignments" \
        --argjson reads "$reads" --argjson duplicates "$duplicates" \
        '{$individual, $alignments, $reads, $duplicates}'
}

call() {
    individual=$(field individual)
    alignments=$(field alignments)
    genome=$(field genome)
    likelihoods=$(dirname "$alignments")/likelihoods.bcf
    bcftools mpileup -f "$genome" -q 1 -a FORMAT/AD,FORMAT/DP -g 1 -Ob -o "$(temporary "$likelihoods")" "$alignments"
    bcftools index -f "$(temporary "$likelihoods")"
    publish "$likelihoods.csi"
    publish "$likelihoods"
    jq -cn --arg individual "$individual" --arg likelihoods "$likelihoods" '{$individual, $likelihoods}'
}

collect() {
    list=$(every likelihoods | jq -rs 'sort_by(.individual)[].likelihoods')
    [ -n "$list" ] || fail NoInput 'nobody was called'
    cohort=$(dirname "$(dirname "$(head -n 1 <<<"$list")")")/cohort.txt
    printf '%s\n' "$list" >"$(temporary "$cohort")"
    publish "$cohort"
    jq -cn --arg cohort "$cohort" --argjson individuals "$(wc -l <"$cohort")" '{$cohort, count: $individuals}'
}

# Blocks and records of all individuals side by side give one caller the likelihoods of all. SNPs and indels stay
# apart, as they are apart in what each individual has. With one individual there is nothing to merge.
joint_call() {
    chromosome=$(field chromosomes)
    cohort=$(field cohort)
    genome=$(field genome)
    called=$(dirname "$cohort")/$chromosome.bcf
    if [ "$(wc -l <"$cohort")" -eq 1 ]; then
        bcftools view -r "$chromosome" -Ou "$(cat "$cohort")"
    else
        bcftools merge -g "$genome" -l "$cohort" -r "$chromosome" -m both -Ou
    fi | bcftools call -m -v -a GQ -Ob -o "$(temporary "$called")"
    publish "$called"
    jq -cn --arg chromosome "$chromosome" --arg called "$called" '{$chromosome, $called}'
}

# The parts in the order of the genome, whatever order they come in.
gather() {
    genome=$(field genome)
    declare -A parts=()
    while IFS=$'\t' read -r chromosome called; do
        parts[$chromosome]=$called
    done < <(every called | jq -r '[.chromosome, .called] | @tsv')
    ordered=()
    while read -r chromosome _; do
        [ -n "${parts[$chromosome]-}" ] || fail NoInput "chromosome $chromosome was not called"
        ordered+=("${parts[$chromosome]}")
    done <"$genome.fai"
    joint=$(dirname "$genome")/joint.vcf.gz
    bcftools concat -Ou "${ordered[@]}" |
        bcftools norm -f "$genome" -m -any -Ou |
        bcftools view -i 'QUAL >= 20' -c 1 -Oz -o "$(temporary "$joint")"
    publish_indexed "$joint"
    jq -cn --arg joint "$joint" '{$joint}'
}

end() {
    work=$(field work)
    keep=$(field keep)
    joint=$(field joint)
    individuals=$(field individuals)
    chromosomes=$(field chromosomes)
    if [ "$keep" != true ]; then
        jq -r '.[]' <<<"$individuals" | while read -r individual; do rm -rf "${work:?}/${individual:?}"; done
        jq -r '.[]' <<<"$chromosomes" | while read -r chromosome; do rm -f "$work/$chromosome.bcf"; done
        rm -f "$work"/reference.fa.{amb,ann,bwt,pac,sa} "$work/cohort.txt" "$work"/.unfinished.*
    fi
    every recall | jq -c -s --arg vcf "$joint" '.[0] + {$vcf}'
}

step=${1-}
case $step in
    index_genome | index_aligner | index_planted | align | sort | mark_duplicates | call | collect | joint_call | gather | end)
        input=$(cat)
        "$step"
        ;;
    *) echo "usage: steps.sh STEP; the steps are listed at the top of the file" >&2; exit 2 ;;
esac
