#!/usr/bin/env bash
# Installs Open Policy Agent into the folder that is the first argument, if it is not there, and prints the path of the executable.
#
# Takes the package of the system if there is one, else builds it with Go, which is installed if that is absent and can be.
set -euo pipefail

# Later versions need a later Go; any version that knows Rego v1 judges the packs alike.
version=v1.22.3
older=v1.4.2

folder=$(mkdir -p "${1:?the folder to install into}" && cd "$1" && pwd)
[ ! -x "$folder/opa" ] || { echo "$folder/opa"; exit 0; }

sudo=
[ "$(id -u)" -eq 0 ] || sudo="sudo -n"

apt_install() {
    command -v apt-get >/dev/null || return 1
    $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# Beside the folder first, so that a build that was broken off leaves no executable.
build() {
    local built
    built=$(mktemp -d)
    # Without cgo the engine for WebAssembly is left out, which no policy here needs.
    if GOBIN="$built" CGO_ENABLED=0 GOFLAGS=-buildvcs=false go install -trimpath -ldflags '-s -w' \
        "github.com/open-policy-agent/opa@$1"; then
        mv "$built/opa" "$folder/opa"
        rm -rf "$built"
    else
        rm -rf "$built"
        return 1
    fi
}

{
    PATH=$PATH:/usr/local/go/bin:/usr/lib/go/bin
    if command -v opa; then
        ln -s "$(command -v opa)" "$folder/opa"
    elif apt_install opa; then
        ln -s "$(command -v opa)" "$folder/opa"
    else
        command -v go || apt_install golang-go
        build "$version" || build "$older"
    fi
    "$folder/opa" version
} >&2
echo "$folder/opa"
