#!/usr/bin/env python3
"""Writes the MP3 files of this directory and references.npz, what they decode to.

All sound is synthetic (chirps, bursts of noise, random spectra) and without
licence. Needs numpy, soundfile, lame and ffmpeg. The committed files were made with

    LAME 3.100, ffmpeg 5.1.9 (libavcodec 59.37.100),
    Python 3.12, numpy 2.5.5, soundfile 0.14.0 (libsndfile 1.2.2, libmpg123)

The references are ffmpeg's decodes, scaled to 16 bits, [frames, channels]. Those
of 24 kHz and of window switching in MPEG-2 are libmpg123's: there ffmpeg's
decoder differs from all of libmpg123, libmad 0.15.1b (in sox 14.4.2) and LAME's
own, which agree. They are for a tolerance of 70 dB.
"""
import os
import struct
import subprocess
import tempfile

import numpy as np
import soundfile as sf

references = {}


def run(*args):
    return subprocess.run(args, check=True, capture_output=True).stdout


def signal(rate, seconds, channels, seed=1):
    """A chirp, and noise in bursts, which encoders code in short blocks."""
    rng = np.random.default_rng(seed)
    n = int(rate * seconds)
    t = np.arange(n) / rate
    chirp = np.sin(2 * np.pi * (200 * t + (0.3 * rate - 200) / (2 * seconds) * t * t))
    envelope = np.zeros(n)
    for start in range(rate // 40, n, rate // 15):
        envelope[start:] += np.exp(-np.arange(n - start) / (0.004 * rate))
    noise = rng.standard_normal(n) * envelope
    x = [0.3 * chirp + 0.2 * noise, 0.25 * chirp + 0.15 * noise + 0.01 * rng.standard_normal(n)]
    return np.clip(np.stack(x[:channels], 1), -0.99, 0.99)


def by_ffmpeg(data, channels):
    """From a file: through a pipe ffmpeg does not know the size, which matters to it."""
    with tempfile.NamedTemporaryFile(suffix=".mp3") as f:
        f.write(data)
        f.flush()
        out = run("ffmpeg", "-v", "error", "-f", "mp3", "-i", f.name, "-f", "f32le", "-")
    return np.frombuffer(out, "<f4").reshape(-1, channels)


def by_mpg123(data, channels):
    with tempfile.NamedTemporaryFile(suffix=".mp3") as f:
        f.write(data)
        f.flush()
        return sf.read(f.name, dtype="float32", always_2d=True)[0]


def refer(name, data, channels, decode=by_ffmpeg):
    y = np.round(decode(data, channels).astype(float) * 32768)
    assert np.abs(y).max() < 32768, name
    references[name] = y.astype("<i2")


def lame(rate, seconds, channels, *args):
    with tempfile.TemporaryDirectory() as d:
        sf.write(d + "/x.wav", signal(rate, seconds, channels), rate, subtype="PCM_24")
        run("lame", "--quiet", "--resample", str(rate / 1000), *args, d + "/x.wav", d + "/x.mp3")
        with open(d + "/x.mp3", "rb") as f:
            return f.read()


def write(name, data):
    with open(name + ".mp3", "wb") as f:
        f.write(data)


def encoded(name, rate, seconds, channels, *args, decode=by_ffmpeg):
    data = lame(rate, seconds, channels, *args)
    write(name, data)
    if decode:
        refer(name, data, channels, decode)
    return data


# ---- frames that no encoder at hand writes -------------------------------------------

BITRATES = {3: 320, 2: 160}
RATES = {(3, 0): 44100, (3, 1): 48000, (3, 2): 32000, (2, 0): 22050, (2, 1): 24000, (2, 2): 16000}
SLEN1 = [(0, 0), (0, 1), (0, 2), (0, 3), (3, 0), (1, 1), (1, 2), (1, 3),
         (2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (3, 3), (4, 2), (4, 3)]
BANDS2 = [[[6, 5, 5, 5], [6, 5, 7, 3], [11, 10, 0, 0]],
          [[9, 9, 9, 9], [9, 9, 12, 6], [18, 18, 0, 0]],
          [[6, 9, 9, 9], [6, 9, 12, 6], [15, 18, 0, 0]]]  # by block kind and table


class Bits:
    def __init__(self):
        self.bits = []

    def put(self, value, n):
        self.bits += [(value >> i) & 1 for i in range(n - 1, -1, -1)]

    def random(self, rng, n):
        self.put(int(rng.integers(1 << n)), n)

    def bytes(self):
        return np.packbits(self.bits + [0] * (-len(self.bits) % 8)).tobytes()


def slen2(compress):
    if compress < 400:
        c = compress >> 4
        return (c // 5, c % 5, compress >> 2 & 3, compress & 3), 0
    if compress < 500:
        c = compress - 400
        return (c // 4 // 5, c // 4 % 5, c % 4, 0), 1
    c = compress - 500
    return (c // 3, c % 3, 0, 0), 2


def scalefactors(bits, rng, version, compress, block, mixed):
    if version == 3:
        a, b = SLEN1[compress]
        if block != 2:
            counts = ((11, a), (10, b))
        elif mixed:
            counts = ((8 + 9, a), (18, b))
        else:
            counts = ((18, a), (18, b))
    else:
        lengths, table = slen2(compress)
        kind = 0 if block != 2 else 2 if mixed else 1
        counts = zip(BANDS2[kind][table], lengths)
    for count, length in counts:
        for _ in range(count):
            bits.random(rng, length)


def synthetic(version, rate_index, mode, extension, frames, blocks, mixed, lines, seed=7):
    """Frames of random scale factors and of random lines in -1, 0, 1 below lines[channel],
    all in the count1 region with its table B. blocks are the block types in turn."""
    rng = np.random.default_rng(seed)
    channels = 1 if mode == 3 else 2
    granules = 2 if version == 3 else 1
    size = (144000 if version == 3 else 72000) * BITRATES[version] // RATES[version, rate_index]
    out = b""
    turn = 0
    for _ in range(frames):
        side, main = Bits(), Bits()
        if version == 3:
            side.put(0, 9 + (5 if channels == 1 else 3) + 4 * channels)
        else:
            side.put(0, 8 + channels)
        for _ in range(granules):
            block = blocks[turn % len(blocks)]
            turn += 1
            for c in range(channels):
                begin = len(main.bits)
                compress = int(rng.integers(16 if version == 3 else 512))
                scalefactors(main, rng, version, compress, block, mixed)
                x = rng.integers(-1, 2, lines[c] // 4 * 4)
                for i in range(0, len(x), 4):
                    for v in x[i:i + 4]:
                        main.put(0 if v else 1, 1)
                    for v in x[i:i + 4]:
                        if v:
                            main.put(int(v < 0), 1)
                side.put(len(main.bits) - begin, 12)
                side.put(0, 9)
                side.put(int(rng.integers(190, 194)), 8)
                side.put(compress, 4 if version == 3 else 9)
                if block:
                    side.put(1, 1)
                    side.put(block, 2)
                    side.put(int(mixed), 1)
                    side.put(0, 10)
                    for _ in range(3):
                        side.random(rng, 2)
                        side.bits.insert(-2, 0)
                else:
                    side.put(0, 1 + 15)
                    side.put(7 << 3 | 7, 7)
                if version == 3:
                    side.random(rng, 1)
                side.random(rng, 1)
                side.put(1, 1)
        header = 0x7FF << 21 | version << 19 | 1 << 17 | 1 << 16 | 14 << 12 | rate_index << 10 | mode << 6 | extension << 4
        frame = header.to_bytes(4, "big") + side.bytes() + main.bytes()
        assert len(frame) <= size
        out += frame + bytes(size - len(frame))
    return out


# ---- files put together --------------------------------------------------------------

def id3(size, body=b""):
    sizes = bytes(size >> s & 127 for s in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + sizes + body + bytes(size - len(body))


def ape(size):
    def block(flags):
        return b"APETAGEX" + struct.pack("<IIII", 2000, size + 32, 1, flags) + bytes(8)
    return block(0xA0000000) + bytes(size) + block(0x80000000)


def vbri(frame, frames, size):
    tag = bytes(32) + b"VBRI" + struct.pack(">HHHII", 1, 0, 0, size, frames)
    return frame[:4] + tag + bytes(len(frame) - 4 - len(tag))


def variants(tagged, bare):
    """Go's tests put together the same from the same two files. Frames of bare have
    216 bytes: MPEG-2, 16 kHz, 48 kb/s."""
    junk = bytes((i * 197 + 91) % 251 for i in range(1000))
    v1 = b"TAG" + b"x" * 125
    return {
        "id3": id3(100) + id3(3000, b"APIC" + bare) + tagged,
        "tags behind": tagged + ape(50) + v1,
        "junk before": junk + tagged,
        "junk before bare": junk + bare,
        "concatenated": tagged + tagged,
        "concatenated bare": bare + bare,
        "id3 between": tagged + v1 + id3(3000, b"APIC" + junk) + tagged,
        "front cut": bare[300:],
        "vbri": vbri(bare[:216], len(bare) // 216, len(bare) + 216) + bare,
    }


def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    encoded("mpeg1-44100-joint-128", 44100, 0.1, 2, "-b", "128")
    encoded("mpeg1-48000-stereo-crc-96", 48000, 0.08, 2, "-b", "96", "-m", "s", "-p")
    encoded("mpeg1-32000-mono-vbr", 32000, 0.1, 1, "-V", "4")
    encoded("mpeg2-24000-mono-64", 24000, 0.12, 1, "-b", "64", decode=by_mpg123)
    for bitrate in (8, 16, 24, 32, 80, 96, 144, 160):  # what go-mp3 takes for a frame less
        encoded(f"mpeg2-22050-mono-{bitrate}", 22050, 0.1, 1, "-b", str(bitrate))
    encoded("mpeg2-22050-joint-160", 22050, 0.08, 2, "-b", "160")
    encoded("mpeg25-12000-mono-32", 12000, 0.12, 1, "-b", "32")
    encoded("mpeg25-11025-joint-32", 11025, 0.12, 2, "-b", "32")
    encoded("mpeg25-8000-mono-16", 8000, 0.12, 1, "-b", "16", decode=None)
    encoded("free-format-mono-100", 44100, 0.1, 1, "-b", "100", "--freeformat", "-t", decode=None)
    with tempfile.NamedTemporaryFile(suffix=".wav") as f:
        sf.write(f.name, signal(22050, 0.1, 1), 22050)
        run("ffmpeg", "-v", "error", "-y", "-i", f.name, "-c:a", "mp2", "-b:a", "64k", "-f", "mp2", "layer2.mp3")

    mid_side, intensity, joint = 2, 1, 1
    for name, args in {
        "synthetic-mpeg1-mixed": (3, 0, joint, mid_side, 3, (0, 1, 2, 2, 3), True, (300, 260)),
        "synthetic-mpeg1-short": (3, 2, joint, mid_side, 3, (2, 2, 3, 1), False, (300, 200)),
        "synthetic-mpeg2-short": (2, 1, joint, mid_side, 5, (2, 2, 3, 0, 1), False, (300, 200)),
    }.items():
        data = synthetic(*args)
        write(name, data)
        refer(name, data, 2, by_mpg123)
    write("synthetic-mpeg2-mixed", synthetic(2, 0, joint, 0, 5, (0, 1, 2, 2, 3), True, (300, 260)))
    write("synthetic-mpeg1-intensity", synthetic(3, 0, joint, intensity, 3, (0,), False, (300, 100)))

    tagged = encoded("base-tagged", 16000, 0.1, 1, "-b", "48")
    bare = encoded("base-bare", 16000, 0.12, 1, "-b", "48", "-t")
    for name, data in variants(tagged, bare).items():
        refer(name, data, 1)
    np.savez_compressed("references.npz", **references)


if __name__ == "__main__":
    main()
