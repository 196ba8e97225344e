package htmlsession_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"htmlsession"
)

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
	request := build(t, "GET", "http://h/")
	page := page(t, "<p>")
	_, selector := page.Find("li[")
	_, xpath := page.XPath("//p[")
	_, template := page.Search("{:?}", 0)
	for text, err := range map[string]error{
		`header "a b": invalid header`:                             session.SetHeader("a b", "c"),
		`header "X": invalid header`:                               request.SetHeader("X", "a\nb"),
		`field "\xff": text is not valid UTF-8`:                    request.AddField("\xff", ""),
		`header "X": NUL in a text`:                                request.SetHeader("X", "\x00"),
		`selector "li[", column 4: an attribute's name is missing`: selector,
		`expected an expression, found the end at column 5`:        xpath,
		`column 3: unknown type "?"`:                               template,
		`field "a": neither a selector, a list nor an object`:      page.Extract(`{"a": 1}`, nil),
	} {
		if !errors.As(err, &failure) || err.Error() != text {
			t.Errorf("%v, not %s", err, text)
		}
	}
	var timeout net.Error
	err := error(&htmlsession.Error{Code: 302})
	if !errors.As(err, &timeout) || !timeout.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("time-out: %v", err)
	}
	if errors.Is(htmlsession.ErrUnreachable, os.ErrDeadlineExceeded) {
		t.Error("not every error is a time-out")
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

// What a session sets holds for its requests, and what a request sets beats it.
func TestSettings(t *testing.T) {
	session, url := open(t), echo(t)
	must(t, session.SetHeader("X-A", "session"), session.SetHeader("X-B", "session"), session.UnsetHeader("User-Agent"),
		session.SetAuthBasic("ada", "böse"), session.SetParam("p", "1"), session.SetTimeout(time.Minute))
	response, err := session.Get(t.Context(), url+"/?q")
	plain := heard(t, response, err)
	if plain.URL != "/?q&p=1" || plain.Header.Get("X-A") != "session" || plain.Header["User-Agent"] != nil {
		t.Errorf("%v %v", plain, plain.Header)
	}
	if plain.Header.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("ada:böse")) {
		t.Errorf("basic: %v", plain.Header)
	}
	request := build(t, "GET", url)
	must(t, request.SetHeader("X-A", "own"), request.UnsetHeader("X-B"), request.SetAuthBearer("token"),
		request.SetParam("p", "2"), request.AddParam("p", "3"))
	response, err = session.Do(t.Context(), request)
	own := heard(t, response, err)
	if own.URL != "/?p=2&p=3" || own.Header.Get("X-A") != "own" || own.Header["X-B"] != nil ||
		own.Header.Get("Authorization") != "Bearer token" {
		t.Errorf("%v %v", own, own.Header)
	}
	must(t, session.UnsetAuth())
	response, err = session.Get(t.Context(), url)
	if bare := heard(t, response, err); bare.Header["Authorization"] != nil {
		t.Errorf("credentials: %v", bare.Header)
	}
}

func TestBodies(t *testing.T) {
	session, url, ctx := open(t), echo(t), t.Context()
	// Bytes beside Go pointers, which C must not be given.
	var beside struct {
		bytes [3]byte
		text  *string
	}
	beside.bytes, beside.text = [3]byte{'a', 0, 0xff}, new(string)
	response, err := session.Post(ctx, url, "application/x-own", beside.bytes[:])
	if e := heard(t, response, err); e.String() != `POST / "a\x00\xff"` || e.Header.Get("Content-Type") != "application/x-own" {
		t.Errorf("%v %v", e, e.Header)
	}
	response, err = session.Post(ctx, url, "", nil)
	if e := heard(t, response, err); e.String() != `POST / ""` || e.Header.Get("Content-Length") != "0" || e.Header["Content-Type"] != nil {
		t.Errorf("%v %v", e, e.Header)
	}
	response, err = session.Put(ctx, url, "text/plain", []byte("b"))
	if e := heard(t, response, err); e.String() != `PUT / "b"` {
		t.Error(e)
	}
	response, err = session.Delete(ctx, url)
	if e := heard(t, response, err); e.String() != `DELETE / ""` {
		t.Error(e)
	}
	request := build(t, "PROPFIND", url)
	must(t, request.SetJSON(map[string]any{"é": []int{1, 2}}))
	response, err = session.Do(ctx, request)
	if e := heard(t, response, err); e.String() != `PROPFIND / "{\"é\":[1,2]}"` || e.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%v %v", e, e.Header)
	}
	if err := request.SetJSON(func() {}); err == nil {
		t.Error("a function is no JSON")
	}
}

func TestNetwork(t *testing.T) {
	session, ctx := open(t), t.Context()
	url, _ := silent(t)
	request := build(t, "GET", url)
	must(t, request.SetTimeout(20*time.Millisecond))
	if _, err := session.Do(ctx, request); !errors.Is(err, htmlsession.ErrTimeout) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("time-out: %v", err)
	}
	must(t, session.SetTimeout(time.Nanosecond))
	if _, err := session.Get(ctx, url); !errors.Is(err, htmlsession.ErrTimeout) {
		t.Errorf("time-out: %v", err)
	}
	must(t, session.SetTimeout(-1), request.SetTimeout(1<<63-1))

	must(t, session.SetProxy(echo(t)))
	response, err := session.Get(ctx, "http://nowhere.invalid/p")
	if e := heard(t, response, err); e.URL != "http://nowhere.invalid/p" {
		t.Error(e)
	}
	must(t, session.SetProxy(""))
	response, err = session.Get(ctx, echo(t))
	if e := heard(t, response, err); e.URL != "/" {
		t.Error(e)
	}

	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	var failure *htmlsession.Error
	if _, err := session.Get(ctx, secure.URL); !errors.As(err, &failure) || failure.Code != 221 {
		t.Errorf("certificate: %v", err)
	}
	must(t, session.SetVerify(false))
	response, err = session.Get(ctx, secure.URL)
	if err != nil || response.Status() != 404 {
		t.Errorf("certificate: %v", err)
	}
	response.Close()
}

func TestResponse(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Many"] = []string{"one", "two"}
		w.Header().Set("Content-Type", "text/plain; charset=iso-8859-1")
		io.WriteString(w, "caf\xe9")
	})
	response, err := open(t).Get(t.Context(), url+"/a")
	if err != nil {
		t.Fatal(err)
	}
	if response.Header("x-many") != "one" || response.Header("X-None") != "" {
		t.Errorf("header: %q", response.Header("x-many"))
	}
	var many []string
	for name, value := range response.Headers() {
		if strings.EqualFold(name, "X-Many") {
			many = append(many, value)
		}
	}
	if fmt.Sprint(many) != "[one two]" {
		t.Errorf("headers: %v", many)
	}
	for range response.Headers() {
		break
	}
	if text, err := response.Text(); text != "café" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	if body, err := response.Body(); string(body) != "caf\xe9" || err != nil {
		t.Errorf("%q %v", body, err)
	}
	if response.URL() != url+"/a" || response.Err() != nil {
		t.Errorf("%q %v", response.URL(), response.Err())
	}
	if read, err := io.ReadAll(response); string(read) != "caf\xe9" || err != nil {
		t.Errorf("%q %v", read, err)
	}
	var failure *htmlsession.Error
	if err := response.JSON(new(any)); !errors.As(err, &failure) || failure.Code != 3 {
		t.Errorf("JSON: %v", err)
	}
	response.CAPI(func(handle unsafe.Pointer) {
		response.Close()
		if handle == nil {
			t.Error("no handle")
		}
	})
	response.CAPI(func(handle unsafe.Pointer) {
		if handle != nil {
			t.Error("a handle after Close")
		}
	})
	if _, err := response.Page(); !errors.Is(err, htmlsession.ErrClosed) || !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := response.Text(); !errors.Is(err, htmlsession.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := response.Body(); !errors.Is(err, htmlsession.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if response.Status() != 0 || response.URL() != "" || !errors.Is(response.Err(), htmlsession.ErrClosed) {
		t.Error("something is left after Close")
	}
}

func TestCookies(t *testing.T) {
	session, url := open(t), echo(t)
	jar, file := session.Jar(), filepath.Join(t.TempDir(), "cookies.txt")
	must(t, jar.Set("127.0.0.1", "a", "1"), jar.Store(url, "b=2; Path=/; Max-Age=60"))
	if header, err := jar.Header(url); header != "a=1; b=2" || err != nil {
		t.Errorf("%q %v", header, err)
	}
	response, err := session.Get(t.Context(), url)
	if e := heard(t, response, err); e.Header.Get("Cookie") != "a=1; b=2" {
		t.Error(e.Header)
	}
	if value, err := jar.Get(url, "b"); value != "2" || err != nil {
		t.Errorf("%q %v", value, err)
	}
	if _, err := jar.Get(url, "c"); !errors.Is(err, htmlsession.ErrMissing) || !strings.HasPrefix(err.Error(), `no cookie "c" for`) {
		t.Error(err)
	}
	var refused *htmlsession.Error
	if err := jar.Store(url, "c=1; Domain=com"); !errors.As(err, &refused) || refused.Code != 600 || !strings.Contains(err.Error(), "Domain") {
		t.Error(err)
	}
	if err := jar.Set("h", "c;d", "1"); !errors.As(err, &refused) || refused.Code != 600 || !strings.Contains(err.Error(), "header") {
		t.Error(err)
	}
	must(t, jar.Save(file), jar.Clear(), session.Close())
	if header, err := jar.Header(url); header != "" || err != nil {
		t.Errorf("%q %v", header, err)
	}
	must(t, jar.Load(file))
	if header, err := jar.Header(url); header != "a=1; b=2" || err != nil {
		t.Errorf("%q %v", header, err)
	}
	must(t, os.WriteFile(file, []byte("no cookies"), 0o600))
	if err := jar.Load(file); !errors.As(err, &refused) || refused.Code != 601 || !strings.Contains(err.Error(), "1") {
		t.Errorf("damaged: %v", err)
	}
	must(t, jar.Close())
	if err := jar.Set("h", "a", "1"); !errors.Is(err, htmlsession.ErrClosed) {
		t.Error(err)
	}
	if err := session.Jar().Clear(); !errors.Is(err, htmlsession.ErrClosed) {
		t.Error(err)
	}
}

// Close waits for no call and takes nothing from one that is under way.
func TestCloseDuringCalls(t *testing.T) {
	source := strings.Repeat("<li><a href=/9>x</a></li>", 2000)
	for range 10 {
		page := page(t, source)
		var group sync.WaitGroup
		for range 4 {
			group.Add(1)
			go func() {
				defer group.Done()
				for {
					found, err := page.Find("li a[href*='9']::attr(href)")
					if errors.Is(err, htmlsession.ErrClosed) {
						return
					}
					if len(found) != 2000 || err != nil {
						t.Error(len(found), err)
						return
					}
				}
			}()
		}
		time.Sleep(5 * time.Millisecond)
		page.Close()
		group.Wait()
	}
}

func TestCloseSessionDuringCalls(t *testing.T) {
	url := echo(t)
	for range 20 {
		session := open(t)
		var group sync.WaitGroup
		for range 4 {
			group.Add(1)
			go func() {
				defer group.Done()
				for session.SetHeader("X", "y") == nil {
					if response, err := session.Get(t.Context(), url); err == nil {
						response.Close()
					}
				}
			}()
		}
		time.Sleep(2 * time.Millisecond)
		session.Close()
		group.Wait()
	}
}

func TestCloseEndsRead(t *testing.T) {
	url, session := drip(t, 2), open(t)
	for range 5 {
		response := streamed(t, t.Context(), session, url)
		started, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			_, err := io.ReadFull(response, make([]byte, 10))
			close(started)
			for err == nil {
				_, err = response.Read(make([]byte, 100))
			}
			ended <- err
		}()
		soon(t, started)
		time.Sleep(10 * time.Millisecond) // so that it waits
		response.Close()
		if err := soon(t, ended); !errors.Is(err, htmlsession.ErrClosed) {
			t.Error(err)
		}
	}
}

// The context of a request is that of its stream too, until its end.
func TestContextEndsStream(t *testing.T) {
	session := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	response := streamed(t, ctx, session, drip(t, 2))
	time.AfterFunc(20*time.Millisecond, cancel)
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, response)
		ended <- err
	}()
	if err := soon(t, ended); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := response.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	response.Close()

	ctx, cancel = context.WithCancel(t.Context())
	whole := streamed(t, ctx, session, echo(t))
	defer whole.Close()
	if _, err := io.Copy(io.Discard, whole); err != nil {
		t.Error(err)
	}
	cancel()
	if count, err := whole.Read(make([]byte, 1)); count != 0 || err != io.EOF {
		t.Error("after the end:", err)
	}
}

// A stream keeps its session, which nobody else has any more.
func TestStreamKeepsSession(t *testing.T) {
	url := drip(t, 20)
	response := func() *htmlsession.Response {
		session, err := htmlsession.New()
		must(t, err)
		return streamed(t, t.Context(), session, url)
	}()
	defer response.Close()
	lines := bufio.NewScanner(response)
	for range 20 {
		if !lines.Scan() {
			t.Fatal(lines.Err())
		}
		runtime.GC()
	}
}
