#!/bin/sh
# Makes the recordings in this folder, and next to those with a lossy coding
# what ffmpeg decodes them to (.s16 and .f32: little-endian, interleaved).
#
# Made with SoX 14.4.2, ffmpeg 5.1.9, flac 1.4.2, oggenc of vorbis-tools 1.4.2
# (libvorbis 1.3.7) and Python 3.11.
#
# The sound is that of sourceSample in formats_test.go: 1201 frames of 24 bits,
# 8000 frames a second.
set -eu
cd "$(dirname "$0")"
rm -f ./*.wav ./*.flac ./*.ogg ./*.m4a ./*.aiff ./*.s16 ./*.f32
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

python3 - "$tmp" <<'EOF'
import sys
def source(c, i):
    if c == 0 and i < 2:
        return (-(1 << 23), (1 << 23) - 1)[i]
    fast = abs((i * (7 * c + 55) + 100 * c) % 800 - 400) - 200
    slow = abs((3 * i + 50 * c) % 2000 - 1000) - 500
    noise = (((i * 1103515245 + c * 12345 + 12345) % (1 << 31)) >> 16) % 1024 - 512
    return fast * 16000 + slow * 5000 + noise * 64
for channels in 1, 2, 4, 6:
    for bits in 8, 16, 24, 32:
        with open(f"{sys.argv[1]}/{channels}x{bits}.raw", "wb") as f:
            for i in range(1201):
                for c in range(channels):
                    v = source(c, i)
                    v = v >> (24 - bits) if bits <= 24 else v << 8 | i % 256
                    f.write(v.to_bytes(bits // 8, "little", signed=True))
EOF

# raw CHANNELS BITS: options for sox to read that sound
raw() { echo "-t raw -r 8000 -c $1 -b $2 -e signed -L $tmp/$1x$2.raw"; }
soxw() { sox -D -V1 "$@"; }
ff() { ffmpeg -nostdin -v error -y "$@"; }
# reference FILE FORMAT: what ffmpeg decodes
reference() { ff -i "$1" -f "${2}le" "${1%.*}.$2"; }

# WAV as sox writes it.
soxw $(raw 2 8) -e unsigned -b 8 u8.wav
soxw $(raw 2 16) s16.wav
soxw $(raw 1 16) s16-mono.wav
soxw $(raw 2 24) s24.wav
soxw $(raw 2 32) s32.wav
soxw $(raw 2 24) -e float -b 32 f32.wav
soxw $(raw 2 24) -e float -b 64 f64.wav
soxw $(raw 2 16) -e a-law alaw.wav
soxw $(raw 2 16) -e mu-law mulaw.wav
soxw $(raw 1 16) -e ima-adpcm ima-mono.wav
soxw $(raw 2 16) -e ima-adpcm ima.wav
soxw $(raw 1 16) -e ms-adpcm ms-mono.wav
soxw $(raw 2 16) -e ms-adpcm ms.wav
soxw $(raw 2 16) -B rifx-s16.wav
soxw $(raw 2 24) -B rifx-s24.wav
soxw $(raw 2 24) -B -e float -b 32 rifx-f32.wav
soxw $(raw 6 16) six.wav
cat "$tmp/2x16.raw" | soxw -t raw -r 8000 -c 2 -b 16 -e signed -L - -t wav - | cat >sox-pipe.wav
soxw $(raw 1 16) -e gsm-full-rate gsm.wav
for f in alaw mulaw ima ima-mono ms ms-mono; do reference $f.wav s16; done

# WAV as ffmpeg writes it.
ff -i s16.wav -f wav - | cat >ffmpeg-pipe.wav
ff -i s24.wav -c:a pcm_s24le -rf64 always rf64.wav
ff -i f32.wav -c:a pcm_f32le -channel_layout stereo extensible-f32.wav
ff -i s16.wav -c:a adpcm_ima_wav -block_size 256 ima-ffmpeg.wav
ff -i s16.wav -c:a adpcm_ms -block_size 256 ms-ffmpeg.wav
for f in ima-ffmpeg ms-ffmpeg; do reference $f.wav s16; done

# FLAC.
flac -s -f --no-padding s16.wav
flac -s -f --no-padding s24.wav -8
flac -s -f --no-padding u8.wav -0
flac -s -f --no-padding s32.wav
flac -s -f --no-padding six.wav
flac -s -c --no-padding --force-raw-format --endian=little --sign=signed --channels=2 --bps=16 --sample-rate=24000 - <"$tmp/2x16.raw" | cat >pipe-24k.flac

# Ogg Vorbis.
oggenc -Q -q 3 --serial 1 s16.wav -o vorbis.ogg
oggenc -Q -q 3 --serial 2 s16-mono.wav -o vorbis-mono.ogg
oggenc -Q -q 0 --serial 3 six.wav -o vorbis-six.ogg
oggenc -Q -q 0 --serial 4 s16.wav -o "$tmp/second.ogg"
cat vorbis.ogg "$tmp/second.ogg" >vorbis-chain.ogg
for f in vorbis vorbis-mono vorbis-six; do reference $f.ogg f32; done
reference "$tmp/second.ogg" f32
cat vorbis.f32 "$tmp/second.f32" >vorbis-chain.f32

# For ffmpeg.
ff -i s16.wav -bitexact s16.aiff
ff -i s16.wav -ar 48000 -c:a libopus -b:a 32k -bitexact opus.ogg
ff -i s16.wav -c:a aac -b:a 32k -bitexact aac.m4a
