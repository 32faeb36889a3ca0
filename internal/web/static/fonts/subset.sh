#!/bin/sh
# Makes scorehouse-sans.woff2 from the upright variable TTF of Source Sans 3 (npm package source-sans 3.52.0,
# file VF/SourceSans3VF-Upright.ttf). Needs fonttools with brotli. Run only to change the set of characters.
#
# Weights 400 to 600; Latin with its extensions, Vietnamese, punctuation, arrows and the few signs the pages use.
# The licence reserves the name "Source" for the unmodified fonts, so the subset carries a name of its own.
set -e
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fonttools varLib.instancer "$source" wght=400:600 -o "$work/weights.ttf"
pyftsubset "$work/weights.ttf" --output-file="$work/subset.ttf" \
	--layout-features=kern,liga,calt,ccmp,locl,mark,mkmk,case --name-IDs='*' \
	--unicodes=U+0020-007E,U+00A0-017F,U+0192,U+01A0-01A1,U+01AF-01B0,U+0218-021B,U+0237,U+02BC,U+02C6-02DD,U+0300-0304,U+0306-030C,U+0323,U+1E80-1E85,U+1E9E,U+1EA0-1EF9,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+2030,U+2032-2033,U+2039-203A,U+2044,U+20AC,U+2122,U+2190-2193,U+2212,U+2248,U+2260,U+2264-2265,U+25B2,U+25BC,U+25CF,U+2713
/usr/bin/python3 - "$work/subset.ttf" <<'PYTHON'
import sys
from fontTools.ttLib import TTFont
font = TTFont(sys.argv[1])
for record in list(font["name"].names):
    if record.nameID not in (0, 7, 11, 13, 14):
        record.string = record.toUnicode().replace("Source Sans 3 VF", "Scorehouse Sans").replace("Source Sans 3", "Scorehouse Sans").replace("SourceSans3VF", "ScorehouseSans").replace("SourceSans3", "ScorehouseSans")
font.flavor = "woff2"
font.save("scorehouse-sans.woff2")
PYTHON
