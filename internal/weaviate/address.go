package weaviate

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What the address of a store begins with. The second is for servers behind TLS.
const (
	Scheme       = "weaviate://"
	SecureScheme = "weaviates://"
)

// defaultClass is the name of the classes if the address has none.
const defaultClass = "Soundspace"

var className = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,63}$`)

// parseAddress takes weaviate://HOST:PORT[,HOST:PORT…][/CLASS] apart; the nodes are URLs.
func parseAddress(address string) (nodes []string, class string, err error) {
	fail := func(format string, args ...any) ([]string, string, error) {
		return nil, "", fmt.Errorf("weaviate: the address of the store: "+format, args...)
	}
	transport := "http://"
	rest, ok := strings.CutPrefix(address, Scheme)
	if !ok {
		transport = "https://"
		if rest, ok = strings.CutPrefix(address, SecureScheme); !ok {
			return fail("expected %sHOST:PORT[,HOST:PORT...][/CLASS]", Scheme)
		}
	}
	if strings.Contains(rest, "@") {
		return fail("names and keys do not belong there: set %s", keyVariable)
	}
	hosts, class, _ := strings.Cut(rest, "/")
	if class == "" {
		class = defaultClass
	}
	if !className.MatchString(class) {
		return fail("%q is no class: expected a capital letter, then letters and digits", class)
	}
	for _, h := range strings.Split(strings.ToLower(hosts), ",") {
		host, port, err := net.SplitHostPort(h)
		if err != nil || host == "" {
			return fail("%q is not HOST:PORT", h)
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fail("%q is not a port", port)
		}
		if u, err := url.Parse(transport + h); err != nil || u.Host != h {
			return fail("%q is not a host", host)
		}
		if slices.Contains(nodes, transport+h) {
			return fail("%s is there twice", h)
		}
		nodes = append(nodes, transport+h)
	}
	return nodes, class, nil
}
