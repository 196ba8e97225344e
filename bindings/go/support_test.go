package htmlsession_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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

// serve gives the URL of a server. Its connections are closed before it waits for its handlers.
func serve(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	return server.URL
}

// drip is a server whose body has a line now and then, and no end.
func drip(t *testing.T, lines int) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		for range lines {
			fmt.Fprintln(w, "line")
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
		<-r.Context().Done()
	})
}

// echo is a server that tells what it was asked.
func echo(t *testing.T) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answer := map[string]any{"Method": r.Method, "URL": r.RequestURI, "Header": r.Header, "Body": body}
		_ = json.NewEncoder(w).Encode(answer)
	})
}

type echoed struct {
	Method, URL string
	Header      http.Header
	Body        []byte
}

func (e echoed) String() string { return fmt.Sprintf("%s %s %q", e.Method, e.URL, e.Body) }

// heard is what an echo tells. It closes the response.
func heard(t *testing.T, response *htmlsession.Response, err error) (e echoed) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Close()
	if err := response.JSON(&e); err != nil {
		t.Fatal(err)
	}
	return e
}

func build(t *testing.T, method, url string) *htmlsession.Request {
	t.Helper()
	request, err := htmlsession.NewRequest(method, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { request.Close() })
	return request
}

// page is a page with this source.
func page(t *testing.T, html string) *htmlsession.Page {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, html)
	})
	response, err := open(t).Get(t.Context(), url+"/dir/")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Close()
	page, err := response.Page()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { page.Close() })
	return page
}

// streamed is a response whose body is read while it comes.
func streamed(t *testing.T, ctx context.Context, session *htmlsession.Session, url string) *htmlsession.Response {
	t.Helper()
	request := build(t, "GET", url)
	must(t, request.SetStreamed(true))
	response, err := session.Do(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// soon fails if nothing comes.
func soon[T any](t *testing.T, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(10 * time.Second):
		t.Fatal("it hangs")
	}
	return value
}

func open(t *testing.T) *htmlsession.Session {
	session, err := htmlsession.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}
