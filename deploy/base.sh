#!/bin/sh
# Makes a Debian base for deploy/Dockerfile from packages alone, where no registry of images can be reached.
# Prints the reference of the image, pinned by its digest. Needs root, mmdebstrap and buildah.
set -eu
archive=$(mktemp --suffix=.tar)
trap 'rm -f "$archive"' EXIT
mmdebstrap --quiet --variant=essential --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --include='?exact-name(usr-is-merged)' --include=python3-venv,libstdc++6,ca-certificates \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$archive" >&2
container=$(buildah from scratch)
buildah add --quiet "$container" "$archive" / >&2
buildah commit --quiet --rm "$container" localhost/spine-cds-base >&2
buildah images --format '{{.Name}}@{{.Digest}}' localhost/spine-cds-base
