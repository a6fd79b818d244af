#!/bin/sh
# Makes crates/genrenet-audio/tests/cancelling: 1.2 s of a tone that changes, the right channel being the left one upside down.
# Made with ffmpeg 5.1.9 (libmp3lame 3.100, libvorbis 1.3.7, libopus 1.3.1, its own AAC, FLAC and ALAC encoders).
set -eu
cd "$(dirname "$0")/../crates/genrenet-audio/tests/cancelling"
sound='aevalsrc=0.4*sin(440*2*PI*t)+0.2*sin(1900*2*PI*t*t)|-0.4*sin(440*2*PI*t)-0.2*sin(1900*2*PI*t*t):s=16000:d=1.2'
make() { ffmpeg -v error -y -bitexact -f lavfi -i "$sound" "$@"; }
make -c:a libmp3lame -b:a 32k -joint_stereo 1 middle_side.mp3
make -c:a libmp3lame -b:a 32k -joint_stereo 0 left_right.mp3
make -c:a libvorbis -q:a 6 vorbis.ogg
make -ar 48000 -c:a libopus -b:a 24k opus.opus
make -c:a aac -b:a 32k aac.m4a
make -c:a aac -b:a 32k aac.aac
make -ar 8000 -sample_fmt s16 -c:a flac flac.flac
make -ar 8000 -sample_fmt s16 -c:a flac flac.oga
make -ar 8000 -sample_fmt s16p -c:a alac alac.m4a
