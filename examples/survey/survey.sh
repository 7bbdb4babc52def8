#!/bin/sh
# The three functions of the survey. Each takes its input from the environment, where Tidegate puts every
# scalar field of it, and prints its result as JSON. Needs nothing beyond POSIX.
#
#   survey.sh list    {root}             → the directories of the project, an array of paths
#   survey.sh count   {root, directory}  → what is in one of them, an object
#   survey.sh rank    {rows}             → {table, ranking}, most code first
set -eu
export LC_ALL=C

# Prints the path of every source below "$1"; with more arguments, does that instead, as `find` would.
# Hidden directories and what builds leave behind are not sources.
sources() {
    top=$1
    shift
    [ $# -gt 0 ] || set -- -print
    find "$top" -type d \( -name '.?*' -o -name target -o -name node_modules -o -name __pycache__ \) -prune \
        -o -type f \( -name '*.rs' -o -name '*.py' -o -name '*.sh' -o -name '*.md' -o -name '*.toml' \
        -o -name '*.yaml' -o -name '*.yml' \) "$@"
}

# An awk function that all three share: quoted(text) is the text as a JSON string.
json='
    BEGIN { for (i = 1; i < 32; i++) escape[sprintf("%c", i)] = sprintf("\\u%04x", i) }
    function quoted(text,    i, c, out) {
        for (i = 1; i <= length(text); i++) {
            c = substr(text, i, 1)
            if (c in escape) c = escape[c]
            else if (c == "\"" || c == "\\") c = "\\" c
            out = out c
        }
        return "\"" out "\""
    }
'

# An object with a name and a message on stdout is how a failed command says what went wrong.
fail() {
    printf '{"error": "%s", "message": "%s"}\n' "$1" "$2"
    exit 1
}

enter_root() {
    root=${TIDEGATE_INPUT_ROOT:-../..}
    case $root in -*) root=./$root ;; esac
    cd "$root" 2>/dev/null || fail Survey.NoSuchDirectory 'the root is not a directory'
}

# A directory of the project is one at its top, or one level further down where the parts of a workspace are.
list() {
    enter_root
    directories=$(sources . | awk -F / "$json"'
        NF == 2 { next }
        { path = $2 }
        NF > 3 && $2 ~ /^(crates|packages|services|libs)$/ { path = $2 "/" $3 }
        !(path in seen) { seen[path]; printf "%s%s", (count++ ? ", " : ""), quoted(path) }
    ')
    [ -n "$directories" ] || fail Survey.NoSources 'no directory below the root holds sources'
    printf '[%s]\n' "$directories"
}

# Lines that are blank count as lines only; all others of Markdown count as comments.
# With `./` in front, no path can be taken for an option or, by awk, for an assignment.
count() {
    enter_root
    sources "./$TIDEGATE_INPUT_DIRECTORY" -exec awk '
        function flush() { if (path) print lines, code, comments, tests, marks, path }
        BEGIN { OFS = "\t" }
        FNR == 1 {
            flush()
            path = FILENAME
            lines = code = comments = tests = marks = 0
            comment = (path ~ /\.md$/) ? "" : (path ~ /\.rs$/) ? "^[ \t]*//" : "^[ \t]*#"
        }
        { lines++ }
        /TO[D]O|FIX[M]E/ { marks++ }
        /^[ \t]*#\[(tokio::)?test[](]/ || /^[ \t]*def test_/ { tests++ }
        /^[ \t\r]*$/ { next }
        $0 ~ comment { comments++; next }
        { code++ }
        END { flush() }
    ' {} + | awk -F '\t' "$json"'
        { files++; lines += $1; code += $2; comments += $3; tests += $4; marks += $5 }
        $1 > longest_lines + 0 { longest_lines = $1; longest = $6; sub(/.*\//, "", longest) }
        END {
            printf "{\"directory\": %s, ", quoted(ENVIRON["TIDEGATE_INPUT_DIRECTORY"])
            printf "\"files\": %d, \"lines\": %d, \"code\": %d, ", files, lines, code
            printf "\"comments\": %d, \"tests\": %d, \"marks\": %d, ", comments, tests, marks
            printf "\"longest\": %s, \"longest_lines\": %d}\n", quoted(longest), longest_lines
        }
    '
}

# A row is: code, lines, comments, files, tests, marks, longest_lines, longest, directory; tabs between.
# Beyond 64 KiB, some hundreds of directories, Tidegate gives the input on stdin alone.
rank() {
    [ -n "${TIDEGATE_INPUT_ROWS-}" ] || fail Survey.TooManyDirectories 'the rows do not fit in the environment'
    tab=$(printf '\t')
    printf '%s\n' "$TIDEGATE_INPUT_ROWS" | sort -t "$tab" -k 1,1nr -k 2,2nr -k 9,9 | awk -F '\t' "$json"'
        function share(part, whole) { return whole ? sprintf("%d %%", 100 * part / whole + 0.5) : "-" }
        function row(place, name, files, lines, code, comments, tests, marks, longest) {
            table = table sprintf("%3s  %-" width "s %6s %7s %7s %9s %6s %6s  %s\n", \
                place, name, files, lines, code, comments, tests, marks, longest)
        }
        {
            code[NR] = $1; lines[NR] = $2; comments[NR] = $3; files[NR] = $4; tests[NR] = $5; marks[NR] = $6
            longest_lines[NR] = $7; longest[NR] = $8; name[NR] = $9
            all_code += $1; all_lines += $2; all_comments += $3; all_files += $4; all_tests += $5; all_marks += $6
            if (length($9) > width + 0) width = length($9)
        }
        END {
            if (width < 9) width = 9
            row("", "directory", "files", "lines", "code", "comments", "tests", "marks", "longest file")
            for (i = 1; i <= NR; i++)
                row(i, name[i], files[i], lines[i], code[i], share(comments[i], code[i] + comments[i]), \
                    tests[i], marks[i], longest[i] " (" longest_lines[i] ")")
            row("", "all", all_files, all_lines, all_code, share(all_comments, all_code + all_comments), \
                all_tests, all_marks, "")
            printf "{\"table\": %s, \"ranking\": [", quoted(table)
            for (i = 1; i <= NR; i++) {
                printf "%s{\"place\": %d, \"directory\": %s, ", (i > 1 ? ", " : ""), i, quoted(name[i])
                printf "\"files\": %d, \"lines\": %d, \"code\": %d, ", files[i], lines[i], code[i]
                printf "\"comments\": %d, \"tests\": %d, \"marks\": %d, ", comments[i], tests[i], marks[i]
                printf "\"longest\": %s, \"longest_lines\": %d}", quoted(longest[i]), longest_lines[i]
            }
            print "]}"
        }
    '
}

case ${1-} in
    list | count | rank) "$1" ;;
    *) echo "usage: survey.sh list|count|rank" >&2; exit 2 ;;
esac
