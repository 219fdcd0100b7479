#!/bin/sh
# Print a Python that is new enough: the one asked for, else the first on the PATH. Say what is missing otherwise.
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
if [ -n "${1:-}" ]; then set -- "$1"; else set -- python3 python3.13 python3.12 python3.11 python; fi
found=
for python in "$@"; do
    command -v "$python" >/dev/null 2>&1 || continue
    if "$python" -c "$new_enough" >/dev/null 2>&1; then
        command -v "$python"
        exit 0
    fi
    version=$("$python" -c 'import sys; print(".".join(map(str, sys.version_info[:3])))' 2>/dev/null)
    found="$found${found:+, }$python ${version:-?}"
done
texts=$(dirname "$0")/../crmlib/text
sentence() { # locale, what or fix
    sed -n '/^no_python:/,/^[a-z_]*:$/s/^  '"$2"': //p' "$texts/$1/errors/setup.yaml" | sed "s|{found}|$found|"
}
: "${found:=なし / none}"
printf 'エラー: %s\n  次にすること: %s\n' "$(sentence ja what)" "$(sentence ja fix)" >&2
printf 'error: %s\n  next step: %s\n' "$(sentence en what)" "$(sentence en fix)" >&2
exit 2
