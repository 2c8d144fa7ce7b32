package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
)

// limitAddressSpace bounds the process at what it has now and the given bytes
// more. Some of DuckDB's functions ignore its memory limit and its interrupt; at
// this bound they end in an error of their own and the server lives on.
func limitAddressSpace(more uint64) error {
	// What Go's own heap may need is taken first, and stays ours when it is freed:
	// Go cannot live on when it gets no memory.
	reserve := make([]byte, goReserve)
	now, err := addressSpace()
	if err != nil {
		return err
	}
	runtime.KeepAlive(reserve)
	debug.FreeOSMemory()
	debug.SetMemoryLimit(goReserve) // collect before more is asked for
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &l); err != nil {
		return err
	}
	l.Cur = min(l.Max, now+more)
	return syscall.Setrlimit(syscall.RLIMIT_AS, &l)
}

// goReserve is about what Go needs for the results of a hundred sessions.
const goReserve = 512 << 20

// addressSpace is the size of the process's address space in bytes.
func addressSpace() (uint64, error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	var pages uint64
	if _, err := fmt.Sscan(string(b), &pages); err != nil {
		return 0, err
	}
	return pages * uint64(os.Getpagesize()), nil
}
