//go:build unix

package main

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/soundspace/soundspace/bench/internal/peer"
	"github.com/soundspace/soundspace/bench/internal/venv"
)

//go:embed peers
var peerFiles embed.FS

// program is a peer before it is started.
type program struct {
	name     string
	requires string                   // what pip must install before
	command  func() ([]string, error) // builds it, and returns how to start it
}

const ourName = "soundspace"

// programs lists ours and the peers. Their files are written to dir.
func programs(dir string, v venv.Venv) ([]program, error) {
	if err := os.CopyFS(dir, peerFiles); err != nil {
		return nil, err
	}
	file := func(name string) string { return filepath.Join(dir, "peers", name) }
	self := func() ([]string, error) {
		path, err := os.Executable()
		return []string{path, "-serve"}, err
	}
	python := func(script string, args ...string) func() ([]string, error) {
		return func() ([]string, error) {
			return append([]string{v.Python(), "-B", file(script)}, args...), nil
		}
	}
	fftw := func() ([]string, error) { return compile(file("fftw"), file("fftw.c"), "-lfftw3f") }
	mkl := func() ([]string, error) {
		library, err := v.Library("libmkl_rt.so.*")
		if err != nil {
			return nil, err
		}
		return compile(file("mkl"), file("fftw.c"), "-DWITH_MKL", library, "-Wl,-rpath,"+filepath.Dir(library))
	}
	const (
		torch   = "numpy torch==2.11.0 torchaudio==2.11.0"
		scipy   = "scipy==1.18.1 threadpoolctl"
		pyfftw  = "pyfftw==0.15.1 threadpoolctl"
		librosa = "librosa==1.0.0 scipy==1.18.1 threadpoolctl"
	)
	return []program{
		{ourName, "", self},
		{"FFTW in C", "", fftw},
		{"MKL in C", "mkl==2026.2.0", mkl},
		{"PyTorch", torch, python("torch_stft.py")},
		{"PyTorch, blocks", torch, python("torch_stft.py", "blocks")},
		{"torchaudio", torch, python("torchaudio_mel.py")},
		{"SciPy", scipy, python("scipy_fft.py")},
		{"SciPy, blocks", scipy, python("scipy_fft.py", "blocks")},
		{"pyFFTW", pyfftw, python("pyfftw_plan.py")},
		{"librosa", librosa, python("librosa_stft.py")},
	}, nil
}

// compile makes the C program output, the vectors of this machine and all.
func compile(output, source string, args ...string) ([]string, error) {
	args = append([]string{"-O3", "-march=native", "-ffast-math", "-o", output, source}, args...)
	return []string{output}, venv.Run("cc", append(args, "-lm", "-lpthread")...)
}

func (p program) start(dir string, v venv.Venv) (*peer.Peer, error) {
	if p.requires != "" {
		if err := v.Install(p.requires); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	args, err := p.command()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return peer.Start(p.name, append(args, dir)...)
}
