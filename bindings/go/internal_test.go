package htmlsession

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A response that nobody waits for, as of a request submitted through CAPI, does not hold up the others.
func TestStrangerIsThrownAway(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			<-r.Context().Done()
		}
		io.WriteString(w, "here")
	}))
	defer server.Close()
	session, err := New()
	if err != nil {
		t.Fatal(err)
	}
	request, err := NewRequest("GET", server.URL+"/hang")
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := session.engine.submit(request)
	if err != nil {
		t.Fatal(err)
	}
	session.engine.mu.Lock()
	delete(session.engine.waiting, uint64(id))
	session.engine.mu.Unlock()
	session.engine.cancel(id)
	ended := make(chan error, 2)
	go func() {
		response, err := session.Get(context.Background(), server.URL)
		if err == nil {
			err = response.Close()
		}
		ended <- err
		ended <- session.Close()
	}()
	for range 2 {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("it hangs")
		}
	}
}
