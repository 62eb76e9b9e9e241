# Shared by the scripts: finds the project, installs what is missing, makes the virtual environment.
# Sourced, not run. Each function says what it does before it does it.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PYTHONUTF8=1 PIP_DISABLE_PIP_VERSION_CHECK=1
VENV=${XIANGYIN_VENV:-.venv}
export XIANGYIN_DATA=${XIANGYIN_DATA:-$PWD/var}

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# need_packages PACKAGE... : installs the Debian packages that are missing.
need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local apt="apt-get install -y --no-install-recommends ${missing[*]}"
    [ "$(id -u)" -eq 0 ] || die "缺少系统软件包 / system packages are missing. 请用 root 运行 / as root: $apt"
    say "安装系统软件包 / installing system packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    # Debian starts Kamailio with its package, on the SIP port that the gateway itself wants.
    if [[ " ${missing[*]} " == *" kamailio "* && -d /run/systemd/system ]]; then
        systemctl disable --quiet --now kamailio
    fi
}

# need_python REQUIREMENTS : makes the virtual environment and installs the pinned requirements once.
need_python() {
    local requirements=$1 stamp="$VENV/.installed-$(basename "$1" .txt)"
    local python=${PYTHON:-$(command -v python3.11 || command -v python3)}
    "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' \
        || die "需要 Python 3.10 至 3.12 / Python 3.10 to 3.12 is needed; found $("$python" --version)"
    # An environment whose making was interrupted has no pip yet.
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || { say "建立虚拟环境 / making the virtual environment $VENV"; "$python" -m venv --clear "$VENV"; }
    if ! cmp -s "$requirements" "$stamp"; then
        say "安装 Python 软件包 / installing Python packages from $requirements"
        "$VENV/bin/python" -m pip install --quiet --require-hashes --progress-bar on -r "$requirements"
        cp "$requirements" "$stamp"
    fi
    # The project itself, editable and without its dependencies, which are pinned above.
    if [ ! -x "$VENV/bin/ivr" ]; then
        "$VENV/bin/python" -m pip install --quiet --no-deps --no-build-isolation --editable .
    fi
}
