package htmlsession_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"runtime/pprof"
	"sync"
	"syscall"
	"testing"
	"time"

	"htmlsession"
)

// silent is a server that takes requests and never answers; it counts them.
func silent(t *testing.T) (url string, arrived chan struct{}) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	arrived = make(chan struct{}, 100)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				if n, _ := connection.Read(make([]byte, 4096)); n > 0 {
					arrived <- struct{}{}
				}
				io.Copy(io.Discard, connection)
			}()
		}
	}()
	return "http://" + listener.Addr().String() + "/", arrived
}

func open(t *testing.T) *htmlsession.Session {
	session, err := htmlsession.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

func TestContextCancelsOneRequest(t *testing.T) {
	url, arrived := silent(t)
	session := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	other, stop := context.WithCancel(context.Background())
	defer stop()
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := session.Get(ctx, url); first <- err }()
	go func() { _, err := session.Get(other, url); second <- err }()
	<-arrived
	<-arrived
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	select {
	case err := <-second:
		t.Fatalf("the other request ended: %v", err)
	default:
	}
	deadline, done := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer done()
	if _, err := session.Get(deadline, url); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("deadline: %v", err)
	}
	if _, err := session.Get(ctx, url); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled before: %v", err)
	}
}

// Requests wait on Go's poller: they occupy neither a thread each nor the processor.
func TestWaitingCostsNoThreads(t *testing.T) {
	const requests = 30 // below the session's limit of connections to one host
	url, arrived := silent(t)
	session := open(t)
	var group sync.WaitGroup
	for range requests {
		group.Add(1)
		go func() {
			defer group.Done()
			if _, err := session.Get(context.Background(), url); !errors.Is(err, htmlsession.ErrCancelled) {
				t.Errorf("closed under way: %v", err)
			}
		}()
	}
	for range requests {
		<-arrived
	}
	before := processor()
	time.Sleep(300 * time.Millisecond)
	if busy := processor() - before; busy > 150*time.Millisecond {
		t.Errorf("waiting took %v of processor time", busy)
	}
	if threads := pprof.Lookup("threadcreate").Count(); threads > runtime.GOMAXPROCS(0)+15 {
		t.Errorf("%d threads", threads)
	}
	session.Close()
	group.Wait()
	if _, err := session.Get(context.Background(), url); !errors.Is(err, htmlsession.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func processor() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func TestErrors(t *testing.T) {
	session := open(t)
	ctx := context.Background()
	var failure *htmlsession.Error
	if _, err := session.Get(ctx, "gopher://h/"); !errors.As(err, &failure) || failure.Code != 101 || failure.Message == "" {
		t.Errorf("scheme: %v", err)
	}
	if _, err := htmlsession.NewRequest("BAD METHOD", "http://h/"); !errors.As(err, &failure) || failure.Code != 102 {
		t.Errorf("method: %v", err)
	}
	if _, err := htmlsession.NewRequest("GET", "http://h/\x00"); !errors.As(err, &failure) || failure.Code != 2 {
		t.Errorf("NUL: %v", err)
	}
	request, err := htmlsession.NewRequest("GET", "http://h/")
	if err != nil {
		t.Fatal(err)
	}
	request.Close()
	request.Close()
	if _, err := session.Do(ctx, request); !errors.As(err, &failure) || failure.Code != 1 {
		t.Errorf("closed request: %v", err)
	}
}

// A session that nobody closed ends its goroutine once it was collected.
func TestForgottenSessionIsFreed(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		if _, err := htmlsession.New(); err != nil {
			t.Fatal(err)
		}
	}
	for range 200 {
		runtime.GC()
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
