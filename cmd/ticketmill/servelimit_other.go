//go:build !linux

package main

import "errors"

// limitAddressSpace is for Linux; elsewhere a supervisor must bound the process.
func limitAddressSpace(uint64) error {
	return errors.New("only Linux can bound a process's address space here")
}
