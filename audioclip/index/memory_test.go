package index_test

import (
	"testing"

	"github.com/soundspace/soundspace/audioclip/index"
	"github.com/soundspace/soundspace/audioclip/index/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Test(t, func(*testing.T) index.Store { return index.NewMemory() })
}
