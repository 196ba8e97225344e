package htmlsession_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"htmlsession"
)

// moved leads on to an echo, with the body.
func moved(t *testing.T) string {
	echo := echo(t)
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.Redirect(w, r, echo+"/to", http.StatusTemporaryRedirect)
	})
}

func post(t *testing.T, url string, body io.Reader, length int64) *htmlsession.Request {
	t.Helper()
	request := build(t, "POST", url)
	must(t, request.SetBodyReader("x/y", body, length))
	return request
}

func TestBodyReader(t *testing.T) {
	session, ctx, url := open(t), t.Context(), echo(t)
	text := strings.Repeat("in pieces ", 100_000)
	source := strings.NewReader("> " + text)
	_, _ = source.Seek(2, io.SeekStart) // it begins where it stands
	request := post(t, url, iotest.DataErrReader(source), int64(len(text)))
	response, err := session.Do(ctx, request)
	if e := heard(t, response, err); string(e.Body) != text || e.Header.Get("Content-Length") != "1000000" || e.Header.Get("Content-Type") != "x/y" {
		t.Errorf("%.50q %v", e.Body, e.Header)
	}
	var failure *htmlsession.Error
	if _, err := session.Do(ctx, request); !errors.As(err, &failure) || failure.Code != 105 {
		t.Error("read again:", err)
	}

	again := post(t, moved(t), strings.NewReader("rewound"), -1)
	for range 2 {
		response, err = session.Do(ctx, again)
		if e := heard(t, response, err); e.String() != `POST /to "rewound"` || e.Header["Content-Length"] != nil {
			t.Error(e, e.Header)
		}
	}
	if _, err := session.Do(ctx, post(t, url, strings.NewReader("short"), 6)); !errors.As(err, &failure) || failure.Code != 104 {
		t.Error("short:", err)
	}
	must(t, request.SetBody("", nil))
	response, err = session.Do(ctx, request)
	heard(t, response, err)
	if err := request.SetBodyReader("\x00", source, 1); !errors.As(err, &failure) || failure.Code != 2 {
		t.Error(err)
	}
	if err := request.SetBodyReader("", nil, 1); !errors.As(err, &failure) || failure.Code != 2 {
		t.Error(err)
	}
	request.Close()
	if err := request.SetBodyReader("", source, 1); !errors.Is(err, htmlsession.ErrClosed) {
		t.Error(err)
	}
}

type readFunc func(into []byte) (int, error)

func (f readFunc) Read(into []byte) (int, error) { return f(into) }

type seeker struct{ io.Reader }

func (seeker) Seek(at int64, _ int) (int64, error) {
	if at == 0 {
		return 1, nil // where it stands
	}
	return 0, errors.New("stuck")
}

// What a reader does wrong is the error of its request, and of no other.
func TestBodyReaderFails(t *testing.T) {
	session, ctx, url, own := open(t), t.Context(), echo(t), errors.New("own")
	for what, read := range map[string]readFunc{
		"own":                    func([]byte) (int, error) { return 0, own },
		"panic: at sea":          func([]byte) (int, error) { panic("at sea") },
		"ended its goroutine":    func([]byte) (int, error) { runtime.Goexit(); return 0, nil },
		"impossible count":       func(into []byte) (int, error) { return len(into) + 1, nil },
		"impossible":             func(into []byte) (int, error) { return -1, nil },
		io.ErrNoProgress.Error(): func([]byte) (int, error) { return 0, nil },
	} {
		if _, err := session.Do(ctx, post(t, url, read, -1)); err == nil || !strings.HasPrefix(err.Error(), "body: ") || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		} else if errors.Is(err, own) != (what == "own") {
			t.Error(what, err)
		}
	}
	if _, err := session.Do(ctx, post(t, moved(t), seeker{strings.NewReader("x")}, 1)); err == nil || err.Error() != "body: stuck" {
		t.Error(err)
	}
	for _, err := range session.Pages(ctx, post(t, url, iotest.ErrReader(own), -1), 0) {
		if !errors.Is(err, own) {
			t.Error(err)
		}
	}
	response, err := session.Get(ctx, url)
	heard(t, response, err)
}

// A reader that waits for ever holds up neither its context nor Close.
func TestBodyReaderIsLeft(t *testing.T) {
	url := echo(t)
	for _, end := range []func(session *htmlsession.Session, cancel func()){
		func(_ *htmlsession.Session, cancel func()) { cancel() },
		func(session *htmlsession.Session, _ func()) { session.Close() },
	} {
		session := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		begun, hold := make(chan struct{}, 1), make(chan struct{})
		request := post(t, url, readFunc(func([]byte) (int, error) {
			begun <- struct{}{}
			<-hold
			return 0, io.EOF
		}), -1)
		ended := make(chan error, 1)
		go func() {
			_, err := session.Do(ctx, request)
			ended <- err
		}()
		soon(t, begun)
		end(session, cancel)
		if err := soon(t, ended); !errors.Is(err, context.Canceled) && !errors.Is(err, htmlsession.ErrCancelled) {
			t.Error(err)
		}
		close(hold)
	}
}

// A reader is let go with the last that needs it.
func TestBodyReaderIsFreed(t *testing.T) {
	session, url := open(t), echo(t)
	freed := make(chan struct{})
	func() {
		reader := &struct{ io.Reader }{strings.NewReader("x")}
		runtime.AddCleanup(reader, func(int) { close(freed) }, 0)
		request, err := htmlsession.NewRequest("POST", url)
		must(t, err, request.SetBodyReader("", reader, 1))
		response, err := session.Do(t.Context(), request)
		heard(t, response, err)
	}()
	for range 500 {
		runtime.GC()
		select {
		case <-freed:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("it is kept")
}

func TestLogger(t *testing.T) {
	session, url := open(t), moved(t)
	var lines bytes.Buffer
	get := func(level slog.Level) string {
		lines.Reset()
		must(t, session.SetLogger(slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: level}))))
		response, err := session.Get(t.Context(), url+"/?secret")
		must(t, err, response.Close(), session.SetLogger(nil))
		return lines.String()
	}
	if all := get(slog.LevelDebug); !strings.Contains(all, "level=DEBUG msg=request request=") || !strings.Contains(all, "level=INFO msg=redirect") || strings.Contains(all, "secret") {
		t.Error(all)
	}
	if info := get(slog.LevelInfo); !strings.Contains(info, "msg=redirect") || strings.Contains(info, "DEBUG") {
		t.Error(info)
	}
	if none := get(slog.LevelError); none != "" {
		t.Error(none)
	}
	session.Close()
	if err := session.SetLogger(slog.Default()); !errors.Is(err, htmlsession.ErrClosed) {
		t.Error(err)
	}
}

// list has four pages; the last of the folder "bad" is cut off, those of "on" lead on by a word of their own.
func list(t *testing.T) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		var folder string
		var number int
		_, _ = fmt.Sscanf(strings.ReplaceAll(r.URL.Path, "/", " "), "%s %d", &folder, &number)
		w.Header().Set("Content-Type", "text/html")
		switch {
		case folder == "on":
			fmt.Fprintf(w, "<title>%d</title><a href=%d>Onwards</a>", number, number+1)
		case number < 4:
			fmt.Fprintf(w, "<title>%d</title><a rel=next href=%d>", number, number+1)
		case folder == "bad":
			w.Header().Set("Content-Length", "99")
			fmt.Fprint(w, "cut")
		case folder == "slow":
			<-r.Context().Done()
		default:
			fmt.Fprint(w, "<title>4</title>")
		}
	})
}

func walked(t *testing.T, ctx context.Context, session *htmlsession.Session, url string, limit int, words ...string) (titles string, err error) {
	for response, err := range session.Pages(ctx, build(t, "GET", url), limit, words...) {
		if err != nil {
			return titles, err
		}
		page, err := response.Page()
		must(t, err, response.Close())
		titles += page.Title()
		page.Close()
	}
	return titles, nil
}

func TestPages(t *testing.T) {
	session, ctx, url := open(t), t.Context(), list(t)
	var failure *htmlsession.Error
	if titles, err := walked(t, ctx, session, url+"/list/1", 0); titles != "1234" || err != nil {
		t.Error(titles, err)
	}
	if titles, err := walked(t, ctx, session, url+"/list/2", 2); titles != "23" || err != nil {
		t.Error(titles, err)
	}
	if titles, err := walked(t, ctx, session, url+"/on/1", 5, "further", "onwards"); titles != "12345" || err != nil {
		t.Error(titles, err)
	}
	if titles, err := walked(t, ctx, session, url+"/bad/2", 0); titles != "23" || !errors.As(err, &failure) || failure.Code != 401 {
		t.Error(titles, err)
	}
	// Each range begins anew, and may be left.
	pages, titles := session.Pages(ctx, build(t, "GET", url+"/list/1"), 0), ""
	for range 2 {
		for response := range pages {
			page, err := response.Page()
			must(t, err)
			if titles += page.Title(); strings.HasSuffix(titles, "2") {
				break
			}
		}
	}
	if titles != "1212" {
		t.Error(titles)
	}
	for _, wrong := range []func() (string, error){
		func() (string, error) { return walked(t, ctx, session, url, -1) },
		func() (string, error) { return walked(t, ctx, session, url, 0, "\x00") },
		func() (string, error) { return walked(t, nil, session, url, 0) },
	} {
		if titles, err := wrong(); titles != "" || !errors.As(err, &failure) || failure.Code != 2 {
			t.Error(titles, err)
		}
	}
}

// A walk ends with its context, and with its session.
func TestPagesEnd(t *testing.T) {
	url, session := list(t), open(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if titles, err := walked(t, ctx, session, url+"/slow/2", 0); titles != "23" || !errors.Is(err, context.Canceled) {
		t.Error(titles, err)
	}
	if titles, err := walked(t, ctx, session, url+"/list/2", 0); titles != "" || !errors.Is(err, context.Canceled) {
		t.Error(titles, err)
	}
	time.AfterFunc(50*time.Millisecond, func() { session.Close() })
	if titles, err := walked(t, t.Context(), session, url+"/slow/2", 0); titles != "23" || !errors.Is(err, htmlsession.ErrClosed) && !errors.Is(err, htmlsession.ErrCancelled) {
		t.Error(titles, err)
	}
	if _, err := walked(t, t.Context(), session, url, 0); !errors.Is(err, htmlsession.ErrClosed) {
		t.Error(err)
	}
	var none htmlsession.Session
	if _, err := walked(t, t.Context(), &none, url, 0); !errors.Is(err, htmlsession.ErrClosed) {
		t.Error(err)
	}
}

// A reader may fail when the head of the response has come already.
func TestBodyReaderFailsLate(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		fmt.Fprintln(w, "begun")
		w.(http.Flusher).Flush()
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	var headed atomic.Bool
	own := errors.New("own")
	request := post(t, url, readFunc(func(into []byte) (int, error) {
		time.Sleep(5 * time.Millisecond)
		if headed.Load() {
			return 0, own
		}
		return copy(into, "x"), nil
	}), -1)
	must(t, request.SetStreamed(true))
	response, err := open(t).Do(t.Context(), request)
	must(t, err)
	defer response.Close()
	headed.Store(true)
	if _, err = io.Copy(io.Discard, response); !errors.Is(err, own) {
		t.Error(err)
	}
}
