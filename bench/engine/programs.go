//go:build unix

package main

import (
	"embed"
	"path/filepath"

	"github.com/soundspace/soundspace/bench/internal/contest"
	"github.com/soundspace/soundspace/bench/internal/venv"
)

//go:embed peers
var peerFiles embed.FS

// What pip installs.
const (
	torch   = "numpy torch==2.11.0 torchaudio==2.11.0"
	scipy   = "scipy==1.18.1 threadpoolctl"
	pyfftw  = "pyfftw==0.15.1 threadpoolctl"
	librosa = "librosa==1.0.0 scipy==1.18.1 threadpoolctl"
)

// The results of programs are frame-major.
var programs = []contest.Program{
	{Name: "soundspace", Command: contest.Self()},
	{Name: "FFTW in C", Command: fftw},
	{Name: "MKL in C", Requires: "mkl==2026.2.0", Command: mkl},
	{Name: "PyTorch", Requires: torch, Command: contest.Python("torch_stft.py")},
	{Name: "PyTorch, blocks", Requires: torch, Command: contest.Python("torch_stft.py", "blocks")},
	{Name: "torchaudio", Requires: torch, Command: contest.Python("torchaudio_mel.py")},
	{Name: "SciPy", Requires: scipy, Command: contest.Python("scipy_fft.py")},
	{Name: "SciPy, blocks", Requires: scipy, Command: contest.Python("scipy_fft.py", "blocks")},
	{Name: "pyFFTW", Requires: pyfftw, Command: contest.Python("pyfftw_plan.py")},
	{Name: "librosa", Requires: librosa, Command: contest.Python("librosa_stft.py")},
}

func fftw(_ venv.Venv, dir string) ([]string, error) {
	return compile(filepath.Join(dir, "fftw"), filepath.Join(dir, "peers", "fftw.c"), "-lfftw3f")
}

func mkl(v venv.Venv, dir string) ([]string, error) {
	library, err := v.Library("libmkl_rt.so.*")
	if err != nil {
		return nil, err
	}
	return compile(filepath.Join(dir, "mkl"), filepath.Join(dir, "peers", "fftw.c"), "-DWITH_MKL", library, "-Wl,-rpath,"+filepath.Dir(library))
}

// compile makes the C program output, the vectors of this machine and all.
func compile(output, source string, args ...string) ([]string, error) {
	args = append([]string{"-O3", "-march=native", "-ffast-math", "-o", output, source}, args...)
	return []string{output}, venv.Run("cc", append(args, "-lm", "-lpthread")...)
}
