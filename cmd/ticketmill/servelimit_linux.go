package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
)

// limitAddressSpace bounds the process at what it has now and the given bytes
// more. Some of DuckDB's functions ignore its memory limit and its interrupt; at
// this bound they end in an error of their own and the server lives on.
func limitAddressSpace(more uint64) error {
	// What Go itself may need is taken first, and stays ours when it is freed: Go
	// ends the process when it gets no memory or no thread.
	startThreads(goThreads)
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

// goReserve is about what Go needs for a hundred sessions with rows of the
// largest size.
const goReserve = 1 << 30

// goThreads is more than there are calls into the engine at once: each takes a
// thread while it lasts.
const goThreads = 256

// startThreads makes the runtime start that many threads. It keeps those that
// have nothing to do.
func startThreads(n int) {
	var started, ended sync.WaitGroup
	started.Add(n)
	enough := make(chan struct{})
	for range n {
		ended.Go(func() {
			runtime.LockOSThread() // nobody else's thread
			defer runtime.UnlockOSThread()
			started.Done()
			<-enough
		})
	}
	started.Wait()
	close(enough)
	ended.Wait()
}

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
