#!/usr/bin/env bash
# Unpacks Debian's i386 development packages, for the 32-bit presets, under build/i386. Uses the
# configured apt sources through a private view (own lists, own status), so that nothing of the
# system changes. Needs no root. Exit 1 with a sentence when the sources offer no i386 packages.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=(libbz2-dev liblzma-dev libssl-dev libminizip-dev zlib1g-dev libzstd-dev libgtest-dev)
root=$PWD/build/i386
stamp=$root/.complete
[ "$(cat "$stamp" 2>/dev/null)" != "${packages[*]}" ] || exit 0

rm -rf "$root"
view=$root/.apt
mkdir -p "$view"/{lists,archives}/partial "$view/deb"
: >"$view/status"
apt=(-qq -o "Dir::State=$view" -o "Dir::State::lists=$view/lists" -o "Dir::State::status=$view/status"
  -o "Dir::Cache=$view" -o "Dir::Cache::archives=$view/archives"
  -o APT::Architecture=i386 -o APT::Architectures::=i386 -o Acquire::Languages=none
  -o APT::Sandbox::User=root -o Acquire::Retries=3)
# A source without i386, or one index out of step on a mirror, is no reason to give up: what counts
# is whether the packages can be downloaded.
apt-get "${apt[@]}" update >"$view/log" 2>&1 || true
for package in "${packages[@]}"; do
  if ! (cd "$view/deb" && apt-get "${apt[@]}" download "$package:i386" >>"$view/log" 2>&1); then
    echo "the configured apt sources offer no $package:i386 (see build/i386/.apt/log)" >&2
    exit 1
  fi
done
for deb in "$view"/deb/*.deb; do
  dpkg-deb -x "$deb" "$root"
done
rm -rf "$view"
echo "${packages[*]}" >"$stamp"
