package weaviate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// serverVariable is the environment variable without which tests with real servers are
// left out: the path of a weaviate-server, or "build" to build one (four minutes of a
// processor, once).
const serverVariable = "SOUNDSPACE_WEAVIATE"

// serverVersion is that of Weaviate that is built.
const serverVersion = "v1.35.2"

// servers is a cluster of three nodes on this machine.
type servers struct {
	binary, dir string
	nodes       [3]struct {
		http, grpc, gossip, raft int // ports; gossip and raft have the next one, too
		cmd                      *exec.Cmd
	}
}

var running struct {
	sync.Mutex
	*servers
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if s := running.servers; s != nil {
		for i := range s.nodes {
			s.kill(i)
		}
		os.RemoveAll(s.dir)
	}
	os.Exit(code)
}

// startServers returns the cluster of the tests, with all nodes ready.
func startServers(t testing.TB) *servers {
	t.Helper()
	if os.Getenv(serverVariable) == "" {
		t.Skip(serverVariable + " is not set")
	}
	running.Lock()
	defer running.Unlock()
	if running.servers == nil && running.err == nil {
		running.servers, running.err = newServers(t)
	}
	if running.err != nil {
		t.Fatal(running.err)
	}
	s := running.servers
	for i := range s.nodes {
		s.start(t, i)
	}
	for i := range s.nodes {
		s.wait(t, i)
	}
	return s
}

func newServers(t testing.TB) (*servers, error) {
	binary := os.Getenv(serverVariable)
	if binary == "build" {
		var err error
		if binary, err = buildServer(t); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "weaviate")
	if err != nil {
		return nil, err
	}
	s := &servers{binary: binary, dir: dir}
	for i := range s.nodes {
		n := &s.nodes[i]
		for _, port := range []*int{&n.http, &n.grpc, &n.gossip, &n.raft} {
			if *port, err = freePorts(); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// buildServer builds the server in a module of its own in the user's cache.
func buildServer(t testing.TB) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "soundspace", "weaviate-"+serverVersion)
	binary := filepath.Join(dir, "weaviate-server")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module server\n\ngo 1.24\n"), 0o666); err != nil {
		return "", err
	}
	t.Logf("building weaviate-server %s in %s", serverVersion, dir)
	const pkg = "github.com/weaviate/weaviate/cmd/weaviate-server"
	for _, args := range [][]string{{"get", pkg + "@" + serverVersion}, {"build", "-o", binary + ".part", pkg}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return binary, os.Rename(binary+".part", binary)
}

// freePorts returns the first of two ports in sequence that nobody uses.
func freePorts() (int, error) {
	for range 100 {
		first, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		port := first.Addr().(*net.TCPAddr).Port
		second, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		first.Close()
		if err == nil {
			second.Close()
			return port, nil
		}
	}
	return 0, errors.New("no two free ports in sequence")
}

// start starts a node that is not running.
func (s *servers) start(t testing.TB, i int) {
	t.Helper()
	n := &s.nodes[i]
	if n.cmd != nil {
		return
	}
	var raft, gossip []string
	for k, other := range s.nodes {
		raft = append(raft, fmt.Sprintf("node%d:%d", k+1, other.raft))
		if other.cmd != nil {
			gossip = append(gossip, fmt.Sprintf("127.0.0.1:%d", other.gossip))
		}
	}
	log, err := os.OpenFile(filepath.Join(s.dir, fmt.Sprintf("log%d", i+1)), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(s.binary, "--host", "127.0.0.1", "--port", fmt.Sprint(n.http), "--scheme", "http")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(),
		"DISABLE_TELEMETRY=true", "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED=true", "DEFAULT_VECTORIZER_MODULE=none", "ENABLE_MODULES=",
		"GO_PROFILING_DISABLE=true", "LOG_LEVEL=warning",
		"PERSISTENCE_DATA_PATH="+filepath.Join(s.dir, fmt.Sprintf("data%d", i+1)),
		fmt.Sprintf("CLUSTER_HOSTNAME=node%d", i+1), "CLUSTER_IN_LOCALHOST=true", "CLUSTER_ADVERTISE_ADDR=127.0.0.1",
		fmt.Sprintf("CLUSTER_GOSSIP_BIND_PORT=%d", n.gossip), fmt.Sprintf("CLUSTER_DATA_BIND_PORT=%d", n.gossip+1), "CLUSTER_JOIN="+strings.Join(gossip, ","),
		fmt.Sprintf("RAFT_PORT=%d", n.raft), fmt.Sprintf("RAFT_INTERNAL_RPC_PORT=%d", n.raft+1), "RAFT_BOOTSTRAP_EXPECT=3", "RAFT_JOIN="+strings.Join(raft, ","),
		fmt.Sprintf("GRPC_PORT=%d", n.grpc))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n.cmd = cmd
	// The next one joins it.
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", n.gossip)); err == nil {
			conn.Close()
			return
		}
	}
}

// kill kills a node as kill -9 does.
func (s *servers) kill(i int) {
	if n := &s.nodes[i]; n.cmd != nil {
		n.cmd.Process.Kill()
		n.cmd.Wait()
		n.cmd = nil
	}
}

// wait waits until a node says that it is ready.
func (s *servers) wait(t testing.TB, i int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for {
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/v1/.well-known/ready", s.nodes[i].http), nil)
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(s.dir, fmt.Sprintf("log%d", i+1)))
			log = log[max(0, len(log)-2000):]
			t.Fatalf("node %d is not ready; its log ends with\n%s", i+1, bytes.TrimSpace(log))
		}
	}
}

// address returns the address of a store with classes of its own.
func (s *servers) address(class string) string {
	return fmt.Sprintf("%s127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d/%s", Scheme, s.nodes[0].http, s.nodes[1].http, s.nodes[2].http, class)
}
