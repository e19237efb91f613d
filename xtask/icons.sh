#!/usr/bin/env bash
# Makes the PNG icons from public/icons/mark.svg. Needs rsvg-convert (Debian: librsvg2-bin). The PNGs are kept
# in the repository, so this is run only when the mark changes.
set -euo pipefail
cd "$(dirname "$0")/../public/icons"

for size in 192 512; do
  rsvg-convert --width "$size" --height "$size" --output "mark-$size.png" mark.svg
  # A launcher cuts its own shape out of a maskable icon: the ground reaches the edges, and the mark stays
  # within the middle 80 %, which no shape touches.
  sed -e 's/ rx="11"//' -e 's/viewBox="0 0 48 48"/viewBox="-3 -3 54 54"/' \
    -e 's/<rect width="48" height="48"/<rect x="-3" y="-3" width="54" height="54"/' mark.svg |
    rsvg-convert --width "$size" --height "$size" --output "mark-maskable-$size.png"
done
