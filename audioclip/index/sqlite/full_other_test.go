//go:build !unix

package sqlite_test

func limitFiles(string) error { return nil }
